"""Errors as answers: a page for a reader, an RFC 9457 problem document for HTMX and for the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language

from zimao.kernel.errors import Problem, ZimaoError
from zimao.kernel.text import Text, t

__all__ = ["csrf_failure", "failure", "of_status", "refusal"]

_API = "/api/"
_UNKNOWN = t("请求无法处理", "The request could not be handled")
_TITLES: Mapping[int, tuple[Text, Text]] = {
    400: (
        t("请求有误", "Bad request"),
        t("服务器无法理解这个请求，请返回重试。", "The server could not read the request. Go back and try again."),
    ),
    403: (
        t("无权操作", "Not allowed"),
        t(
            "您无权打开此页面或执行此操作。需要权限的，请联系片区管理员。",
            "You may not open this page or do this. Ask the zone administrator if it is your work.",
        ),
    ),
    404: (
        t("未找到", "Not found"),
        t(
            "没有这个页面，或者您无权查看。请核对地址，或从首页进入。",
            "There is no such page, or you may not see it. Check the address, or start from the home page.",
        ),
    ),
    405: (
        t("不支持的操作", "Not possible here"),
        t("此地址不能直接打开，请从页面上的按钮进入。", "This address cannot be opened directly; use the button on the page."),
    ),
    413: (
        t("内容过大", "Too large"),
        t("提交的内容超过上限，请减小后重新提交。", "What you sent is over the limit. Make it smaller and send it again."),
    ),
    429: (t("请求过于频繁", "Too many requests"), t("请稍候再试。", "Wait a little, then try again.")),
    503: (t("暂不可用", "Unavailable"), t("服务暂时不可用，请稍后再试。", "The service is not available now. Try again later.")),
}
_FAILED = t("系统错误", "System error")
_FAILED_BODY = t(
    "操作没有正常结束。请先刷新页面核对结果，再决定是否重做；仍然出错时，请把编号告诉管理员。",
    "It did not end as it should. Reload and look at the result before you try again. Give an administrator the reference.",
)
_CSRF = t(
    "页面已过期：安全令牌缺失或不符。请返回上一页刷新后重新提交。",
    "The page is out of date: its security token is missing or wrong. Go back, reload and send it again.",
)


def refusal(request: HttpRequest, error: ZimaoError) -> HttpResponseBase:
    """The answer to an error that a user is told about."""
    if _wants_problem(request):
        return _problem(error.as_problem(_language()))
    return _page(request, error.status, error.title, error.sentence, problems=error.problems)


def failure(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The answer to an error nobody foresaw; ``reference`` finds it in the log."""
    if _wants_problem(request):
        return _problem({**_document(500, "internal", _FAILED, _FAILED_BODY), "reference": reference})
    return _page(request, 500, _FAILED, _FAILED_BODY, reference=reference)


def of_status(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Words for an error answer that has none for this caller.

    That is an empty one (405 of a view that takes only POST), and an HTML page of Django's own given to a program.
    A page that shows a form again with its errors has content and stays as it is.
    """
    is_html = response.headers.get("Content-Type", "").startswith("text/html")
    title, body = _TITLES.get(response.status_code, (_UNKNOWN, _UNKNOWN))
    is_empty = isinstance(response, HttpResponse) and not response.content.strip()
    if not is_html or not (is_empty or request.path.startswith(_API)):
        return response
    if _wants_problem(request):
        return _with_allow(_problem(_document(response.status_code, f"http.{response.status_code}", title, body)), response)
    return _with_allow(_page(request, response.status_code, title, body), response)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """The answer to a form without the right security token; ``reason`` is for developers and is not shown."""
    title = _TITLES[403][0]
    if _wants_problem(request):
        return _problem(_document(403, "csrf", title, _CSRF))
    return _page(request, 403, title, _CSRF)


def _wants_problem(request: HttpRequest) -> bool:
    return request.path.startswith(_API) or "HX-Request" in request.headers


def _language() -> str:
    return get_language() or "zh"


def _document(status: int, code: str, title: Text, body: Text) -> dict[str, Any]:
    language = _language()
    detail = body.into(language)
    return {"type": f"urn:zimao:problem:{code}", "title": title.into(language), "status": status, "detail": detail, "code": code}


def _problem(document: Mapping[str, Any]) -> JsonResponse:
    return JsonResponse(dict(document), status=document["status"], content_type="application/problem+json")


def _page(
    request: HttpRequest, status: int, title: Text, body: Text, *, problems: Sequence[Problem] = (), reference: str = ""
) -> HttpResponseBase:
    context = {"status": status, "title": title, "body": body, "problems": problems, "reference": reference}
    return render(request, "portal/error.html", context, status=status)


def _with_allow(response: HttpResponseBase, first: HttpResponseBase) -> HttpResponseBase:
    """Keep what the first answer told programs: which methods are allowed, when to try again."""
    for name in ("Allow", "Retry-After", "WWW-Authenticate"):
        if name in first.headers:
            response.headers[name] = first.headers[name]
    return response
