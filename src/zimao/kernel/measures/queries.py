"""What is read of measures and of the lab: live answers, the newest simulation, runs and their progress."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.core.cache import cache
from django.db.models import QuerySet
from django.utils import timezone

from zimao.kernel.calendars import WorkingCalendar, calendar_of
from zimao.kernel.calendars.queries import statutory_exceptions, statutory_years
from zimao.kernel.errors import Missing
from zimao.kernel.measures.live import live_events
from zimao.kernel.measures.measure import VERDICTS, Answer, Measure, of_values
from zimao.kernel.measures.models import LabRun
from zimao.kernel.measures.registry import Declared, declared, measured_services
from zimao.kernel.measures.results import number
from zimao.kernel.measures.stats import interval
from zimao.kernel.operations import Actor
from zimao.kernel.text import Text, t

__all__ = [
    "DEFAULT_DAYS",
    "DEFAULT_STRETCH",
    "FAILURES",
    "Effect",
    "Now",
    "ServiceEffects",
    "effects",
    "effects_as_dict",
    "lab_calendar",
    "lab_run",
    "lab_runs",
    "live_events",
    "measure_now",
    "newest_result",
]

FAILURES: Mapping[str, Text] = {
    "worker_lost": t("后台进程多次中断，模拟未能完成", "Workers broke off several times; the run was given up"),
    "not_runnable": t(
        "该服务的流程图、假定或参数表不相符，无法模拟", "Diagram, assumptions and tables of the service do not fit; nothing can be run"
    ),
    "failed": t("模拟过程中出错，详见服务日志", "The run met an error; see the server's log"),
}
DEFAULT_DAYS = 365
DEFAULT_STRETCH = timedelta(days=DEFAULT_DAYS)
_CACHE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Now:
    """What the live cases of a stretch of time say of a measure; ``interval`` is the 95 % confidence interval of the mean."""

    measure: Measure
    answer: Answer
    interval: tuple[float, float] | None
    since: datetime
    until: datetime

    @property
    def verdict(self) -> Text:
        """The judgement in words: with few cases, that there are too few."""
        return VERDICTS[self.answer.verdict]

    @property
    def badge(self) -> str:
        """The kind of badge that goes with the verdict."""
        return {"met": "success", "partly": "warning", "not_met": "danger"}.get(self.answer.verdict, "neutral")

    @property
    def middle(self) -> str:
        """The median as text."""
        return number(self.answer.p50)

    @property
    def tail(self) -> str:
        """What nine cases in ten keep to, as text."""
        return number(self.answer.p90 if self.measure.direction == "down" else self.answer.p10)


def measure_now(service: str, zone: str, since: datetime, until: datetime) -> list[Now]:
    """Each measure of the service over the cases completed from ``since`` to before ``until`` in ``zone`` (empty: everywhere).

    The query is the one that the lab uses. Missing when the service declares no measures.
    """
    found = declared(service).on(zone, timezone.localdate(until - timedelta(microseconds=1)))
    events = live_events(service, zone, since, until)
    answers = []
    for measure in found:
        values = measure.query(events)
        answers.append(Now(measure, of_values(measure, values), interval(values["value"].to_list()), since, until))
    return answers


@dataclass(frozen=True, slots=True)
class Effect:
    """One line of the effects page: the measure, the live answer, and both sides of the newest simulation (or None)."""

    now: Now
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class ServiceEffects:
    """One service on the effects page. ``run``: the simulation that is shown."""

    service: str
    title: Text
    effects: Sequence[Effect]
    run: LabRun | None


def effects(zone: str, until: datetime, days: int = DEFAULT_DAYS, service: str = "") -> list[ServiceEffects]:
    """Every service with measures (or one of them): live over the ``days`` before ``until``, beside the newest simulation.

    Live answers are kept for a minute.
    """
    chosen = [declared(service)] if service else list(measured_services().values())
    return [_effects_of(one, zone, until, days) for one in chosen]


def _effects_of(service: Declared, zone: str, until: datetime, days: int) -> ServiceEffects:
    key = f"measures-now-{service.service}-{zone}-{days}"
    answers: list[tuple[Answer, tuple[float, float] | None]] | None = cache.get(key)
    since = until - timedelta(days=days)
    found = service.on(zone, timezone.localdate(until))
    if answers is None or len(answers) != len(found):
        answers = [(one.answer, one.interval) for one in measure_now(service.service, zone, since, until)]
        cache.set(key, answers, _CACHE_SECONDS)
    run = newest_result(service.service, zone)
    simulated = {one["id"]: one for one in json.loads(run.result)["measures"]} if run else {}
    lines = [
        Effect(Now(measure, *kept, since, until), *(simulated.get(measure.id, {}).get(side) for side in ("old", "new")))
        for measure, kept in zip(found, answers, strict=True)
    ]
    return ServiceEffects(service.service, service.lab.title, lines, run)


def newest_result(service: str, zone: str) -> LabRun | None:
    """The newest finished run with nothing changed, of ``zone`` or (empty) of any: the one that speaks for the service."""
    done = LabRun.objects.filter(service=service, state=LabRun.State.DONE, options="{}")
    if zone:
        done = done.filter(zone_id=zone)
    return done.order_by("-finished_at", "-pk").first()


def lab_runs(service: str, zone: str) -> QuerySet[LabRun]:
    """The runs of a service in a zone, newest first, without their results."""
    return LabRun.objects.filter(service=service, zone_id=zone).defer("result").order_by("-pk")


def lab_run(run_id: int, actor: Actor | None = None) -> LabRun:
    """One run. A finished one is public: it is computed from published data. Others are seen in their own zone. Else Missing."""
    run = LabRun.objects.select_related("zone").filter(pk=run_id).first()
    if run is None or (run.state != LabRun.State.DONE and (actor is None or actor.zone != run.zone_id)):
        raise Missing("lab.run", t("没有这次模拟", "There is no such run"), "id")
    return run


def lab_calendar(zone: str) -> WorkingCalendar:
    """The zone's calendar for the lab: years that nobody has released yet are taken from the statutory calendar shipped with it."""
    kept = calendar_of(zone)
    return WorkingCalendar({**_statutory(), **kept.years}, kept.closures)


@lru_cache(maxsize=1)
def _statutory() -> dict[int, Mapping[date, bool]]:
    return {year: statutory_exceptions(year) for year in statutory_years()}


def effects_as_dict(service: str, found: Sequence[Now]) -> dict[str, Any]:
    """The live answers of a service as plain values for JSON."""
    return {"service": service, "measures": [_as_dict(now) for now in found]}


def _as_dict(now: Now) -> dict[str, Any]:
    measure = now.measure
    return {
        "id": measure.id,
        "title": asdict(measure.title),
        "unit": asdict(measure.unit),
        "source": asdict(measure.source),
        "baseline": measure.baseline,
        "claim": measure.claim,
        "direction": measure.direction,
        "live": {**asdict(now.answer), "interval": now.interval, "words": asdict(now.verdict)},
        "since": now.since.isoformat(),
        "until": now.until.isoformat(),
    }
