"""The own account: language, zone, password, second factor, tokens, and who looked at one's data."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from zimao.kernel.errors import Refused, ZimaoError
from zimao.kernel.parties import operations, queries, sign_in, totp
from zimao.kernel.parties.actors import SECOND_FACTOR, must_enrol, zones_of
from zimao.kernel.parties.forms import PasswordChange, TokenForm, read
from zimao.kernel.parties.models import Zone
from zimao.kernel.parties.pages.layout import Field, form_page, next_of, own_user, signed_in_page
from zimao.kernel.parties.roles import ANYONE, role_label
from zimao.kernel.text import t
from zimao.kernel.web import act_of, actor_of

__all__ = ["access_page", "account_page", "language_page", "password_page", "revoke_page", "tokens_page", "totp_page", "zone_page"]

_PAGE = 50
_CODE = Field("code", t("6 位动态验证码", "Six-digit code"), autocomplete="one-time-code")
_PASSWORDS = (
    Field("old", t("原密码", "Old password"), "password", autocomplete="current-password"),
    Field("new", t("新密码", "New password"), "password", hint=t("至少 10 个字符", "At least 10 characters"), autocomplete="new-password"),
)
_ACCESS = (("read", t("只读", "Read only")), ("write", t("读写", "Read and write")))
_TOKEN = (
    Field("name", t("用途", "What it is for")),
    Field("access", t("权限", "What it may do"), "select", options=_ACCESS),
    Field("days", t("有效天数", "Days until it ends"), "number", value="90"),
)


@never_cache
@signed_in_page
def account_page(request: HttpRequest) -> HttpResponse:
    """What the platform knows of me, and where to change it."""
    user, actor = own_user(request), actor_of(request)
    context = {
        "user": user,
        "party": user.party,
        "zones": zones_of(user, _zone(actor.zone).day(timezone.now())),
        "zone": actor.zone,
        "roles": [role_label(key) for key in sorted(actor.roles - {ANYONE})],
        "must_enrol": must_enrol(request),
        "looks": queries.looks_at(user.party_id)[:5],
    }
    return render(request, "parties/account.html", context)


@require_POST
@signed_in_page
def language_page(request: HttpRequest) -> HttpResponseBase:
    """Choose the language of pages and notices."""
    user = operations.set_language(act_of(request), language=request.POST.get("language", ""))
    answer = redirect(next_of(request))
    answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, "en" if user.language == "en" else "zh-hans", samesite="Lax")
    return answer


@require_POST
@signed_in_page
def zone_page(request: HttpRequest) -> HttpResponseBase:
    """Switch to another zone where one may act."""
    wanted = request.POST.get("zone", "")
    zone = Zone.objects.filter(pk=wanted).first()
    if zone is None or zone not in zones_of(own_user(request), zone.day(timezone.now())):
        raise Refused("zone.unknown", t("您在该片区没有权限", "You may not act in this zone"), "zone")
    request.session["zone"] = wanted
    return redirect(next_of(request))


@never_cache
@sensitive_post_parameters("old", "new")
@require_http_methods(["GET", "POST"])
@signed_in_page
def password_page(request: HttpRequest) -> HttpResponseBase:
    """Change the password; tries at the old one are counted like sign-ins."""
    error: ZimaoError | None = None
    if request.method == "POST":
        try:
            _change_password(request)
            return redirect("parties:account")
        except ZimaoError as refused:
            error = refused
    return form_page(request, "parties/password.html", _PASSWORDS, error)


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
@signed_in_page
def totp_page(request: HttpRequest) -> HttpResponseBase:
    """Set up, renew the recovery codes of, or stop one-time codes: ``do`` is start, confirm, renew or remove."""
    error: ZimaoError | None = None
    codes: list[str] = []
    if request.method == "POST":
        try:
            codes = _change_factor(request, request.POST.get("do", ""))
            if not codes:
                return redirect("parties:totp")
        except ZimaoError as refused:
            error = refused
    user = own_user(request)
    uri = totp.provisioning_uri(user.totp_secret, user.username) if user.totp_secret and not user.totp_confirmed else ""
    # segno draws the SVG from the address alone; nothing in it is anybody's markup
    picture = mark_safe(totp.qr_svg(uri)) if uri else ""  # noqa: S308
    context = {
        "user": user,
        "codes": codes,
        "picture": picture,
        "secret": user.totp_secret if uri else "",
        "must_enrol": must_enrol(request),
    }
    return form_page(request, "parties/totp.html", (_CODE,), error, **context)


@never_cache
@require_http_methods(["GET", "POST"])
@signed_in_page
def tokens_page(request: HttpRequest) -> HttpResponseBase:
    """My tokens for programs, and a form for a new one, whose secret is shown in the answer and never again."""
    error: ZimaoError | None = None
    secret = ""
    if request.method == "POST":
        try:
            _, secret = operations.create_token(act_of(request), form=read(TokenForm, request.POST.dict()))
        except ZimaoError as refused:
            error = refused
    tokens = queries.tokens_of(own_user(request).pk, timezone.now())
    return form_page(request, "parties/tokens.html", _TOKEN, error, tokens=tokens, secret=secret)


@require_POST
@signed_in_page
def revoke_page(request: HttpRequest, token: int) -> HttpResponseBase:
    """End one of my tokens."""
    operations.revoke_token(act_of(request), token=token)
    return redirect("parties:tokens")


@signed_in_page
def access_page(request: HttpRequest) -> HttpResponse:
    """Who looked at my personal data, when, and what for."""
    found = Paginator(queries.looks_at(own_user(request).party_id), _PAGE).get_page(request.GET.get("page"))
    return render(request, "parties/access.html", {"page": found, "own": True})


def _change_password(request: HttpRequest) -> None:
    act, user = act_of(request), own_user(request)
    sign_in.hold_back(act, "user", user.username)
    changed = operations.change_password(act, form=read(PasswordChange, request.POST.dict()))
    operations.forget_tries(act, limit="user", who=user.username)
    update_session_auth_hash(request, changed)


def _change_factor(request: HttpRequest, what: str) -> list[str]:
    act, code = act_of(request), request.POST.get("code", "")
    if what == "start":
        operations.start_totp(act)
        return []
    user = own_user(request)
    sign_in.hold_back(act, "user", user.username)
    codes = _by_code(request, what, code)
    operations.forget_tries(act, limit="user", who=user.username)
    return codes


def _by_code(request: HttpRequest, what: str, code: str) -> list[str]:
    act = act_of(request)
    if what == "confirm":
        codes = operations.confirm_totp(act, code=code)
        _mark(request, shown=True)
        return codes
    if what == "renew":
        return operations.renew_recovery_codes(act, code=code)
    if what == "remove":
        operations.remove_totp(act, code=code)
        _mark(request, shown=False)
        return []
    raise Refused("totp.what", t("未知的操作", "Unknown action"), "do")


def _mark(request: HttpRequest, *, shown: bool) -> None:
    """A session that gains or loses a factor gets a new key."""
    request.session.cycle_key()
    request.session[SECOND_FACTOR] = shown
    request.must_enrol = False  # type: ignore[attr-defined]


def _zone(code: str) -> Zone:
    return Zone.objects.get(pk=code)
