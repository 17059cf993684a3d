"""The engine module: what it executes, what it refuses, and that nothing is lost between two steps."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta

import pytest
from SpiffWorkflow.bpmn.serializer import DEFAULT_CONFIG, BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.default.task_spec import EventConverter
from SpiffWorkflow.bpmn.serializer.default.workflow import BpmnWorkflowConverter
from SpiffWorkflow.bpmn.specs import BpmnProcessSpec

from zimao.kernel.cases.diagram import read
from zimao.kernel.cases.engine import EngineError, Run, Specification
from zimao.kernel.cases.engine.nodes import DecisionConverter, DecisionTask, EndNode, ThrowNode
from zimao.kernel.cases.engine.quick import QuickWorkflow
from zimao.kernel.cases.expressions import ExpressionError, condition
from zimao.kernel.cases.tests.diagrams import bpmn
from zimao.kernel.errors import Conflict

NOW = datetime(2024, 5, 6, 1, 0, tzinfo=UTC)

TWO_DESKS = bpmn(
    """
    <startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="fork"/>
    <parallelGateway id="fork"/>
    <sequenceFlow id="f2" sourceRef="fork" targetRef="first"/><sequenceFlow id="f3" sourceRef="fork" targetRef="prepare"/>
    <userTask id="first"/><sequenceFlow id="f4" sourceRef="first" targetRef="decided"/>
    <exclusiveGateway id="decided"/>
    <sequenceFlow id="f5" sourceRef="decided" targetRef="ok"><conditionExpression>first == "yes"</conditionExpression></sequenceFlow>
    <sequenceFlow id="f6" sourceRef="decided" targetRef="nok"><conditionExpression>first == "no"</conditionExpression></sequenceFlow>
    <intermediateThrowEvent id="ok"><messageEventDefinition messageRef="m_yes"/></intermediateThrowEvent>
    <endEvent id="nok"><messageEventDefinition messageRef="m_no"/></endEvent>
    <sequenceFlow id="f7" sourceRef="ok" targetRef="end_first"/><endEvent id="end_first"/>
    <userTask id="prepare"/><sequenceFlow id="f8" sourceRef="prepare" targetRef="wait"/>
    <boundaryEvent id="late" attachedToRef="prepare" cancelActivity="false">
      <timerEventDefinition><timeDate>end_of_period</timeDate></timerEventDefinition></boundaryEvent>
    <boundaryEvent id="refused_early" attachedToRef="prepare"><messageEventDefinition messageRef="m_no"/></boundaryEvent>
    <sequenceFlow id="f9" sourceRef="refused_early" targetRef="end_refused"/>
    <eventBasedGateway id="wait"/>
    <sequenceFlow id="f10" sourceRef="wait" targetRef="got_yes"/><sequenceFlow id="f11" sourceRef="wait" targetRef="got_no"/>
    <intermediateCatchEvent id="got_yes"><messageEventDefinition messageRef="m_yes"/></intermediateCatchEvent>
    <intermediateCatchEvent id="got_no"><messageEventDefinition messageRef="m_no"/></intermediateCatchEvent>
    <sequenceFlow id="f12" sourceRef="got_yes" targetRef="second"/><sequenceFlow id="f13" sourceRef="got_no" targetRef="end_refused"/>
    <userTask id="second"/><sequenceFlow id="f14" sourceRef="second" targetRef="end"/>
    <endEvent id="end"/><endEvent id="end_refused"/>
    """,
    messages={"m_yes": "yes", "m_no": "no"},
)


def specification(xml: bytes) -> Specification:
    graph = read(xml)
    return Specification.parse(xml, graph.key, graph.version, graph.sha256)


SPEC = specification(TWO_DESKS)


def step(run: Run, element: str, fact: str = "done") -> Run:
    """Complete a task and go through the store, as every step of a case does."""
    guid = next(one.guid for one in run.steps() if one.element == element)
    run.complete(guid, {element: fact})
    return Run.restore(SPEC, run.dump())


def ready(run: Run) -> set[str]:
    return {one.element for one in run.steps()}


@pytest.mark.parametrize(
    ("expression", "value"),
    [("a == 1", True), ("a > 1 or b == 'x'", True), ("not (b in ['y'])", True), ("a + 2 * 3", 7), ("-a", -1)],
)
def test_an_expression_compares_and_computes_routing_facts(expression, value):
    assert condition(expression)({"a": 1, "b": "x"}) == value


@pytest.mark.parametrize(
    "expression", ["__import__('os')", "a.__class__", "a[0]", "(lambda: 1)()", "[x for x in a]", "unknown == 1", "a ="]
)
def test_an_expression_can_do_nothing_else(expression):
    with pytest.raises(ExpressionError):
        condition(expression)({"a": 1})


@pytest.mark.parametrize(
    "element",
    ["<scriptTask id='s'><script>import os</script></scriptTask>", "<serviceTask id='s'/>", "<callActivity id='s' calledElement='x'/>"],
)
def test_a_diagram_that_holds_a_program_is_refused(element):
    before = "<startEvent id='a'/><sequenceFlow id='f' sourceRef='a' targetRef='s'/>"
    xml = bpmn(f"{before}{element}<sequenceFlow id='g' sourceRef='s' targetRef='e'/><endEvent id='e'/>")
    with pytest.raises(EngineError, match="not executed"):
        Specification.parse(xml, "p", 1, "x")


def test_a_message_thrown_before_anybody_waits_is_still_delivered():
    run = step(Run.start(SPEC, {"case": 1}), "first", "yes")
    assert run.messages == ["yes"]
    run = step(run, "prepare")
    assert ready(run) == {"second"}
    assert step(run, "second").finished


def test_a_message_reaches_the_one_that_waits():
    run = step(Run.start(SPEC, {"case": 1}), "prepare")
    assert ready(run) == {"first"}
    assert ready(step(run, "first", "yes")) == {"second"}


def test_a_refusal_interrupts_the_task_under_way():
    run = step(Run.start(SPEC, {"case": 1}), "first", "no")
    assert run.finished
    assert {one.element: one.state for one in run.positions()}["prepare"] == "cancelled"


def test_a_task_cannot_be_completed_twice_nor_before_it_is_ready():
    run = Run.start(SPEC, {"case": 1})
    guid = next(one.guid for one in run.steps() if one.element == "prepare")
    run.complete(guid, {"prepare": "done"})
    with pytest.raises(Conflict):
        run.complete(guid, {"prepare": "done"})
    with pytest.raises(Conflict):
        run.complete("00000000-0000-0000-0000-000000000000", {"second": "done"})


def test_a_timer_fires_at_the_instant_it_is_given_and_not_before():
    run = Run.start(SPEC, {"case": 1})
    (timer,) = run.timers()
    assert timer.element == "late"
    assert timer.due is None
    assert run.advance(NOW + timedelta(days=3650)) == []
    run.set_due(timer.guid, NOW)
    run = Run.restore(SPEC, run.dump())
    assert run.advance(NOW - timedelta(seconds=1)) == []
    assert run.advance(NOW) == ["late"]
    run = Run.restore(SPEC, run.dump())
    assert run.advance(NOW) == []
    assert "prepare" in ready(run)


def test_a_stopped_timer_does_not_fire():
    run = Run.start(SPEC, {"case": 1})
    (timer,) = run.timers()
    run.set_due(timer.guid, NOW)
    run.clear_due(timer.guid)
    assert run.advance(NOW + timedelta(days=1)) == []


def test_a_restored_run_still_refuses_calls():
    """The script engine is not part of the stored state: without care the restored run would use Python's eval."""
    xml = bpmn(
        """<startEvent id="s"/><sequenceFlow id="a" sourceRef="s" targetRef="u"/><userTask id="u"/>
        <sequenceFlow id="b" sourceRef="u" targetRef="g"/><exclusiveGateway id="g" default="d"/>
        <sequenceFlow id="c" sourceRef="g" targetRef="e"><conditionExpression>len("x") == 1</conditionExpression></sequenceFlow>
        <sequenceFlow id="d" sourceRef="g" targetRef="e"/><endEvent id="e"/>"""
    )
    spec = specification(xml)
    run = Run.restore(spec, Run.start(spec, {"case": 1}).dump())
    with pytest.raises(Exception, match="not allowed in an expression"):
        run.complete(run.steps()[0].guid, {"u": "x"})


