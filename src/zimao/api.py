"""The API of the installation, below ``/api/v1``: the routers of the kernel's parts and of every registered service.

Every refusal is an RFC 9457 problem document (media type ``application/problem+json``) in the language of the request.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from importlib import import_module, metadata
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI, Router
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError
from ninja.openapi.schema import OpenAPISchema

from zimao.kernel.errors import Conflict, Missing, NotAllowed, Problem, Refused, Unavailable, ZimaoError
from zimao.kernel.manifest import services
from zimao.kernel.parties.auth import SessionOrToken
from zimao.kernel.text import Text, t

__all__ = ["api", "problem_response", "unknown"]

logger = logging.getLogger(__name__)

PROBLEM = "application/problem+json"
ROUTERS: Mapping[str, str] = {
    "zimao.kernel.parties.api:router": "/parties",
    "zimao.kernel.cases.api:router": "",
    "zimao.kernel.documents.api:router": "",
    "zimao.kernel.tables.api:router": "/tables",
    "zimao.kernel.calendars.api:router": "/calendars",
    "zimao.kernel.decisions.api:router": "/decisions",
    "zimao.kernel.evidence.api:router": "/evidence",
    "zimao.kernel.events.api:router": "/events",
    "zimao.kernel.notices.api:router": "/notices",
    "zimao.kernel.measures.api:router": "/measures",
    "zimao.kernel.measures.api:lab_router": "/lab",
}
_STATUSES: Mapping[int, Text] = {
    400: t("请求无法解析", "Request not understood"),
    401: t("未登录", "Not signed in"),
    **{error.status: error.title for error in (NotAllowed, Missing, Conflict, Refused, Unavailable)},
    429: t("请求过于频繁", "Too many requests"),
    500: t("系统错误", "System error"),
}
_SCHEMA = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "field", "detail"],
                "properties": {
                    "code": {"type": "string"},
                    "field": {"type": "string"},
                    "detail": {"type": "string"},
                    "detail_en": {"type": "string"},
                    "row": {"type": "integer"},
                    "column": {"type": "string"},
                },
            },
        },
        "reference": {"type": "string"},
    },
}


class Api(NinjaAPI):
    """Ninja's API whose schema also tells what a refusal looks like."""

    def get_openapi_schema(self, *args: Any, **kwargs: Any) -> OpenAPISchema:
        """The schema with a problem document at every status that the platform may answer with."""
        schema = super().get_openapi_schema(*args, **kwargs)
        schema.setdefault("components", {}).setdefault("schemas", {})["Problem"] = _SCHEMA
        content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        for item in schema["paths"].values():
            for operation in item.values():
                for status, title in _STATUSES.items():
                    operation["responses"].setdefault(status, {"description": title.en, "content": content})
        return schema


class ApiAuth(SessionOrToken):
    """The same, and the page of the API sends the CSRF token along with what is tried out there."""

    csrf = True


api = Api(
    title="zimao 自贸",
    version=metadata.version("zimao"),
    description="自贸片区业务平台接口。The API of a free-trade zone's platform. Errors are RFC 9457 problem documents.",
    auth=ApiAuth(),
    urls_namespace="api",
)


def problem_response(error: ZimaoError, *, status: int = 0, **more: Any) -> HttpResponse:
    """One refusal as a problem document in the language of the request."""
    body = error.as_problem(get_language() or "zh") | more
    body["status"] = status or body["status"]
    return JsonResponse(body, status=body["status"], content_type=PROBLEM, json_dumps_params={"ensure_ascii": False})


def _plain(status: int, code: str, sentence: Text, **more: Any) -> HttpResponse:
    title = _STATUSES.get(status, _STATUSES[400]).into(get_language() or "zh")
    return problem_response(ZimaoError(code, sentence), status=status, title=title, **more)


