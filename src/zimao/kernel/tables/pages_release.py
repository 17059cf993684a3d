"""Drafting a release, seeing what it changes, and the second person's decision."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zimao.kernel.errors import Problem, Refused, ZimaoError
from zimao.kernel.tables import operations, queries
from zimao.kernel.tables.differing import Difference, RowChange, difference
from zimao.kernel.tables.models import Release
from zimao.kernel.tables.pages import CRUMB, file_answer, table_path
from zimao.kernel.tables.queries import Table
from zimao.kernel.tables.reading import MAX_BYTES, MAX_ROWS, prepared, read_file
from zimao.kernel.tables.spec import KINDS, TableSpec, spec_of
from zimao.kernel.text import Text, t
from zimao.kernel.web import act_of, actor_of, optional_actor

__all__ = ["check", "decide", "draft", "file", "release"]

_SHOWN = 200
_STATES = {"draft": ("warning", t("待审核", "Waits for approval")), "released": ("success", t("已发布", "Released"))}
_STATES |= {"rejected": ("danger", t("已退回", "Rejected")), "withdrawn": ("neutral", t("已撤回", "Withdrawn"))}
_KINDS = {
    "added": ("success", t("新增", "Added")),
    "removed": ("danger", t("删除", "Removed")),
    "changed": ("warning", t("修改", "Changed")),
}
_DONE = {
    "approve": t("版本已发布", "The release is in force from its day on"),
    "reject": t("已退回起草人", "It is sent back to whoever drafted it"),
    "withdraw": t("草稿已撤回", "The draft is withdrawn"),
}
_NOT_A_DAY = t("请填写日期，例如 2026-01-31", "Give a date such as 2026-01-31")


@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, name: str) -> HttpResponse:
    """The upload form; a good file becomes a draft and leads to its page, where its differences are shown."""
    spec = _editable(request, name)
    if request.method != "POST":
        return _form(request, spec)
    try:
        given = _given(request)
        given["data"] = prepared(spec, given["data"])
        made = operations.draft_release(act_of(request), table=name, **given)
    except Refused as refused:
        return _form(request, spec, refused.problems, status=refused.status)
    messages.success(request, t("草稿已保存，待另一人审核", "The draft is kept and waits for a second person").into(get_language() or "zh"))
    return redirect("tables:release", pk=made.pk)


@require_POST
def check(request: HttpRequest, name: str) -> HttpResponse:
    """What the chosen file would change, or what is wrong with it; nothing is kept. A fragment for HTMX, else the whole page."""
    spec = _editable(request, name)
    is_fragment = "HX-Request" in request.headers
    try:
        given = _given(request)
        found = read_file(spec, given["data"])
    except Refused as refused:
        if is_fragment:
            return render(request, "tables/_check.html", _errors(refused.problems))
        return _form(request, spec, refused.problems, status=refused.status)
    zone = actor_of(request).zone if spec.per_zone else ""
    base = _base(spec.name, given["effective_from"], zone)
    context = _compared(spec, difference(base.contents if base else None, found), base) | {"is_check": True}
    return render(request, "tables/_check.html", context) if is_fragment else _form(request, spec, extra=context)


def _base(name: str, on: date, zone: str) -> Table | None:
    try:
        return queries.as_of(name, on, zone)
    except ZimaoError:
        return None


def _editable(request: HttpRequest, name: str) -> TableSpec:
    queries.require_editor(actor_of(request))
    return spec_of(name)


def _given(request: HttpRequest) -> dict[str, Any]:
    """The form's values. Refused with every field that is not there."""
    problems: list[Problem] = []
    days: dict[str, date | None] = {}
    for field in ("effective_from", "effective_to"):
        text = request.POST.get(field, "").strip()
        try:
            days[field] = date.fromisoformat(text) if text else None
        except ValueError:
            problems.append(Problem("tables.day", field, _NOT_A_DAY))
    if days.get("effective_from", date.min) is None:
        problems.append(Problem("tables.day", "effective_from", _NOT_A_DAY))
    upload = request.FILES.get("file")
    if upload is None or isinstance(upload, list):
        problems.append(Problem("tables.file_empty", "file", t("请选择文件", "Choose a file")))
        raise Refused.of(problems)
    if problems:
        raise Refused.of(problems)
    # one byte beyond the limit is enough to see that a file is too big
    return days | {"source": request.POST.get("source", ""), "data": upload.read(MAX_BYTES + 1), "filename": upload.name or ""}


