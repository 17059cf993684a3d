"""A BPMN 2.0 file read as a plain graph: what the schedule, the lab, the forms and the pages ask of a diagram.

The engine executes the same file (``engine.py``); here it is only looked at. No Django, no database.

Attributes of the namespace ``urn:zimao:bpmn:1.0`` that a diagram may carry:

========== ===================== ==========================================================================================
attribute  on                    meaning
========== ===================== ==========================================================================================
en         any element           the English name (the BPMN ``name`` is the Chinese one)
role       lane                  the role that may act on the lane's user tasks
form       userTask              key of the form that completes the task
track      flow node             the strand of the case it belongs to (a certificate, a document …)
period     userTask              key of the period (working days) within which the task must end
within     userTask              key of the period that an earlier task opened and that this one shares
deadline   boundary timer        ``half`` or ``end`` of the task's period, or ``days:<period key>`` in calendar days
========== ===================== ==========================================================================================
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lxml import etree

from zimao.kernel.text import Text

__all__ = ["BPMN", "ZIMAO", "Diagram", "Flow", "Node", "read"]

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZIMAO = "urn:zimao:bpmn:1.0"
_B = f"{{{BPMN}}}"
_Z = f"{{{ZIMAO}}}"
_EVENTS = ("timerEventDefinition", "messageEventDefinition", "terminateEventDefinition", "errorEventDefinition")
_NODES = {
    "startEvent",
    "endEvent",
    "boundaryEvent",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "task",
    "userTask",
    "manualTask",
    "businessRuleTask",
    "exclusiveGateway",
    "parallelGateway",
    "inclusiveGateway",
    "eventBasedGateway",
    "subProcess",
}


@dataclass(frozen=True, slots=True)
class Node:
    """One flow node. ``kind`` is the BPMN element name; ``event`` is ``timer``, ``message``, ``terminate``, ``error`` or empty."""

    id: str
    kind: str
    name: Text
    lane: str = ""
    role: str = ""
    form: str = ""
    track: str = ""
    period: str = ""
    within: str = ""
    deadline: str = ""
    event: str = ""
    message: str = ""
    decision: str = ""
    attached_to: str = ""
    interrupting: bool = True
    default: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """One sequence flow; ``condition`` is an expression over routing facts, empty when unconditional."""

    id: str
    source: str
    target: str
    name: str = ""
    condition: str = ""


@dataclass(frozen=True)
class Diagram:
    """The graph of one process version. ``key`` and ``version`` name it; ``sha256`` is that of the file."""

    key: str
    version: int
    sha256: str
    name: Text
    nodes: dict[str, Node]
    flows: dict[str, Flow]
    lanes: dict[str, Text] = field(default_factory=dict)

    @cached_property
    def _leaving(self) -> dict[str, list[Flow]]:
        found: dict[str, list[Flow]] = {node: [] for node in self.nodes}
        for flow in self.flows.values():
            found[flow.source].append(flow)
        return found

    @cached_property
    def _entering(self) -> dict[str, list[Flow]]:
        found: dict[str, list[Flow]] = {node: [] for node in self.nodes}
        for flow in self.flows.values():
            found[flow.target].append(flow)
        return found

    @cached_property
    def _attached(self) -> dict[str, list[Node]]:
        found: dict[str, list[Node]] = {node: [] for node in self.nodes}
        for node in self.nodes.values():
            if node.attached_to:
                found[node.attached_to].append(node)
        return found

    def leaving(self, node: str) -> list[Flow]:
        """The sequence flows that leave ``node``, in file order."""
        return self._leaving[node]

    def entering(self, node: str) -> list[Flow]:
        """The sequence flows that enter ``node``, in file order."""
        return self._entering[node]

    def attached(self, node: str) -> list[Node]:
        """The boundary events of ``node``."""
        return self._attached[node]

    def of_kind(self, *kinds: str) -> list[Node]:
        """The nodes of the given kinds, in file order."""
        return [node for node in self.nodes.values() if node.kind in kinds]

    @property
    def start(self) -> Node:
        """The one start event."""
        return self.of_kind("startEvent")[0]

    def catchers(self, message: str) -> list[Node]:
        """The nodes that wait for ``message``."""
        return [
            node for node in self.nodes.values() if node.message == message and node.kind in ("intermediateCatchEvent", "boundaryEvent")
        ]


def read(xml: bytes) -> Diagram:
    """Read a BPMN file with one executable process.

    Raises ValueError when the file is not well-formed, holds no executable process, or a flow leads nowhere.
    """
    root = _parse(xml)
    process = next((p for p in root.iter(f"{_B}process") if p.get("isExecutable") == "true"), None)
    if process is None:
        raise ValueError("the file holds no executable process")
    messages = {message.get("id"): message.get("name", "") for message in root.iter(f"{_B}message")}
    lanes, lane_of = _lanes(process)
    nodes = {node.id: node for node in _read_nodes(process, messages, lane_of)}
    flows = {flow.id: flow for flow in _read_flows(process)}
    for flow in flows.values():
        if flow.source not in nodes or flow.target not in nodes:
            raise ValueError(f"sequence flow {flow.id} leads nowhere")
    return Diagram(
        key=process.get("id", ""),
        version=int(process.get(f"{_Z}version", "1")),
        sha256=hashlib.sha256(xml).hexdigest(),
        name=_name(process),
        nodes=nodes,
        flows=flows,
        lanes=lanes,
    )


def translate(xml: bytes, language: str) -> bytes:
    """The same file with its names in ``language``: what the diagram viewer of an English page is given."""
    if not language.startswith("en"):
        return xml
    root = _parse(xml)
    for element in root.iter():
        english = element.get(f"{_Z}en") if isinstance(element.tag, str) else None
        if english:
            element.set("name", english)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _parse(xml: bytes) -> Any:
    try:
        return etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError as error:
        raise ValueError(f"not well-formed BPMN: {error}") from error


def _name(element: Any) -> Text:
    zh = element.get("name") or element.get("id")
    return Text(zh, element.get(f"{_Z}en") or zh)


def _lanes(process: Any) -> tuple[dict[str, Text], dict[str, tuple[str, str]]]:
    lanes: dict[str, Text] = {}
    lane_of: dict[str, tuple[str, str]] = {}
    for lane in process.iter(f"{_B}lane"):
        role = lane.get(f"{_Z}role", "")
        lanes[lane.get("id")] = _name(lane)
        for reference in lane.iter(f"{_B}flowNodeRef"):
            lane_of[(reference.text or "").strip()] = (lane.get("id"), role)
    return lanes, lane_of


def _read_nodes(process: Any, messages: dict[str | None, str], lane_of: dict[str, tuple[str, str]]) -> Iterable[Node]:
    for element in process.iter():
        kind = str(element.tag).removeprefix(_B)
        if kind not in _NODES:
            continue
        key = element.get("id")
        lane, role = lane_of.get(key, ("", ""))
        event, message = _event(element, messages)
        marks = {name: element.get(f"{_Z}{name}", "") for name in ("form", "track", "period", "within", "deadline")}
        yield Node(
            id=key,
            kind=kind,
            name=_name(element),
            lane=lane,
            role=role,
            event=event,
            message=message,
            decision=element.get(f"{_Z}decision", ""),
            attached_to=element.get("attachedToRef", ""),
            interrupting=element.get("cancelActivity", "true") == "true",
            default=element.get("default", ""),
            **marks,
        )


def _event(element: Any, messages: dict[str | None, str]) -> tuple[str, str]:
    for kind in _EVENTS:
        definition = element.find(f"{_B}{kind}")
        if definition is not None:
            return kind.removesuffix("EventDefinition"), messages.get(definition.get("messageRef"), "")
    return "", ""


def _read_flows(process: Any) -> Iterable[Flow]:
    for element in process.iter(f"{_B}sequenceFlow"):
        condition = element.find(f"{_B}conditionExpression")
        text = (condition.text or "").strip() if condition is not None else ""
        yield Flow(element.get("id"), element.get("sourceRef"), element.get("targetRef"), element.get("name", ""), text)
