"""The API of the tables: reading is open to everybody; drafting and deciding need the role."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import File, Form, Path, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from zimao.kernel.tables import operations, queries
from zimao.kernel.tables.contents import Contents
from zimao.kernel.tables.differing import difference
from zimao.kernel.tables.models import Release
from zimao.kernel.tables.pages import file_answer
from zimao.kernel.tables.reading import MAX_BYTES, prepared
from zimao.kernel.tables.spec import Kind, TableSpec, registered_tables, spec_of
from zimao.kernel.text import Text
from zimao.kernel.web import act_of, actor_of

__all__ = ["router"]

router = Router(tags=["tables"])
PRINTABLE = r"^[^\x00-\x1f\x7f]*$"
Name = Annotated[str, Path(pattern="^[a-z][a-z0-9_]{0,59}$")]
Zone = Annotated[str, Query(max_length=20, pattern=PRINTABLE, description="zone code; empty: the values that all zones share")]
Id = Annotated[int, Path(ge=1, lt=2**63)]


class Words(Schema):
    """One text in both languages."""

    zh: str
    en: str


class ColumnOut(Schema):
    """One column of a table."""

    name: str
    kind: Kind
    label: Words
    required: bool
    key: bool
    unique: bool
    choices: list[str] | None


class TableOut(Schema):
    """What a table looks like."""

    name: str
    label: Words
    service: str
    per_zone: bool
    source: str
    columns: list[ColumnOut]


class AsOfOut(Schema):
    """A table as in force on a day; values are in canonical spelling, ``""`` where there is none."""

    name: str
    on: date
    zone: str = Field(description="whose values these are; empty: shared by all zones")
    release: str = Field(description="seed, 3, or FZ-3")
    release_id: int | None
    sha256: str
    source: str
    effective_from: date
    effective_to: date | None
    count: int
    rows: list[dict[str, str]]


class ReleaseOut(Schema):
    """A release or a draft, without its rows."""

    id: int
    table: str
    zone: str
    label: str
    state: Release.State
    effective_from: date
    effective_to: date | None
    sha256: str
    source: str
    rows: int
    drafted_at: datetime
    decided_at: datetime | None
    note: str


class CountsOut(Schema):
    """How many rows."""

    added: int
    removed: int
    changed: int
    same: int


class ChangedOut(Schema):
    """A row before and after."""

    before: dict[str, str]
    after: dict[str, str]
    columns: list[str]


class DifferenceOut(Schema):
    """What a release changes against what was in force on its first day."""

    base: str = Field(description="the release compared with; empty: nothing was in force")
    base_sha256: str = Field(description="give it as ``base`` when approving; ``none`` when nothing was in force")
    counts: CountsOut
    reordered: bool
    added: list[dict[str, str]]
    removed: list[dict[str, str]]
    changed: list[ChangedOut]


class DraftIn(Schema):
    """When and why."""

    effective_from: date
    effective_to: date | None = None
    source: str = Field(min_length=1, max_length=300)


class AsOfIn(Schema):
    """Which day, whose values, which rows."""

    on: date | None = Field(None, description="today when left out")
    zone: str = Field("", max_length=20, pattern=PRINTABLE, description="zone code; empty: the values that all zones share")
    offset: int = Field(0, ge=0, lt=2**31)
    limit: int = Field(1_000, ge=1, le=10_000)


class ApproveIn(Schema):
    """What the approver saw it compared with."""

    base: str = Field("", max_length=64, description="base_sha256 of the differences; empty: not checked")


class ReasonIn(Schema):
    """Why it is sent back."""

    reason: str = Field(min_length=1, max_length=2000)


@router.get("", response=list[TableOut], auth=None, summary="规则表目录 All tables")
def tables(request: HttpRequest) -> list[dict[str, Any]]:
    """What tables there are, and their columns."""
    return [_spec(spec) for spec in sorted(registered_tables().values(), key=lambda one: one.name)]


@router.get("/drafts", response=list[ReleaseOut], summary="待审核草稿 Drafts")
def drafts(request: HttpRequest) -> QuerySet[Release]:
    """The drafts that wait for approval in the caller's zone; empty for other roles."""
    return queries.drafts_for(actor_of(request))


@router.get("/drafts/{pk}", response=ReleaseOut, summary="草稿 One draft")
def draft(request: HttpRequest, pk: Id) -> Release:
    """A draft or release that the caller may see."""
    return queries.release_for(actor_of(request), pk)


@router.get("/drafts/{pk}/difference", response=DifferenceOut, summary="草稿差异 What a draft changes")
def draft_difference(request: HttpRequest, pk: Id) -> dict[str, Any]:
    """A draft against what is in force on its first day."""
    return _difference(queries.release_for(actor_of(request), pk))


