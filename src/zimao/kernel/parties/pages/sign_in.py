"""Signing in and out, and making an account."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from zimao.kernel.errors import Refused, ZimaoError
from zimao.kernel.operations import Act
from zimao.kernel.parties import operations, sign_in
from zimao.kernel.parties.actors import SECOND_FACTOR, must_enrol, platform_actor, resolve_actor
from zimao.kernel.parties.forms import EnterpriseRegistration, PersonRegistration, read
from zimao.kernel.parties.models import User
from zimao.kernel.parties.pages.layout import Field, address_of, form_page, next_of
from zimao.kernel.text import Text, t

__all__ = ["after_first_factor", "code_page", "register_choice_page", "register_page", "sign_in_page", "sign_out_page"]

_PENDING = "sign_in_pending"
_PENDING_S = 300
_USERNAME = Field("username", t("用户名", "Sign-in name"), autocomplete="username")
_PASSWORD = Field("password", t("密码", "Password"), "password", autocomplete="current-password")
_CODE = Field(
    "code",
    t("动态验证码或恢复码", "One-time code or recovery code"),
    hint=t(
        "打开验证器应用，输入 6 位数字；设备不在身边时输入一个恢复码",
        "Six digits from your authenticator, or a recovery code when the device is away",
    ),
    autocomplete="one-time-code",
)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in_page(request: HttpRequest) -> HttpResponseBase:
    """Name and password. Who has one-time codes goes on to the code, the others are in."""
    error: ZimaoError | None = None
    if request.method == "POST":
        try:
            user = sign_in.first_factor(_attempt(request, request.POST.get("username", "")), request.POST.get("password", ""))
            return after_first_factor(request, user, next_of(request), factor="password")
        except Refused as refused:
            error = refused
    provider = Text(settings.OIDC_NAME_ZH, settings.OIDC_NAME_EN) if settings.OIDC_ISSUER else None
    fields = (_USERNAME, _PASSWORD)
    return form_page(request, "parties/sign_in.html", fields, error, next=next_of(request), provider=provider, demo=settings.DEMO)


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def code_page(request: HttpRequest) -> HttpResponseBase:
    """The one-time code of somebody whose password was right at most five minutes ago."""
    user = _pending_user(request)
    if user is None:
        return redirect("parties:sign-in")
    error: ZimaoError | None = None
    if request.method == "POST":
        try:
            factor = sign_in.second_factor(_attempt(request, user.username), user, request.POST.get("code", ""))
            return _enter(request, user, str(request.session[_PENDING]["next"]), factor, second=True)
        except Refused as refused:
            error = refused
    return form_page(request, "parties/code.html", (_CODE,), error)


@require_POST
def sign_out_page(request: HttpRequest) -> HttpResponseBase:
    """End the session and forget everything in it."""
    logout(request)
    return redirect("parties:sign-in")


@never_cache
@sensitive_post_parameters("password", "identifier", "uscc")
@require_http_methods(["GET", "POST"])
def register_page(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Make an account as a ``person`` or an ``enterprise``, and be signed in with it."""
    error: ZimaoError | None = None
    if request.method == "POST":
        try:
            return _register(request, kind)
        except ZimaoError as refused:
            error = refused
    return form_page(request, "parties/register.html", _REGISTRATION[kind], error, kind=kind)


def after_first_factor(request: HttpRequest, user: User, following: str, *, factor: str, second_shown: bool = False) -> HttpResponseBase:
    """Let the user in, or ask for the one-time code first when the account has one and it was not shown elsewhere."""
    if not user.totp_confirmed or second_shown:
        return _enter(request, user, following, factor, second=second_shown)
    request.session.cycle_key()
    request.session[_PENDING] = {"user": user.pk, "at": timezone.now().timestamp(), "hash": user.get_session_auth_hash(), "next": following}
    return redirect("parties:sign-in-code")


def _enter(request: HttpRequest, user: User, following: str, factor: str, *, second: bool) -> HttpResponse:
    """Open the session under a new key; an officer without a second factor is led to set it up."""
    request.session.pop(_PENDING, None)
    sign_in.signed_in(_attempt(request, user.username), user, factor)
    login(request, user, backend="zimao.kernel.parties.backends.LocalBackend")
    request.session[SECOND_FACTOR] = second
    resolve_actor(request)
    answer = HttpResponseRedirect(reverse("parties:totp") if must_enrol(request) else following)
    answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, "en" if user.language == "en" else "zh-hans", samesite="Lax")
    return answer


def _pending_user(request: HttpRequest) -> User | None:
    kept: dict[str, Any] = request.session.get(_PENDING, {})
    if not kept or timezone.now().timestamp() - kept["at"] > _PENDING_S:
        return None
    user = User.objects.select_related("party").filter(pk=kept["user"], is_active=True).first()
    return user if user and constant_time_compare(kept["hash"], user.get_session_auth_hash()) else None


def _register(request: HttpRequest, kind: str) -> HttpResponseBase:
    act = Act(platform_actor(""), timezone.now())
    sign_in.hold_back(act, "register", address_of(request))
    given = {**request.POST.dict(), "language": "en" if str(getattr(request, "LANGUAGE_CODE", "zh")).startswith("en") else "zh"}
    if kind == "person":
        user = operations.register_person(act, form=read(PersonRegistration, given))
    else:
        user = operations.register_enterprise(act, form=read(EnterpriseRegistration, given))
    return _enter(request, user, str(settings.LOGIN_REDIRECT_URL), "password", second=False)


def _attempt(request: HttpRequest, username: str) -> sign_in.Attempt:
    return sign_in.Attempt(username, address_of(request), timezone.now())


_ACCOUNT = (
    Field(
        "username",
        t("用户名", "Sign-in name"),
        hint=t("小写字母、数字或 . _ @ -，至少 3 位", "Small letters, digits or . _ @ -, at least 3"),
        autocomplete="username",
    ),
    Field("password", t("密码", "Password"), "password", hint=t("至少 10 个字符", "At least 10 characters"), autocomplete="new-password"),
    Field("phone", t("电话", "Telephone"), "tel", autocomplete="tel", required=False),
    Field("email", t("电子邮箱", "E-mail"), "email", autocomplete="email", required=False),
)
_SCHEMES = (("resident_id", t("居民身份证", "Resident identity card")), ("passport", t("护照", "Passport")))
_REGISTRATION: dict[str, tuple[Field, ...]] = {
    "person": (
        Field("name", t("姓名", "Name"), autocomplete="name"),
        Field("scheme", t("证件类型", "Kind of identity document"), "select", options=_SCHEMES),
        Field("identifier", t("证件号码", "Number of the document")),
        *_ACCOUNT,
    ),
    "enterprise": (
        Field("name", t("企业名称", "Name of the enterprise"), autocomplete="organization"),
        Field("name_en", t("英文名称", "Name in English"), required=False),
        Field("uscc", t("统一社会信用代码", "Unified social credit code")),
        Field("holder", t("经办人姓名", "Name of the person who uses the account"), autocomplete="name"),
        Field("address", t("住所", "Registered address"), autocomplete="street-address", required=False),
        *_ACCOUNT,
    ),
}


def register_choice_page(request: HttpRequest) -> HttpResponse:
    """Person or enterprise."""
    return render(request, "parties/register_choice.html")
