"""Drafting a release of a table, and a second person's decision on it."""

from __future__ import annotations

from datetime import date

from zimao.kernel.errors import Conflict, Missing, NotAllowed, Problem, Refused
from zimao.kernel.operations import Act, operation
from zimao.kernel.series import next_number
from zimao.kernel.tables.cells import CONTROL, MAX_TEXT
from zimao.kernel.tables.models import Release
from zimao.kernel.tables.queries import base_of
from zimao.kernel.tables.reading import read_file
from zimao.kernel.tables.spec import TableSpec, spec_of
from zimao.kernel.text import Text, t

__all__ = ["approve_release", "draft_release", "reject_release", "withdraw_draft"]

_BLANK_SOURCE = t("请写明依据：文件名称和文号", "Name the source: the document and its number")
_BACKWARDS = t("失效日期不得早于生效日期", "It cannot end before it begins")
_SELF = t("起草人不得审核自己的版本，请由另一人审核", "Whoever drafted it may not approve it; let a second person do it")
_MOVED = t("对照的版本已变化，请重新查看差异后再审核", "What it is compared with has changed; look at the differences again")
_DECIDED = t("该版本已处理：{state}", "This has been decided already: {state}")
_STATES = {
    Release.State.RELEASED: t("已发布", "released"),
    Release.State.REJECTED: t("已退回", "rejected"),
    Release.State.WITHDRAWN: t("已撤回", "withdrawn"),
}


@operation("tables.draft_release", roles=("table.editor", "system"), label=t("起草规则表版本", "Draft a release of a table"))
def draft_release(
    act: Act, *, table: str, effective_from: date, effective_to: date | None = None, source: str, data: bytes, filename: str
) -> Release:
    """Keep a file (CSV or .xlsx) as a draft for a second person to approve. Who: a table editor, or the platform's operator.

    A table that zones set for themselves is drafted for the actor's zone; any other for all zones. Refused with every
    wrong cell, for no source, and for an end before the beginning; then nothing is kept.
    """
    spec = spec_of(table)
    problems = [] if source.strip() else [Problem("tables.source", "source", _BLANK_SOURCE)]
    problems += _unfit("source", source, 300)
    if effective_to is not None and effective_to < effective_from:
        problems.append(Problem("tables.interval", "effective_to", _BACKWARDS))
    if problems:
        raise Refused.of(problems)
    found = read_file(spec, data)
    draft = Release.objects.create(
        table=spec.name,
        zone=act.actor.zone if spec.per_zone else "",
        effective_from=effective_from,
        effective_to=effective_to,
        sha256=found.sha256,
        source=source.strip(),
        filename=filename[-200:],
        contents=found.text,
        rows=len(found.rows),
        drafted_by_id=act.actor.user_id,
        drafted_at=act.at,
    )
    act.record("tables.draft_release", f"table/{spec.name}", _facts(draft))
    return draft


@operation("tables.approve_release", roles=("table.approver", "system"), label=t("发布规则表版本", "Release a table"))
def approve_release(act: Act, *, release_id: int, base: str = "") -> Release:
    """Release a draft: it is in force from its day on and never changes again. Who: a table approver other than the drafter.

    ``base`` (optional) is the hash of what the differences were shown against; Conflict (``tables.moved``) when something
    else is in force by now, and when the draft has been decided already.
    """
    draft, spec = _draft(act, release_id)
    if act.actor.user_id == draft.drafted_by_id:
        raise NotAllowed("tables.self", _SELF)
    against = base_of(draft)
    if base and base != (against.sha256 if against else "none"):
        raise Conflict("tables.moved", _MOVED)
    draft.number = next_number(f"tables/{spec.name}/{draft.zone}")
    _decide(act, draft, Release.State.RELEASED)
    data = _facts(draft) | {"release": draft.label}
    act.record("tables.approve_release", f"table/{spec.name}", data)
    act.emit("table.released", f"table/{spec.name}", data)
    return draft


@operation("tables.reject_release", roles=("table.approver", "system"), label=t("退回规则表版本", "Reject a release of a table"))
def reject_release(act: Act, *, release_id: int, reason: str) -> Release:
    """Send a draft back with a reason; it is kept but never in force. Who: a table approver."""
    problems = [] if reason.strip() else [Problem("tables.reason", "reason", t("请写明退回理由", "Give the reason"))]
    problems += _unfit("reason", reason, MAX_TEXT)
    if problems:
        raise Refused.of(problems)
    draft, spec = _draft(act, release_id)
    _decide(act, draft, Release.State.REJECTED, reason.strip())
    act.record("tables.reject_release", f"table/{spec.name}", _facts(draft), {"reason": draft.note})
    return draft


@operation("tables.withdraw_draft", roles=("table.editor", "system"), label=t("撤回规则表草稿", "Withdraw a draft of a table"))
def withdraw_draft(act: Act, *, release_id: int) -> Release:
    """Take one's own draft back. Who: the editor that drafted it."""
    draft, spec = _draft(act, release_id)
    if act.actor.user_id != draft.drafted_by_id:
        raise NotAllowed("tables.not_yours", t("只能撤回自己起草的版本", "You may withdraw only what you drafted"))
    _decide(act, draft, Release.State.WITHDRAWN)
    act.record("tables.withdraw_draft", f"table/{spec.name}", _facts(draft))
    return draft


def _unfit(field: str, text: str, most: int) -> list[Problem]:
    """What keeps a line that somebody typed from being stored."""
    if len(text.strip()) > most:
        return [Problem("tables.too_long", field, t("不能超过{n}个字", "At most {n} characters").fill(n=most))]
    return (
        [Problem("tables.control", field, t("含有不可见的控制字符", "There is a control character in it"))] if CONTROL.search(text) else []
    )


def _draft(act: Act, release_id: int) -> tuple[Release, TableSpec]:
    """The draft, locked; of the actor's zone or of all zones."""
    draft = Release.objects.select_for_update().filter(pk=release_id, zone__in={"", act.actor.zone}).first()
    if draft is None:
        raise Missing("tables.release", t("没有这个版本", "There is no such release"))
    state: Text | None = _STATES.get(Release.State(draft.state))
    if state is not None:
        raise Conflict("tables.decided", _DECIDED.fill(state=state))
    return draft, spec_of(draft.table)


def _decide(act: Act, draft: Release, state: Release.State, note: str = "") -> None:
    draft.state, draft.note = state, note
    draft.decided_by_id, draft.decided_at = act.actor.user_id, act.at
    draft.save(update_fields=["state", "note", "number", "decided_by", "decided_at"])


def _facts(row: Release) -> dict[str, str | int | None]:
    return {
        "id": row.pk,
        "table": row.table,
        "zone": row.zone,
        "sha256": row.sha256,
        "rows": row.rows,
        "source": row.source,
        "effective_from": row.effective_from.isoformat(),
        "effective_to": row.effective_to.isoformat() if row.effective_to else None,
    }
