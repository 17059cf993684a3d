"""The installation's addresses and a few pages that fail in every way a page may fail."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.urls import path

from zimao.kernel.errors import Conflict, NotAllowed, Problem, Refused, Unavailable
from zimao.kernel.text import t
from zimao.kernel.web import actor_of
from zimao.urls import urlpatterns as installed

_ERRORS = {
    "refused": Refused("ship.imo", t("IMO 编号校验位不对", "The check digit of the IMO number is wrong"), "imo"),
    "rows": Refused.of([Problem("a", "x", t("第一处", "The first"), row=2), Problem("b", "y", t("第二处", "The second"), row=5)]),
    "conflict": Conflict("case.moved", t("办件已由他人处理", "Somebody else was first")),
    "role": NotAllowed("role", t("您的岗位不能打开此页面", "Your role may not open this page")),
    "unavailable": Unavailable("bank", t("银行没有应答", "The bank does not answer")),
    "unforeseen": RuntimeError("a secret that nobody may see"),
    "missing": Http404(),
    "denied": PermissionDenied(),
}


def fail(request, kind):
    raise _ERRORS[kind]


def mine(request):
    return HttpResponse(actor_of(request).name)


def own_policy(request):
    return HttpResponse("%PDF", content_type="application/pdf", headers={"Content-Security-Policy": "sandbox"})


urlpatterns = [path("fail/<str:kind>", fail), path("api/fail/<str:kind>", fail), path("mine", mine), path("file", own_policy), *installed]
