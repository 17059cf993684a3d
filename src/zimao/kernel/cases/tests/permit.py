"""A small procedure for tests of pages: a clerk examines on one track, an approver decides, the applicant may have to answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from zimao.kernel.cases import processes
from zimao.kernel.cases.models import Case, WorkItem
from zimao.kernel.cases.processes import Decided, ProcessSpec, register_process
from zimao.kernel.cases.runtime import start_case
from zimao.kernel.cases.tests.diagrams import bpmn
from zimao.kernel.errors import Problem, Refused
from zimao.kernel.forms import Show
from zimao.kernel.operations import Act, Actor, operation
from zimao.kernel.parties.models import Membership, Party, User, Zone
from zimao.kernel.text import Text, t

__all__ = ["AT", "KEY", "People", "begin", "installed", "people", "write_version"]

AT = datetime(2024, 5, 6, 1, 0, tzinfo=UTC)
KEY = "test_permit"
CLERK, APPROVER, SUPERVISOR = "test_service.clerk", "test_service.approver", "test_service.supervisor"

_BODY = """
<laneSet id="lanes">
  <lane id="lane_clerk" name="受理岗" zimao:en="Clerk" zimao:role="test_service.clerk"><flowNodeRef>start</flowNodeRef>
    <flowNodeRef>examine</flowNodeRef><flowNodeRef>gate</flowNodeRef><flowNodeRef>end_refused</flowNodeRef></lane>
  <lane id="lane_approver" name="审批岗" zimao:en="Approver" zimao:role="test_service.approver"><flowNodeRef>approve</flowNodeRef>
    <flowNodeRef>end</flowNodeRef></lane>
  <lane id="lane_applicant" name="申请人" zimao:en="Applicant" zimao:role="applicant"><flowNodeRef>answer</flowNodeRef></lane>
</laneSet>
<startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="examine"/>
<userTask id="examine" name="审查" zimao:en="Examine" zimao:form="examine" zimao:track="permit" zimao:period="examine"/>
<sequenceFlow id="f2" sourceRef="examine" targetRef="gate"/>
<exclusiveGateway id="gate"/>
<sequenceFlow id="f3" sourceRef="gate" targetRef="approve"><conditionExpression>examine == "pass"</conditionExpression></sequenceFlow>
<sequenceFlow id="f4" sourceRef="gate" targetRef="answer"><conditionExpression>examine == "ask"</conditionExpression></sequenceFlow>
<sequenceFlow id="f5" sourceRef="gate" targetRef="end_refused"><conditionExpression>examine == "fail"</conditionExpression></sequenceFlow>
<userTask id="answer" name="补充说明" zimao:en="Answer" zimao:form="answer"/>
<sequenceFlow id="f6" sourceRef="answer" targetRef="approve"/>
<userTask id="approve" name="审批" zimao:en="Approve" zimao:form="approve" zimao:track="permit" zimao:period="approve"/>
<sequenceFlow id="f7" sourceRef="approve" targetRef="end"/>
<endEvent id="end"/><endEvent id="end_refused"/>
"""


class Examine(BaseModel):
    """What the clerk found."""

    decision: Annotated[
        Literal["pass", "ask", "fail"],
        Show(label=t("意见", "Finding"), choices={"pass": t("通过", "Pass"), "ask": t("需说明", "Ask"), "fail": t("不通过", "Fail")}),
    ]
    findings: Annotated[str, Field(max_length=200), Show(label=t("说明", "Findings"), widget="textarea")] = ""


class Answer(BaseModel):
    """What the applicant says."""

    answer: Annotated[str, Field(min_length=1, max_length=200), Show(label=t("说明", "Answer"))]


class Approve(BaseModel):
    """The decision."""

    decision: Annotated[
        Literal["approve", "refuse"],
        Show(label=t("决定", "Decision"), choices={"approve": t("准予", "Approve"), "refuse": t("不予", "Refuse")}),
    ]


class _Hooks:
    """The service's side: it remembers nothing, and refuses to pass without a word."""

    def complete(self, act: Act, case: Case, item: WorkItem, form: BaseModel) -> Mapping[str, str]:
        if isinstance(form, Examine) and form.decision == "fail" and not form.findings:
            raise Refused.of([Problem("findings", "findings", t("不通过时请说明理由", "Say why it fails"))])
        return {item.element: str(getattr(form, "decision", "done"))}

    def decide(self, act: Act, case: Case, decision: str, facts: Mapping[str, Any]) -> Decided:
        return Decided({}, {})

    def element_reached(self, act: Act, case: Case, element: str) -> None:
        pass

    def closed(self, act: Act, case: Case) -> None:
        pass


def write_version(folder: Path, version: int, body: str = _BODY) -> None:
    """Put a version of the diagram into the folder."""
    (folder / f"{KEY}-v{version}.bpmn").write_bytes(bpmn(body, key=KEY, version=version))


@contextmanager
def installed(folder: Path) -> Iterator[ProcessSpec]:
    """The process, known while the test runs."""
    write_version(folder, 1)
    spec = ProcessSpec(
        key=KEY,
        service="test_service",
        title=t("测试许可", "Test permit"),
        folder=folder,
        prefix="TP",
        hooks=_Hooks(),
        periods=lambda zone, on: {"examine": 5, "approve": 3, "cases.max_extension_days": 10},
        forms={"examine": Examine, "answer": Answer, "approve": Approve},
        ends={"end": "completed", "end_refused": "not_accepted"},
        supervisor=SUPERVISOR,
        target=lambda zone, on: 6,
    )
    register_process(spec)
    try:
        yield spec
    finally:
        processes._PROCESSES.pop(KEY)


@dataclass(frozen=True)
class People:
    """Who takes part."""

    applicant: Actor
    stranger: Actor
    clerk: Actor
    colleague: Actor
    approver: Actor
    supervisor: Actor
    elsewhere: Actor


def _person(username: str, name: str, *roles: str, zone: str = "ZZ") -> Actor:
    party = Party.objects.create(kind="person", name=name)
    user = User.objects.create(username=username, party=party)
    for role in roles:
        if "." in role:
            Membership.objects.create(user=user, zone_id=zone, role=role, valid_from=date(2020, 1, 1))
    return Actor(user.pk, party.pk, zone, frozenset({"user", *roles}), name)


def people() -> People:
    """Two zones and everybody in them."""
    Zone.objects.create(code="ZZ", name_zh="示例片区", name_en="Sample Zone")
    Zone.objects.create(code="YY", name_zh="另一片区", name_en="Other Zone")
    return People(
        applicant=_person("wang", "王小明", "applicant"),
        stranger=_person("sun", "孙不知", "applicant"),
        clerk=_person("clerk", "李受理", CLERK),
        colleague=_person("colleague", "赵同事", CLERK),
        approver=_person("approver", "钱审批", APPROVER),
        supervisor=_person("supervisor", "周督办", SUPERVISOR),
        elsewhere=_person("elsewhere", "吴外区", CLERK, zone="YY"),
    )


@operation("test.begin_case", roles=("applicant",), label=t("提交测试申请", "File a test application"))
def _begin(act: Act, *, title: Text) -> Case:
    return start_case(act, process_key=KEY, title=title, applicant_id=act.actor.party_id or 0, facts={})


def begin(who: Actor, title: str = "一号申请", at: datetime = AT) -> Case:
    """A case of ``who``, filed at an instant."""
    return _begin(Act(replace(who, roles=who.roles | {"applicant"}), at), title=Text(title, f"Application {title}"))
