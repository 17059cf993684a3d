"""A small service for the tests: a permit that takes two checks, before one after the other, now side by side."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from zimao.kernel.calendars.days import WorkingCalendar
from zimao.kernel.cases.diagram import read
from zimao.kernel.cases.tests.diagrams import bpmn
from zimao.kernel.measures.frame import count_of, working_days
from zimao.kernel.measures.measure import Measure
from zimao.kernel.measures.scenario import Assumption, Choice, Duration, Emission, LabOptions, LabSpec, Scenario, Work
from zimao.kernel.text import Text, t

SERVICE = "permit"
ON = date(2024, 5, 6)
ZONE = ZoneInfo("Asia/Shanghai")
HOURS = ((time(8, 30), time(12, 0)), (time(14, 30), time(17, 30)))
# 2024-05-01 to 05-03 are free; 04-28 and 05-11 are worked
CALENDAR = WorkingCalendar(
    {
        2024: {
            **dict.fromkeys([date(2024, 5, 1) + timedelta(days=n) for n in range(3)], False),
            **dict.fromkeys([date(2024, 4, 28), date(2024, 5, 11)], True),
        }
    }
)

_LANES = (
    '<laneSet id="lanes"><lane id="lane_owner" name="申请人" zimao:en="Owner" zimao:role="applicant"><flowNodeRef>prepare</flowNodeRef>'
    '</lane><lane id="lane_desk" name="审查岗" zimao:en="Desk" zimao:role="permit.desk"><flowNodeRef>one</flowNodeRef>'
    "<flowNodeRef>two</flowNodeRef></lane></laneSet>"
)
_TASKS = '<startEvent id="start"/><userTask id="one" zimao:period="check"/><userTask id="two" zimao:period="check"/><endEvent id="end"/>'
OLD = bpmn(
    _LANES + _TASKS + '<userTask id="prepare"/>'
    '<sequenceFlow id="a" sourceRef="start" targetRef="one"/><sequenceFlow id="b" sourceRef="one" targetRef="prepare"/>'
    '<sequenceFlow id="c" sourceRef="prepare" targetRef="two"/><sequenceFlow id="d" sourceRef="two" targetRef="end"/>',
    key="permit_old",
)
NEW = bpmn(
    _LANES.replace("<flowNodeRef>prepare</flowNodeRef>", "")
    + _TASKS
    + '<parallelGateway id="fork"/><parallelGateway id="join"/><sequenceFlow id="a" sourceRef="start" targetRef="fork"/>'
    '<sequenceFlow id="b" sourceRef="fork" targetRef="one"/><sequenceFlow id="c" sourceRef="fork" targetRef="two"/>'
    '<sequenceFlow id="d" sourceRef="one" targetRef="join"/><sequenceFlow id="e" sourceRef="two" targetRef="join"/>'
    '<sequenceFlow id="f" sourceRef="join" targetRef="end"/>',
    key="permit_new",
)

_CHECK = Work(Duration("triangular", (0.6, 0.85, 1.0), "period"), Duration("uniform", (1.0, 3.0), "hours"))
_PREPARE = Work(Duration("fixed", (2.0,)), Duration("fixed", (0.0,)))
FILED = Emission("case.submitted")


def scenario(key="new", xml=NEW, *, officers=2, arrivals=1.0, hours=HOURS, work=None, **more):
    """One side of the lab."""
    elements = {"one": _CHECK, "two": _CHECK}
    return Scenario(
        key=key,
        title=t("改革前", "Before") if key == "old" else t("改革后", "Now"),
        diagram=read(xml),
        periods={"check": 5},
        arrivals=arrivals,
        work=work or (elements if xml is NEW else {**elements, "prepare": _PREPARE}),
        officers={"permit.desk": officers},
        first_day=date(2024, 4, 25),
        hours=hours,
        emissions=more.pop("emissions", {"start": (FILED, Emission("counter.visit", 2 if key == "old" else 1))}),
        **more,
    )


def build(options: LabOptions) -> tuple[Scenario, Scenario]:
    officers = options.officers.get("permit.desk", 2)
    arrivals = options.arrivals or 1.0
    return scenario("old", OLD, officers=officers, arrivals=arrivals), scenario(officers=officers, arrivals=arrivals)


def measure(key="total_days", *, baseline=10, claim=5, direction="down", query=working_days, service=SERVICE):
    return Measure(key, service, Text("用时", "Time"), Text("工作日", "days"), baseline, claim, direction, Text("来源", "Source"), query)


def measures(zone, on):
    return [measure(), measure("trips", baseline=2, claim=1, query=lambda events: count_of(events, "counter.visit"))]


def spec(**more):
    told = Assumption(t("来件", "Arrivals"), t("每日1件", "1 a day"), "assumption")
    given = {"build": build, "assumptions": lambda: (told,), "sources": lambda options: {"permit.toml": "0" * 64}, **more}
    return LabSpec(SERVICE, t("许可", "Permit"), roles=frozenset({"permit.supervisor"}), **given)


def choice(values, weights, once=frozenset()):
    return Choice(values, weights, once)


def local(year, month, day, hour=10, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=ZONE)
