"""The token interpreter alone on small diagrams, and beside the engine on the ship diagrams."""

from __future__ import annotations

import random
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zimao
from zimao.kernel.cases.diagram import Diagram, read
from zimao.kernel.cases.engine import Run, Specification
from zimao.kernel.cases.expressions import ExpressionError, Undecided, condition
from zimao.kernel.cases.token import Machine, TokenError

PROCESSES = Path(zimao.__file__).parent / "services/ship_registry/processes"
NEW_XML = (PROCESSES / "ship_initial_registration-v1.bpmn").read_bytes()
OLD_XML = (PROCESSES / "ship_sequential-v0.bpmn").read_bytes()
NEW, OLD = read(NEW_XML), read(OLD_XML)
TRACKS = ["ownership", "nationality", "manning", "interim_smc", "mmsi", "licence", "insurance"]


def diagram(body: str) -> Diagram:
    """A diagram from shorthand lines ``kind id attributes`` and ``a > b [: condition]``."""
    return read(bpmn(body))


def bpmn(body: str) -> bytes:
    nodes, flows, messages = [], [], set()
    for number, line in enumerate(filter(None, (line.strip() for line in body.splitlines()))):
        if ">" in line.split(":")[0]:
            ends, _, test = line.partition(":")
            source, _, target = (part.strip() for part in ends.partition(">"))
            inner = f"<b:conditionExpression>{test.strip().replace('<', '&lt;')}</b:conditionExpression>" if test else ""
            flows.append(f'<b:sequenceFlow id="f{number}" sourceRef="{source}" targetRef="{target}">{inner}</b:sequenceFlow>')
            continue
        kind, key, *rest = line.split()
        event, attributes = "", ""
        for word in rest:
            name, _, value = word.partition("=")
            if name == "message":
                messages.add(value)
                event = f'<b:messageEventDefinition messageRef="{value}"/>'
            elif name in {"terminate", "timer"}:
                event = f"<b:{name}EventDefinition/>"
            else:
                attributes += f' {name}="{value}"'
        nodes.append(f'<b:{kind} id="{key}"{attributes}>{event}</b:{kind}>')
    declared = "".join(f'<b:message id="{name}" name="{name}"/>' for name in sorted(messages))
    return (
        f'<b:definitions xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL">{declared}'
        f'<b:process id="small" isExecutable="true">{"".join(nodes + flows)}</b:process></b:definitions>'
    ).encode()


def ready(machine: Machine) -> list[str]:
    return [node.id for node in machine.ready()]


CHOICE = """
    startEvent s
    userTask ask
    exclusiveGateway gw default=f9
    userTask yes
    userTask no
    endEvent e
    s > ask
    ask > gw
    gw > yes : ask == "yes"
    gw > no
    yes > e
    no > e
"""


@pytest.mark.parametrize(("answer", "then"), [("yes", ["yes"]), ("no", ["no"]), ("anything", ["no"])])
def test_exclusive_gateway_takes_the_first_that_holds_or_the_default(answer: str, then: list[str]) -> None:
    machine = Machine(diagram(CHOICE))
    machine.complete("ask", answer)
    assert ready(machine) == then


PARALLEL = """
    startEvent s
    parallelGateway fork
    userTask a
    userTask b
    parallelGateway join
    userTask c
    endEvent e
    s > fork
    fork > a
    fork > b
    a > join
    b > join
    join > c
    c > e
"""


def test_parallel_join_waits_for_both_and_knows_its_predecessors() -> None:
    machine = Machine(diagram(PARALLEL))
    numbers = {node.id: number for number, node in machine.open.items()}
    machine.complete("b")
    assert ready(machine) == ["a"]
    machine.complete("a")
    assert ready(machine) == ["c"]
    (last,) = machine.open
    assert machine.after(last) == {numbers["a"], numbers["b"]}
    machine.complete("c")
    assert machine.finished


INCLUSIVE = """
    startEvent s
    inclusiveGateway fork
    userTask a
    userTask b
    userTask b2
    inclusiveGateway join
    userTask c
    endEvent e
    s > fork
    fork > a : with_a
    fork > b : with_b == True
    a > join
    b > b2
    b2 > join
    join > c
    c > e
"""


@pytest.mark.parametrize(
    ("facts", "steps"),
    [
        ({"with_a": True, "with_b": False}, [["a"], ["c"]]),
        ({"with_a": False, "with_b": True}, [["b"], ["b2"], ["c"]]),
        ({"with_a": True, "with_b": True}, [["a", "b"], ["b"], ["b2"], ["c"]]),
    ],
)
def test_inclusive_join_waits_for_what_can_still_come(facts: dict[str, bool], steps: list[list[str]]) -> None:
    machine, seen = Machine(diagram(INCLUSIVE), facts), []
    while not machine.finished:
        seen.append(ready(machine))
        machine.complete(ready(machine)[0])
    assert seen == steps


MESSAGES = """
    startEvent s
    parallelGateway fork
    userTask sender
    exclusiveGateway gw
    intermediateThrowEvent ok message=ok
    intermediateThrowEvent bad message=bad
    endEvent e1
    userTask waiter
    boundaryEvent stop attachedToRef=waiter message=bad
    eventBasedGateway wait
    intermediateCatchEvent got_ok message=ok
    intermediateCatchEvent got_bad message=bad
    userTask go
    endEvent e2
    endEvent stopped
    s > fork
    fork > sender
    fork > waiter
    sender > gw
    gw > ok : sender == "ok"
    gw > bad : sender == "bad"
    ok > e1
    bad > e1
    waiter > wait
    wait > got_ok
    wait > got_bad
    got_ok > go
    got_bad > stopped
    stop > stopped
    go > e2
"""


