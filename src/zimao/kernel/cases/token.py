"""Walks tokens through a diagram: the small interpreter on which the schedule and the lab stand.

Live cases run on the engine (``engine.py``); thousands of simulated ones, and the plan of one, need the same answers
without its state, its store and its cost. A test drives both through the same random decisions and compares what is ready.

What it executes: user, manual and business rule tasks, exclusive, parallel, inclusive and event-based gateways, throwing and
catching messages, boundary messages and timers, ends with a message or a termination. A message is kept for the life of the
case and each node that begins to wait for it gets it, as in ``engine.py``. Facts are one set for the whole case: a diagram
whose parallel branches write the same fact is not meant for it. No Django, no clock, no randomness.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from zimao.kernel.cases.diagram import Diagram, Flow, Node
from zimao.kernel.cases.expressions import Condition, Fact, Facts, Undecided, condition

__all__ = ["Machine", "TokenError"]

Choose = Callable[[Node, Sequence[Flow]], Sequence[Flow]]
Decide = Callable[[str, Facts], Facts]

PEOPLE = frozenset({"userTask", "manualTask"})
_LIMIT = 10_000


class TokenError(ValueError):
    """The diagram cannot go on: no way out of a gateway, an element that is not executed here, a task that is not open."""


# --- the diagram, prepared -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Way:
    flow: Flow
    holds: Condition | None


@dataclass(slots=True)
class _Place:
    """A node with all that a token needs there."""

    node: Node
    ways: list[_Way]
    incoming: int
    otherwise: _Way | None = None
    boundary: list[Node] = field(default_factory=list)
    timers: list[Node] = field(default_factory=list)
    upstream: frozenset[str] = frozenset()


_PLACES: dict[str, dict[str, _Place]] = {}


def _places(diagram: Diagram) -> dict[str, _Place]:
    """The prepared nodes of a diagram, made once for each file."""
    if diagram.sha256 not in _PLACES:
        _PLACES[diagram.sha256] = {node.id: _prepared(diagram, node) for node in diagram.nodes.values()}
    return _PLACES[diagram.sha256]


def _prepared(diagram: Diagram, node: Node) -> _Place:
    if node.kind == "subProcess":
        raise TokenError(f"subProcess {node.id} is not executed here")
    ways = [_Way(flow, condition(flow.condition) if flow.condition else None) for flow in diagram.leaving(node.id)]
    otherwise = next((way for way in ways if way.flow.id == node.default), None)
    return _Place(
        node,
        ways=[way for way in ways if way is not otherwise],
        incoming=len(diagram.entering(node.id)),
        otherwise=otherwise,
        boundary=[event for event in diagram.attached(node.id) if event.event == "message"],
        timers=[event for event in diagram.attached(node.id) if event.event == "timer" and event.interrupting],
        upstream=_upstream(diagram, node.id) if node.kind == "inclusiveGateway" else frozenset(),
    )


def _upstream(diagram: Diagram, gateway: str) -> frozenset[str]:
    """The nodes from which a token can still reach ``gateway`` without passing through it."""
    found: set[str] = set()
    todo = [gateway]
    while todo:
        for flow in diagram.entering(todo.pop()):
            source = diagram.nodes[flow.source]
            for before in (source.id, source.attached_to):
                if before and before != gateway and before not in found:
                    found.add(before)
                    todo.append(before)
    return frozenset(found)


# --- the machine -----------------------------------------------------------------------------------------------------

After = frozenset[int]
_NOTHING: After = frozenset()


@dataclass(slots=True)
class _Open:
    """A user task that is open: the visits after which it came, the boundary events that have already fired."""

    place: _Place
    after: After
    fired: set[str] = field(default_factory=set)


class Machine:
    """One case on its way through ``diagram``.

    Each opening of a user task has a number of its own, so a task that is interrupted and opened again, or passed twice in a
    loop, is told apart. ``choose`` is asked which flows a gateway takes when its conditions name facts not given yet;
    ``decide`` answers business rule tasks (without it they pass, their facts being given from the start).
    """

    def __init__(self, diagram: Diagram, facts: Facts | None = None, *, choose: Choose | None = None, decide: Decide | None = None) -> None:
        self.facts: dict[str, Fact] = dict(facts or {})
        self.messages: dict[str, After] = {}
        self.ends: list[str] = []
        self._places = _places(diagram)
        self._choose = choose
        self._decide = decide
        self._open: dict[int, _Open] = {}
        self._waiting: list[tuple[_Place, After]] = []
        self._arrived: dict[str, dict[str, list[After]]] = {}
        self._moving: list[tuple[str, str, After]] = [(diagram.start.id, "", _NOTHING)]
        self._last = 0
        self._run()

    @property
    def finished(self) -> bool:
        """True when no token is left."""
        return not (self._open or self._waiting or self._arrived)

    @property
    def open(self) -> dict[int, Node]:
        """The open user tasks by the number of their opening."""
        return {number: task.place.node for number, task in self._open.items()}

    def ready(self) -> list[Node]:
        """The user tasks that can be completed now, oldest first."""
        return [task.place.node for task in self._open.values()]

    def after(self, number: int) -> After:
        """The openings whose completion led directly to this one: its predecessors in the plan."""
        return self._open[number].after

    def timers(self, number: int) -> list[Node]:
        """The interrupting boundary timers of an open task."""
        return self._open[number].place.timers

    def complete(self, task: str | int, decision: Fact | None = None) -> None:
        """Complete an open task, named by its element or by the number of its opening, with its one routing fact.

        Raises TokenError when it is not open, or when a gateway behind it has no way out.
        """
        number = self._number(task)
        done = self._open.pop(number)
        if decision is not None:
            self.facts[done.place.node.id] = decision
        self._leave(done.place, frozenset({number}))
        self._run()

    def fire(self, event: str) -> None:
        """Let a boundary timer of an open task, or a timer that is waited for, fire now. TokenError when nobody waits."""
        node = self._places[event].node
        if node.attached_to:
            number = self._number(node.attached_to)
            self._interrupt(number, node, frozenset({number}))
        else:
            waiting = next((entry for entry in self._waiting if entry[0].node.id == event), None)
            if waiting is None:
                raise TokenError(f"nobody waits for {event}")
            self._waiting.remove(waiting)
            self._leave(*waiting)
        self._run()

    # --- moving

    def _number(self, task: str | int) -> int:
        if isinstance(task, int) and task in self._open:
            return task
        for number, candidate in self._open.items():
            if candidate.place.node.id == task:
                return number
        raise TokenError(f"{task} is not open")

    def _run(self) -> None:
        """Move every token until only people, timers and messages not yet thrown are waited for."""
        steps = 0
        while self._moving or self._deliver() or self._join():
            while self._moving:
                steps += 1
                if steps > _LIMIT:
                    raise TokenError("the diagram goes round without anybody doing anything")
                self._enter(*self._moving.pop())

    def _enter(self, element: str, flow: str, after: After) -> None:
        place = self._places[element]
        kind = place.node.kind
        if kind in PEOPLE:
            self._last += 1
            self._open[self._last] = _Open(place, after)
        elif kind in {"parallelGateway", "inclusiveGateway"} and place.incoming > 1:
            self._arrived.setdefault(element, {}).setdefault(flow, []).append(after)
        elif kind in {"eventBasedGateway", "intermediateCatchEvent"}:
            self._waiting.append((place, after))
        elif kind == "endEvent":
            self._end(place, after)
        else:
            self._pass(place, after)

    def _pass(self, place: _Place, after: After) -> None:
        node = place.node
        if node.kind == "intermediateThrowEvent" and node.message:
            self.messages.setdefault(node.message, after)
        if node.kind == "businessRuleTask" and self._decide is not None:
            self.facts.update(self._decide(node.decision, self.facts))
        self._leave(place, after)

    def _end(self, place: _Place, after: After) -> None:
        self.ends.append(place.node.id)
        if place.node.event == "message" and place.node.message:
            self.messages.setdefault(place.node.message, after)
        if place.node.event == "terminate":
            for tokens in (self._open, self._waiting, self._arrived, self._moving):
                tokens.clear()

    def _leave(self, place: _Place, after: After) -> None:
        for flow in reversed(self._ways(place)):
            self._moving.append((flow.target, flow.id, after))

    def _ways(self, place: _Place) -> list[Flow]:
        """The flows that a token takes out of a place."""
        kind = place.node.kind
        if kind not in {"exclusiveGateway", "inclusiveGateway"}:
            return [way.flow for way in place.ways]
        try:
            taken = [way.flow for way in place.ways if way.holds is None or way.holds(self.facts)]
        except Undecided:
            if self._choose is None:
                raise
            taken = list(self._choose(place.node, self._possible(place)))
        if not taken and place.otherwise is not None:
            taken = [place.otherwise.flow]
        if not taken:
            raise TokenError(f"no way out of {place.node.id}")
        return taken[:1] if kind == "exclusiveGateway" else taken

    def _possible(self, place: _Place) -> list[Flow]:
        """The flows whose condition holds or is not decided yet."""
        found = []
        for way in place.ways:
            try:
                if way.holds is None or way.holds(self.facts):
                    found.append(way.flow)
            except Undecided:
                found.append(way.flow)
        return found + ([place.otherwise.flow] if place.otherwise else [])

    # --- messages and joins

    def _deliver(self) -> bool:
        """Give kept messages to those that wait for them; True when a token moved."""
        if not self.messages:
            return False
        for entry in list(self._waiting):
            caught = self._caught(entry[0])
            if caught is not None:
                self._waiting.remove(entry)
                self._leave(caught, entry[1] | self.messages[caught.node.message])
        for number, task in list(self._open.items()):
            for event in task.place.boundary:
                if event.message in self.messages and event.id not in task.fired and number in self._open:
                    task.fired.add(event.id)
                    self._interrupt(number, event, task.after | self.messages[event.message])
        return bool(self._moving)

    def _caught(self, place: _Place) -> _Place | None:
        """The catching event of a waiting place whose message is there."""
        candidates = [place] if place.node.kind == "intermediateCatchEvent" else [self._places[way.flow.target] for way in place.ways]
        return next((one for one in candidates if one.node.event == "message" and one.node.message in self.messages), None)

    def _interrupt(self, number: int, event: Node, after: After) -> None:
        if event.interrupting:
            del self._open[number]
        self._leave(self._places[event.id], after)

    def _join(self) -> bool:
        """Let the joins that have all they wait for go on; True when a token moved."""
        for element, arrived in list(self._arrived.items()):
            place = self._places[element]
            if place.node.kind == "parallelGateway":
                if len(arrived) < place.incoming:
                    continue
            elif self._still_coming(element, place.upstream):
                continue
            self._merge(element, place)
        return bool(self._moving)

    def _still_coming(self, element: str, upstream: frozenset[str]) -> bool:
        if any(task.place.node.id in upstream for task in self._open.values()):
            return True
        if any(place.node.id in upstream for place, _ in self._waiting):
            return True
        return any(other != element and other in upstream for other in self._arrived)

    def _merge(self, element: str, place: _Place) -> None:
        arrived = self._arrived[element]
        if place.node.kind == "parallelGateway":
            taken = [tokens.pop(0) for tokens in arrived.values()]
        else:
            taken = [after for tokens in arrived.values() for after in tokens]
            arrived.clear()
        left = {flow: tokens for flow, tokens in arrived.items() if tokens}
        if left:
            self._arrived[element] = left
        else:
            del self._arrived[element]
        self._leave(place, frozenset().union(*taken))
