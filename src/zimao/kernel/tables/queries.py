"""Reading tables: what was in force on a day, and the releases that there are."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import polars as pl
from django.db.models import QuerySet

from zimao.kernel.errors import Missing, NotAllowed, Refused, Unavailable
from zimao.kernel.once import is_reading, once
from zimao.kernel.operations import Actor
from zimao.kernel.tables.contents import Contents, kept
from zimao.kernel.tables.models import Release
from zimao.kernel.tables.spec import TableSpec, registered_tables, spec_of
from zimao.kernel.text import t

__all__ = [
    "DESK",
    "SEED",
    "Table",
    "as_of",
    "base_of",
    "contents_of",
    "drafts_for",
    "may_see",
    "release_for",
    "releases_of",
    "require_editor",
    "table_of",
]

SEED = "seed"
DESK = ("table.editor", "table.approver", "auditor", "system")
_NOT_YET = t("“{table}”在{on}尚未生效，最早自{first}起", "“{table}” is not in force on {on}; it begins on {first}")
_BROKEN = t(
    "“{table}”版本{label}与其校验值不符，已停用，请联系管理员",
    "“{table}” release {label} does not match its hash and is not used; call the administrator",
)
_OUTGROWN = t(
    "“{table}”版本{label}不符合现在的表结构，请发布新版本", "“{table}” release {label} does not fit the columns of today; release a new one"
)


@dataclass(frozen=True)
class Table:
    """A table as in force on a day: ``release`` is its label (``seed``, ``3``, ``FZ-3``), ``release_id`` its row, None for the seed."""

    contents: Contents
    release: str
    sha256: str
    source: str
    effective_from: date
    effective_to: date | None = None
    zone: str = ""
    release_id: int | None = None

    @property
    def spec(self) -> TableSpec:
        """What the table looks like."""
        return self.contents.spec

    @property
    def frame(self) -> pl.DataFrame:
        """The typed rows; a copy of the frame's head only, the values are shared and never change."""
        return self.contents.frame.clone()


def as_of(name: str, on: date, zone: str = "") -> Table:
    """The table in force on a day: the zone's own release, else the shared one, else what the software ships.

    Among releases whose interval holds the day, the latest ``effective_from`` wins, then the latest number. The seed is
    what counts where nothing released is in force, so a new version of the software never overrules a release. One query;
    contents are read once for each release. Missing (``tables.not_in_force``) when there is nothing for that day.
    """
    return _as_of(spec_of(name), on, zone)


def _as_of(spec: TableSpec, on: date, zone: str, earlier_than: Release | None = None) -> Table:
    found = _in_force(spec, on, zone, earlier_than)
    if found is not None:
        return table_of(found)
    if on < spec.effective_from:
        sentence = _NOT_YET.fill(table=spec.label, on=on, first=spec.effective_from)
        raise Missing("tables.not_in_force", sentence, "on")
    seed = _seed(spec)
    return Table(seed, SEED, seed.sha256, spec.source, spec.effective_from)


def _in_force(spec: TableSpec, on: date, zone: str, earlier_than: Release | None) -> Release | None:
    """The release that counts on a day: the zone's own before the shared, the latest first day, the latest number."""
    # a page asks for several tables of a service: they are read together
    rows = _of_service(spec.service, zone) if is_reading() else _released([spec.name], zone)
    found = [
        row
        for row in rows
        if row.table == spec.name
        and (spec.per_zone or not row.zone)
        and row.effective_from <= on
        and (row.effective_to is None or row.effective_to >= on)
        and not _is_later(row, earlier_than)
    ]
    return max(found, key=lambda row: (row.zone, row.effective_from, row.number or 0), default=None)


def _is_later(row: Release, than: Release | None) -> bool:
    """True for a release of the same zone that is ``than`` itself or was numbered after it."""
    return than is not None and than.number is not None and row.zone == than.zone and (row.number or 0) >= than.number


def _released(names: Sequence[str], zone: str) -> list[Release]:
    """Every release of these tables, shared and of the zone, without their contents."""
    return list(Release.objects.filter(table__in=names, zone__in={"", zone}, state=Release.State.RELEASED).defer("contents"))


@once
def _of_service(service: str, zone: str) -> list[Release]:
    """Every release of a service's tables."""
    return _released([spec.name for spec in registered_tables().values() if spec.service == service], zone)


def table_of(release: Release) -> Table:
    """A release, whatever its state, as a table."""
    return Table(
        contents_of(release),
        release.label,
        release.sha256,
        release.source,
        release.effective_from,
        release.effective_to,
        release.zone,
        release.pk,
    )


def contents_of(release: Release) -> Contents:
    """The typed rows of a release. Unavailable when they do not match their hash, or no longer fit the table."""
    return _contents(spec_of(release.table), release.sha256, release.pk)


@lru_cache(maxsize=256)
def _contents(spec: TableSpec, sha256: str, pk: int) -> Contents:
    release = Release.objects.get(pk=pk)
    if hashlib.sha256(release.contents.encode()).hexdigest() != sha256:
        raise Unavailable("tables.broken", _BROKEN.fill(table=spec.label, label=release.label))
    try:
        return kept(spec, release.contents)
    except Refused as refused:
        raise Unavailable("tables.outgrown", _OUTGROWN.fill(table=spec.label, label=release.label)) from refused


@lru_cache(maxsize=256)
def _seed(spec: TableSpec) -> Contents:
    return kept(spec, spec.seed.read_text(encoding="utf-8-sig"))


def releases_of(name: str, zone: str = "") -> QuerySet[Release]:
    """What was released of a table, shared and in the zone, newest first; without their contents."""
    rows = Release.objects.filter(table=name, zone__in={"", zone}, state=Release.State.RELEASED)
    return rows.defer("contents").select_related("drafted_by", "decided_by").order_by("-effective_from", "-number", "zone")


def drafts_for(actor: Actor | None, name: str = "") -> QuerySet[Release]:
    """The drafts that the actor may see, oldest first; of one table when it is named."""
    if actor is None or not actor.has(*DESK):
        return Release.objects.none()
    rows = Release.objects.filter(zone__in={"", actor.zone}, state=Release.State.DRAFT).defer("contents").order_by("drafted_at")
    return rows.filter(table=name) if name else rows


def require_editor(actor: Actor) -> None:
    """NotAllowed unless the actor may draft: asked before a file is read, since reading takes time."""
    if not actor.has("table.editor", "system"):
        raise NotAllowed("role", t("仅参数编辑可起草版本", "Only a table editor may draft a release"))


def may_see(actor: Actor | None, release: Release) -> bool:
    """What was released is open to everybody; the rest to those who work on the tables of that zone."""
    if release.state == Release.State.RELEASED:
        return True
    return actor is not None and actor.has(*DESK) and release.zone in {"", actor.zone}


def release_for(actor: Actor | None, pk: int) -> Release:
    """A release that the actor may see. Missing (``tables.release``) otherwise."""
    found = Release.objects.select_related("drafted_by", "decided_by").filter(pk=pk).first()
    if found is None or not may_see(actor, found):
        raise Missing("tables.release", t("没有这个版本", "There is no such release"))
    return found


def base_of(release: Release) -> Table | None:
    """What a release is compared with: in force on the day it begins, had it not been released. None: nothing is."""
    try:
        return _as_of(spec_of(release.table), release.effective_from, release.zone, release)
    except Missing:
        return None