@pytest.mark.parametrize("facts", [{"typename": "UUID"}, {"a": None}, {"a": 1.5}, {"a": ["x"]}, {"a b": 1}])
def test_only_flat_routing_facts_enter_a_run(facts):
    with pytest.raises(EngineError, match="routing fact"):
        Run.start(SPEC, facts)


def test_state_of_another_format_or_specification_is_refused():
    state = Run.start(SPEC, {"case": 1}).dump()
    with pytest.raises(EngineError, match="another format"):
        Run.restore(SPEC, state.replace('"serializer_version": "1.5"', '"serializer_version": "9.9"'))
    other = Specification(SPEC.key, SPEC.version, "0" * 64, SPEC.spec)
    with pytest.raises(EngineError, match="belongs to"):
        Run.restore(other, state)


def test_the_state_names_its_specification_and_does_not_carry_it():
    state = json.loads(Run.start(SPEC, {"case": 1}).dump())
    assert state["spec"]["reference"] == SPEC.reference
    assert "task_specs" not in json.dumps(state)


@pytest.mark.parametrize("seed", range(20))
def test_every_order_of_work_comes_to_an_end(seed):
    pick = random.Random(seed)
    run = Run.start(SPEC, {"case": 1})
    for _ in range(10):
        if run.finished:
            break
        chosen = pick.choice(run.steps())
        run = step(run, chosen.element, pick.choice(["yes", "no"]))
    assert run.finished