def _form(
    request: HttpRequest, spec: TableSpec, problems: tuple[Problem, ...] = (), *, extra: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "spec": spec,
        "columns": [(column, KINDS[column.kind]) for column in spec.columns],
        "given": request.POST,
        "today": timezone.localdate().isoformat(),
        "zone": actor_of(request).zone if spec.per_zone else "",
        "megabytes": MAX_BYTES // 2**20,
        "most_rows": MAX_ROWS,
        "crumbs": [CRUMB, (spec.label, table_path(spec.name)), (t("起草新版本", "Draft a release"), "")],
    }
    return render(request, "tables/draft.html", context | _errors(problems) | (extra or {}), status=status)


def _errors(problems: tuple[Problem, ...]) -> dict[str, Any]:
    cells = [one for one in problems if one.row is not None or one.code == "tables.more"]
    fields: dict[str, Text] = {}
    for one in problems:
        if one not in cells:
            fields.setdefault(one.field, one.sentence)
    return {"cell_problems": cells, "field_problems": fields}


@require_safe
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """One release or draft: from which source, for when, and what it changes."""
    return _page(request, queries.release_for(optional_actor(request), pk))


def _page(request: HttpRequest, row: Release, *, problem: Text | None = None, status: int = 200) -> HttpResponse:
    actor = optional_actor(request)
    spec = spec_of(row.table)
    base = queries.base_of(row)
    is_draft = row.state == Release.State.DRAFT
    is_own = actor is not None and actor.user_id == row.drafted_by_id
    may = {role: actor is not None and actor.has(f"table.{role}") and is_draft for role in ("approver", "editor")}
    context = {
        "row": row,
        "spec": spec,
        "state": _STATES[row.state],
        "show_who": actor is not None and actor.has(*queries.DESK),
        "may_approve": may["approver"] and not is_own,
        "is_own_to_approve": may["approver"] and is_own,
        "may_withdraw": may["editor"] and is_own,
        "is_past": is_draft and row.effective_from < timezone.localdate(),
        "problem": problem,
        "reason": request.POST.get("reason", ""),
        "crumbs": [CRUMB, (spec.label, table_path(spec.name)), (t("版本 {label}", "Release {label}").fill(label=row.label), "")],
    }
    compared = _compared(spec, difference(base.contents if base else None, queries.contents_of(row)), base)
    return render(request, "tables/release.html", context | compared, status=status)


def _compared(spec: TableSpec, found: Difference, base: Table | None) -> dict[str, Any]:
    shown = list(_shown(found))
    return {
        "difference": found,
        "base": base,
        "base_hash": base.sha256 if base else "none",
        "labels": [column.label for column in spec.columns],
        "changes": shown[:_SHOWN],
        "hidden": max(0, len(shown) - _SHOWN),
    }


def _shown(found: Difference) -> Iterator[tuple[tuple[str, Text], list[tuple[str, str, bool]]]]:
    """Each change: its badge, and for each column what was, what is, and whether they differ."""
    for kind, rows in (("changed", found.changed), ("added", found.added), ("removed", found.removed)):
        for row in rows:
            yield _KINDS[kind], _cells(found.names, row)


def _cells(names: tuple[str, ...], row: RowChange) -> list[tuple[str, str, bool]]:
    before, after = row.before or row.after or (), row.after or row.before or ()
    return [(was, now, name in row.columns) for name, was, now in zip(names, before, after, strict=True)]


@require_POST
def decide(request: HttpRequest, pk: str, verb: str) -> HttpResponse:
    """Approve, reject or withdraw a draft."""
    row = queries.release_for(actor_of(request), int(pk))
    act = act_of(request)
    try:
        if verb == "approve":
            operations.approve_release(act, release_id=row.pk, base=request.POST.get("base", ""))
        elif verb == "reject":
            operations.reject_release(act, release_id=row.pk, reason=request.POST.get("reason", ""))
        else:
            operations.withdraw_draft(act, release_id=row.pk)
    except ZimaoError as error:
        return _page(request, queries.release_for(actor_of(request), row.pk), problem=error.sentence, status=error.status)
    messages.success(request, _DONE[verb].into(get_language() or "zh"))
    return redirect("tables:release", pk=row.pk) if verb != "withdraw" else redirect("tables:table", name=row.table)


@require_safe
def file(request: HttpRequest, pk: str, form: str) -> HttpResponse:
    """A release's contents as CSV or Excel."""
    row = queries.release_for(optional_actor(request), int(pk))
    return file_answer(queries.contents_of(row), row.label, form)
