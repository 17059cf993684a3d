"""This part's addresses as they are with an OpenID provider set."""

from django.urls import include, path

from zimao.kernel.parties.tests.addresses import api
from zimao.kernel.parties.urls import openid_addresses
from zimao.kernel.parties.urls import urlpatterns as own

urlpatterns = [path("api/", api.urls), path("", include((own + openid_addresses("set"), "parties")))]