def test_a_step_added_later_is_taken_up_by_a_run_that_moves():
    target = specification(
        bpmn(
            TWO_DESKS.decode()
            .split("<process", 1)[1]
            .split(">", 1)[1]
            .split("</process>")[0]
            .replace(
                '<sequenceFlow id="f14" sourceRef="second" targetRef="end"/>',
                '<sequenceFlow id="f14" sourceRef="second" targetRef="third"/><userTask id="third"/>'
                '<sequenceFlow id="f15" sourceRef="third" targetRef="end"/>',
            ),
            messages={"m_yes": "yes", "m_no": "no"},
            version=2,
        )
    )
    run = step(Run.start(SPEC, {"case": 1}), "first", "yes")
    found = run.compare(target)
    assert found.added == ["third"]
    assert found.blocked_by == []
    moved = Run.restore(target, run.move(target, found).dump())
    for element in ("prepare", "second"):
        moved.complete(next(one.guid for one in moved.steps() if one.element == element), {element: "done"})
    assert ready(moved) == {"third"}


def test_a_run_does_not_move_when_a_step_already_taken_is_gone():
    target = specification(
        bpmn(
            TWO_DESKS.decode().split("<process", 1)[1].split(">", 1)[1].split("</process>")[0].replace('"prepare"', '"other"'),
            messages={"m_yes": "yes", "m_no": "no"},
            version=3,
        )
    )
    run = Run.start(SPEC, {"case": 1})
    found = run.compare(target)
    assert "prepare" in found.blocked_by
    with pytest.raises(EngineError, match="prepare"):
        run.move(target, found)


def test_the_quick_text_is_the_librarys_own_text():
    """Written by the library's converters, the state is the same, and they read ours back to the same steps and facts."""
    registry = BpmnWorkflowSerializer.configure(
        {**DEFAULT_CONFIG, ThrowNode: EventConverter, EndNode: EventConverter, DecisionTask: DecisionConverter}
    )
    BpmnWorkflowConverter(QuickWorkflow, registry, typename="BpmnWorkflow")
    registry.register(BpmnProcessSpec, lambda spec: {"reference": SPEC.reference}, lambda kept: SPEC.spec)
    plain = BpmnWorkflowSerializer(registry)
    run = Run.start(SPEC, {"case": 1})
    for element, answer in (("first", "yes"), ("prepare", "done"), ("second", "done")):
        assert json.loads(plain.serialize_json(run._workflow)) == json.loads(run.dump())
        run = step(run, element, answer)
    assert run.finished
    assert json.loads(plain.serialize_json(run._workflow)) == json.loads(run.dump())