@router.get("/releases/{pk}", response=ReleaseOut, auth=None, summary="版本 One release")
def release(request: HttpRequest, pk: Id) -> Release:
    """A release."""
    return queries.release_for(None, pk)


@router.get("/releases/{pk}/difference", response=DifferenceOut, auth=None, summary="版本差异 What a release changed")
def release_difference(request: HttpRequest, pk: Id) -> dict[str, Any]:
    """A release against what was in force before it on its first day."""
    return _difference(queries.release_for(None, pk))


@router.post("/drafts/{pk}/approve", response=ReleaseOut, summary="审核发布 Approve")
def approve(request: HttpRequest, pk: Id, body: ApproveIn) -> Release:
    """Release a draft that somebody else drafted."""
    return operations.approve_release(act_of(request), release_id=pk, base=body.base)


@router.post("/drafts/{pk}/reject", response=ReleaseOut, summary="退回 Reject")
def reject(request: HttpRequest, pk: Id, body: ReasonIn) -> Release:
    """Send a draft back."""
    return operations.reject_release(act_of(request), release_id=pk, reason=body.reason)


@router.post("/drafts/{pk}/withdraw", response=ReleaseOut, summary="撤回 Withdraw")
def withdraw(request: HttpRequest, pk: Id) -> Release:
    """Take one's own draft back."""
    return operations.withdraw_draft(act_of(request), release_id=pk)


@router.get("/{name}", response=AsOfOut, auth=None, summary="现行取值 In force on a day")
def as_of(request: HttpRequest, name: Name, given: Query[AsOfIn]) -> dict[str, Any]:
    """The values in force on a day; ``count`` rows in all, of which ``limit`` from ``offset`` on are given."""
    day = given.on or timezone.localdate()
    found = queries.as_of(name, day, given.zone)
    return {
        "name": name,
        "on": day,
        "zone": found.zone,
        "release": found.release,
        "release_id": found.release_id,
        "sha256": found.sha256,
        "source": found.source,
        "effective_from": found.effective_from,
        "effective_to": found.effective_to,
        "count": len(found.contents.rows),
        "rows": _rows(found.contents)[given.offset : given.offset + given.limit],
    }


@router.get("/{name}/file.{form}", auth=None, summary="下载 Download")
def file(request: HttpRequest, name: Name, form: Literal["csv", "xlsx"], on: date | None = None, zone: Zone = "") -> HttpResponse:
    """The values in force on a day as CSV or Excel."""
    found = queries.as_of(name, on or timezone.localdate(), zone)
    return file_answer(found.contents, found.release, form)


@router.get("/{name}/releases", response=list[ReleaseOut], auth=None, summary="发布历史 Releases of a table")
def releases(request: HttpRequest, name: Name, zone: Zone = "") -> list[Release]:
    """What was released, newest first; at most 1,000."""
    return list(queries.releases_of(spec_of(name).name, zone)[:1000])


@router.post("/{name}/drafts", response={201: ReleaseOut}, summary="起草版本 Draft a release")
def make_draft(request: HttpRequest, name: Name, body: Form[DraftIn], file: File[UploadedFile]) -> Status[Release]:
    """Draft a release from a CSV or .xlsx file; 422 lists every wrong cell with its row and column."""
    queries.require_editor(actor_of(request))
    # one byte beyond the limit is enough to see that a file is too big
    data = prepared(spec_of(name), file.read(MAX_BYTES + 1))
    made = operations.draft_release(
        act_of(request),
        table=name,
        effective_from=body.effective_from,
        effective_to=body.effective_to,
        source=body.source,
        data=data,
        filename=file.name or "",
    )
    return Status(201, made)


def _spec(spec: TableSpec) -> dict[str, Any]:
    columns = [
        {name: getattr(column, name) for name in ("name", "kind", "required", "key", "unique", "choices")} | {"label": _words(column.label)}
        for column in spec.columns
    ]
    plain = {name: getattr(spec, name) for name in ("name", "service", "per_zone", "source")}
    return plain | {"label": _words(spec.label), "columns": columns}


def _words(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _rows(contents: Contents) -> list[dict[str, str]]:
    names = [column.name for column in contents.spec.columns]
    return [dict(zip(names, row, strict=True)) for row in contents.spelled]


def _difference(row: Release) -> dict[str, Any]:
    base = queries.base_of(row)
    found = difference(base.contents if base else None, queries.contents_of(row)).as_dict()
    return found | {"base": base.release if base else "", "base_sha256": base.sha256 if base else "none"}
