"""The activities of a case and their order in time: a diagram unrolled along the path that given decisions take.

``token.Machine`` walks the path; each opening of a user task becomes an activity that follows the activities whose completion
led to it: along a flow, through a join, or by the message that it waited for. Two passes over the activities give the
earliest and the latest end of each (critical-path method). Times are whole working days of the case's clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

from zimao.kernel.cases.diagram import Diagram, Flow, Node
from zimao.kernel.cases.expressions import Fact
from zimao.kernel.cases.token import PEOPLE, Machine

__all__ = ["Activity", "Network", "Times", "backward", "forward", "network_of"]


@dataclass(frozen=True, slots=True)
class Activity:
    """A user task on the path.

    ``before`` and ``opener`` are indexes of the network: the predecessors, and the task that opened the window ``key`` which
    this one shares (-1 when it opens its own); ``window`` is the length of that window and ``days`` what the task adds itself.
    """

    node: Node
    key: str
    before: tuple[int, ...]
    opener: int
    window: int
    days: int


Network = tuple[Activity, ...]
_NETWORKS: dict[Any, Network] = {}
_KEPT = 512


def network_of(diagram: Diagram, facts: Mapping[str, Fact], periods: Mapping[str, int]) -> Network:
    """The unrolled path, made once for a diagram, its facts and its periods."""
    key = (diagram.sha256, frozenset(facts.items()), frozenset(periods.items()))
    found = _NETWORKS.get(key)
    if found is None:
        if len(_NETWORKS) >= _KEPT:
            _NETWORKS.clear()
        found = _NETWORKS[key] = _unrolled(diagram, facts, periods)
    return found


def _unrolled(diagram: Diagram, facts: Mapping[str, Fact], periods: Mapping[str, int]) -> Network:
    """Walk the path in the order of time; a task that a message interrupts before its end is not part of the plan."""
    machine = Machine(diagram, facts, choose=lambda gateway, flows: _happy(diagram, gateway, flows))
    network: list[Activity] = []
    ends: list[int] = []
    index_of: dict[int, int] = {}
    running: list[tuple[int, int, Activity]] = []
    known: set[int] = set()
    while not machine.finished:
        for number, node in machine.open.items():
            if number not in known:
                known.add(number)
                activity = _activity(node, [index_of[one] for one in machine.after(number)], network, periods)
                heappush(running, (max((ends[one] for one in activity.before), default=0) + activity.days, number, activity))
        if not running:
            raise ValueError(f"{diagram.key}-v{diagram.version}: the path of these decisions comes to no end")
        end, number, activity = heappop(running)
        if number not in machine.open:
            continue
        # a second round of a task is decided anew: the decision that sent it round would do so for ever
        if any(one.node.id == activity.node.id for one in network):
            machine.facts.pop(activity.node.id, None)
        index_of[number] = len(network)
        network.append(activity)
        ends.append(end)
        machine.complete(number)
    return tuple(network)


def _activity(node: Node, before: Iterable[int], network: Sequence[Activity], periods: Mapping[str, int]) -> Activity:
    """A window is opened once: the first task of its key brings its days, every later one with that key shares them."""
    key = node.period or node.within
    opener = next((index for index, one in enumerate(network) if key and one.key == key), -1)
    window = periods[key] if key else 0
    return Activity(node, key, tuple(sorted(before)), opener, window, days=window if opener < 0 else 0)


def _happy(diagram: Diagram, gateway: Node, flows: Sequence[Flow]) -> Sequence[Flow]:
    """Of an exclusive gateway the default flow, else the one that leads on to the most work; of an inclusive one, all."""
    if gateway.kind != "exclusiveGateway":
        return flows
    default = [flow for flow in flows if flow.id == gateway.default]
    return default or [max(flows, key=lambda flow: _work_ahead(diagram, flow.target, gateway.id))]


def _work_ahead(diagram: Diagram, element: str, gateway: str) -> int:
    """How many user tasks can be reached from ``element``, by flows and by messages, without coming back to ``gateway``."""
    seen = {element, gateway}
    todo = [element]
    while todo:
        node = diagram.nodes[todo.pop()]
        ahead = [flow.target for flow in diagram.leaving(node.id)]
        if node.message and node.kind in {"intermediateThrowEvent", "endEvent"}:
            ahead += [catcher.id for catcher in diagram.catchers(node.message)]
        fresh = [one for one in ahead if one not in seen]
        seen.update(fresh)
        todo += fresh
    return sum(diagram.nodes[one].kind in PEOPLE for one in seen)


# --- the two passes --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Times:
    """Day numbers of every activity of a network, by index."""

    start: list[int]
    finish: list[int]
    due: list[int]
    done: list[bool]


DayActual = tuple[int, int | None]


def forward(network: Network, durations: Mapping[str, int], actual: Mapping[str, DayActual], today: int | None) -> Times:
    """The earliest end of everything."""
    times = Times([], [], [], [])
    left = dict(actual)
    for activity in network:
        # the actual days of a task that the path passes twice are those of its first round
        began, ended = left.pop(activity.node.id, (None, None))
        start = began if began is not None else max((times.finish[one] for one in activity.before), default=0)
        due = (times.start[activity.opener] if activity.opener >= 0 else start) + activity.window
        finish = start + durations[activity.node.id] if activity.node.id in durations else max(start, due if activity.key else start)
        if ended is not None:
            finish = ended
        elif today is not None:
            finish = max(finish, today)
        times.start.append(start)
        times.finish.append(finish)
        times.due.append(due if activity.key else finish)
        times.done.append(ended is not None)
    return times


def backward(network: Network, times: Times, target: int) -> list[int]:
    """The latest end of everything that still lets the last task end on day ``target``."""
    latest = [target] * len(network)
    for index in range(len(network) - 1, -1, -1):
        begin = latest[index] - (times.finish[index] - times.start[index])
        for one in network[index].before:
            latest[one] = min(latest[one], begin)
    return latest