@api.exception_handler(ZimaoError)
def _refused(request: HttpRequest, error: ZimaoError) -> HttpResponse:
    return problem_response(error)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A body or a parameter of the wrong shape: every field with the reason in both languages."""
    problems = [Problem(f"invalid.{one['type']}", _field(one["loc"]), _reason(one)) for one in error.errors]
    refused = Refused.of(problems) if problems else Refused("invalid", t("请求格式不正确", "The request has the wrong shape"))
    body = refused.as_problem(get_language() or "zh")
    for shown, problem in zip(body["errors"], problems, strict=False):
        shown["detail_zh"], shown["detail_en"] = problem.sentence.zh, problem.sentence.en
    return JsonResponse(body, status=422, content_type=PROBLEM, json_dumps_params={"ensure_ascii": False})


def _field(place: tuple[Any, ...]) -> str:
    """``("body", "form", "name")`` as ``form.name``: the first step only says where the value came from."""
    return ".".join(str(step) for step in place[1:]) or str(place[0])


_REASONS: Mapping[str, Text] = {
    "missing": t("“{field}”必填", "“{field}” is required"),
    "string_type": t("“{field}”应为文本", "“{field}” must be text"),
    "string_too_short": t("“{field}”太短，至少 {min_length} 个字符", "“{field}” is too short: {min_length} characters at least"),
    "string_too_long": t("“{field}”太长，至多 {max_length} 个字符", "“{field}” is too long: {max_length} characters at most"),
    "int_parsing": t("“{field}”应为整数", "“{field}” must be a whole number"),
    "int_type": t("“{field}”应为整数", "“{field}” must be a whole number"),
    "bool_parsing": t("“{field}”应为是或否", "“{field}” must be true or false"),
    "greater_than_equal": t("“{field}”不得小于 {ge}", "“{field}” must be {ge} or more"),
    "less_than_equal": t("“{field}”不得大于 {le}", "“{field}” must be {le} or less"),
    "date_from_datetime_parsing": t("“{field}”应为日期（年-月-日）", "“{field}” must be a date (YYYY-MM-DD)"),
    "date_parsing": t("“{field}”应为日期（年-月-日）", "“{field}” must be a date (YYYY-MM-DD)"),
    "enum": t("“{field}”应为以下之一：{expected}", "“{field}” must be one of: {expected}"),
    "literal_error": t("“{field}”应为以下之一：{expected}", "“{field}” must be one of: {expected}"),
    "extra_forbidden": t("没有“{field}”这一项", "There is no field “{field}”"),
}
_OTHER = t("“{field}”不符合要求：{message}", "“{field}” is not accepted: {message}")


def _reason(one: Mapping[str, Any]) -> Text:
    """The sentence of one pydantic error; a kind that has no words of its own keeps the library's."""
    field, context = _field(one["loc"]), one.get("ctx") or {}
    words = _REASONS.get(str(one["type"]), _OTHER)
    return words.fill(**{**context, "field": field, "message": one.get("msg", one["type"])})


@api.exception_handler(AuthenticationError)
def _anonymous(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    words = t("请先登录，或在 Authorization 头中提供有效的接口密钥", "Sign in, or give a good token in the header Authorization")
    response = _plain(401, "anonymous", words)
    response["WWW-Authenticate"] = 'Bearer realm="zimao"'
    return response


@api.exception_handler(Throttled)
@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    words = _STATUSES.get(error.status_code, _STATUSES[400])
    return _plain(
        error.status_code,
        f"http.{error.status_code}",
        t("{title}：{message}", "{title}: {message}").fill(title=words, message=error.message),
    )


@api.exception_handler(Http404)
def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem_response(Missing("missing", t("未找到", "Not found")))


@csrf_exempt
def unknown(request: HttpRequest, rest: str) -> HttpResponse:
    """Any address below ``/api`` that there is not."""
    return problem_response(Missing("missing", t("没有这个接口地址", "The API has no such address")))


@api.exception_handler(Exception)
def _failed(request: HttpRequest, error: Exception) -> HttpResponse:
    """What nobody foresaw: the caller gets a reference, the log gets the traceback under it."""
    reference = secrets.token_hex(6)
    logger.error("API failure %s at %s %s", reference, request.method, request.path, exc_info=error)
    words = t("系统出错，请将编号 {reference} 告知管理员", "Something went wrong; give the reference {reference} to the administrator")
    return _plain(500, "internal", words.fill(reference=reference), reference=reference)


def _router(where: str) -> Router:
    module, _, name = where.partition(":")
    found: Router = getattr(import_module(module), name)
    return found


for _where, _prefix in ROUTERS.items():
    api.add_router(_prefix, _router(_where))
for _service in services():
    api.add_router("", _router(_service.api))
