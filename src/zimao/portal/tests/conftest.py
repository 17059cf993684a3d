"""A zone, people of each kind, and browsers in which they are signed in."""

from datetime import date

import pytest
from django.test import Client

from zimao.kernel.parties.models import Membership, Party, User, Zone

PASSWORD = "blue-harbour-26"


@pytest.fixture(autouse=True)
def quick(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.OFFICERS_NEED_TOTP = False


@pytest.fixture
def zone(db):
    return Zone.objects.create(code="FZ", name_zh="福州片区", name_en="Fuzhou Area")


@pytest.fixture
def other_zone(zone):
    return Zone.objects.create(code="XM", name_zh="厦门片区", name_en="Xiamen Area", time_zone="Asia/Urumqi")


@pytest.fixture
def person(zone):
    """Make a user who holds the given roles in the first zone, or none."""

    def make(username, *roles):
        user = User(username=username, party=Party.objects.create(kind="person", name="张三丰"))
        user.set_password(PASSWORD)
        user.save()
        for role in roles:
            Membership.objects.create(user=user, zone=zone, role=role, valid_from=date(2020, 1, 1))
        return user

    return make


@pytest.fixture
def browser_of():
    """A test client in which the user is signed in."""

    def make(user):
        client = Client()
        client.force_login(user, backend="zimao.kernel.parties.backends.LocalBackend")
        return client

    return make