@pytest.mark.parametrize("order", [["sender", "waiter"], ["waiter", "sender"]])
def test_a_message_is_kept_for_whoever_waits_later(order: list[str]) -> None:
    machine = Machine(diagram(MESSAGES))
    numbers = {node.id: number for number, node in machine.open.items()}
    for element in order:
        machine.complete(element, "ok")
    assert ready(machine) == ["go"]
    assert machine.after(next(iter(machine.open))) == {numbers["sender"], numbers["waiter"]}


def test_a_boundary_message_interrupts_the_task() -> None:
    machine = Machine(diagram(MESSAGES))
    machine.complete("sender", "bad")
    assert machine.finished
    assert sorted(machine.ends) == ["e1", "stopped"]


def test_a_boundary_message_that_does_not_interrupt_leaves_the_task_open() -> None:
    gentle = MESSAGES.replace("attachedToRef=waiter", "attachedToRef=waiter cancelActivity=false")
    machine = Machine(diagram(gentle))
    machine.complete("sender", "bad")
    assert ready(machine) == ["waiter"]
    assert machine.ends.count("stopped") == 1


TERMINATE = PARALLEL.replace("a > join", "a > all_over").replace("userTask c", "endEvent all_over terminate\n    userTask c")


def test_a_terminate_end_takes_every_token() -> None:
    machine = Machine(diagram(TERMINATE))
    machine.complete("a")
    assert machine.finished
    assert machine.ends == ["all_over"]


def test_a_boundary_timer_fires_when_told() -> None:
    machine = Machine(NEW)
    machine.complete("accept_application", "correct")
    (number,) = machine.open
    assert [event.id for event in machine.timers(number)] == ["silence"]
    machine.fire("silence")
    assert machine.ends == ["end_withdrawn_for_silence"]
    with pytest.raises(TokenError, match="not open"):
        machine.fire("silence")


def test_a_task_that_is_not_open_cannot_be_completed() -> None:
    machine = Machine(OLD)
    with pytest.raises(TokenError, match="not open"):
        machine.complete("decide_ownership")


def test_a_loop_without_people_is_found() -> None:
    endless = "startEvent s\nexclusiveGateway a\nexclusiveGateway b\ns > a\na > b\nb > a"
    with pytest.raises(TokenError, match="goes round"):
        Machine(diagram(endless))


def test_a_condition_on_an_unknown_fact_is_undecided() -> None:
    with pytest.raises(Undecided, match="with_a"):
        Machine(diagram(INCLUSIVE), {})


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('a == "x" and not b', True),
        ("n + 1 > 2 or b", False),
        ("-n < 0", True),
        ('a in ["x", "y"]', True),
        ("n * 3 - 1", 2),
        ('a != "x"', False),
    ],
)
def test_conditions(expression: str, value: object) -> None:
    assert condition(expression)({"a": "x", "b": False, "n": 1}) == value


@pytest.mark.parametrize("expression", ["open('x')", "a.b", "a[0]", "lambda: 1", "[x for x in a]", "f'{a}'", "a if b else c", "", "a ="])
def test_a_condition_holds_no_program(expression: str) -> None:
    with pytest.raises(ExpressionError):
        condition(expression)


# --- beside the engine -----------------------------------------------------------------------------------------------


def decided(element: str, chance: random.Random) -> str:
    if element == "accept_application":
        return chance.choices(["accept", "correct", "refuse"], [8, 3, 1])[0]
    if element.startswith("approve_"):
        return chance.choices(["approve", "refuse"], [4, 1])[0]
    return "done"


@lru_cache
def specification(xml: bytes, key: str) -> Specification:
    graph = read(xml)
    return Specification.parse(xml, key, graph.version, graph.sha256)


def walk_both(xml: bytes, key: str, facts: dict[str, bool], seed: int) -> tuple[list[str], list[str]]:
    """Both interpreters through the same random decisions; what was ready after each step must be the same."""
    chance = random.Random(seed)
    graph = read(xml)
    run = Run.start(specification(xml, key), {"begun": True}, lambda decision, known: facts)
    machine = Machine(graph, {"begun": True}, decide=lambda decision, known: facts)
    while not run.finished:
        steps = {step.element: step.guid for step in run.steps()}
        assert sorted(steps) == sorted(ready(machine))
        element = chance.choice(sorted(steps))
        decision = decided(element, chance)
        run.complete(steps[element], {element: decision})
        machine.complete(element, decision)
    assert machine.finished
    engine_ends = {one.element for one in run.positions() if one.state == "done" and graph.nodes[one.element].kind == "endEvent"}
    return sorted(engine_ends), sorted(set(machine.ends))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), safety=st.booleans(), radio=st.booleans(), insurance=st.booleans())
def test_both_interpreters_agree_on_the_new_procedure(seed: int, safety: bool, radio: bool, insurance: bool) -> None:
    asked = {"interim_smc": safety, "mmsi": radio, "licence": radio, "insurance": insurance}
    engine, tokens = walk_both(NEW_XML, "ship_initial_registration", {f"applies_{track}": asked.get(track, True) for track in TRACKS}, seed)
    assert engine == tokens


def test_both_interpreters_agree_on_the_old_procedure() -> None:
    assert walk_both(OLD_XML, "ship_sequential", {}, 1) == (["end_seventh"], ["end_seventh"])
