"""An executable version of a process, and how its runs are written to text without carrying it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.serializer import DEFAULT_CONFIG, BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.default.task_spec import EventConverter
from SpiffWorkflow.bpmn.specs import BpmnProcessSpec
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.task import Task

from zimao.kernel.cases.engine.nodes import DecisionConverter, DecisionTask, EndNode, EngineError, Parser, ThrowNode
from zimao.kernel.cases.engine.quick import QuickTaskConverter, QuickWorkflow, QuickWorkflowConverter

__all__ = ["ENGINE_FORMAT", "SERIALIZER_VERSION", "Specification", "serializer"]

ENGINE_FORMAT = "spiff-1.5"
SERIALIZER_VERSION = "1.5"
_FORBIDDEN = ("scriptTask", "serviceTask", "sendTask", "receiveTask", "callActivity", "transaction", "adHocSubProcess")


@dataclass(frozen=True, slots=True)
class Specification:
    """An executable version of a process."""

    key: str
    version: int
    sha256: str
    spec: BpmnProcessSpec = field(repr=False, compare=False)

    @staticmethod
    def parse(xml: bytes, key: str, version: int, sha256: str) -> Specification:
        """Parse a BPMN file; EngineError when it holds an element that the platform does not execute."""
        root = etree.parse(io.BytesIO(xml), etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
        for element in root.iter():
            local = etree.QName(element).localname if isinstance(element.tag, str) else ""
            if local in _FORBIDDEN:
                raise EngineError(f"{local} {element.get('id')} is not executed here")
        parser = Parser()
        try:
            parser.add_bpmn_xml(root, filename=f"{key}-v{version}")
            return Specification(key, version, sha256, parser.get_spec(key))
        except SpiffWorkflowException as error:
            raise EngineError(f"{key}-v{version}: {error}") from error

    @property
    def reference(self) -> list[str | int]:
        return [self.key, self.version, self.sha256]


@lru_cache(maxsize=64)
def _serializer_of(key: str, version: int, sha256: str, holder: Specification) -> BpmnWorkflowSerializer:
    registry = BpmnWorkflowSerializer.configure(
        {**DEFAULT_CONFIG, ThrowNode: EventConverter, EndNode: EventConverter, DecisionTask: DecisionConverter}
    )

    QuickTaskConverter(Task, registry)
    # the library's name, so that the text says nothing of who wrote it
    QuickWorkflowConverter(QuickWorkflow, registry, typename="BpmnWorkflow")

    def out(spec: BpmnProcessSpec) -> dict[str, Any]:
        return {"reference": [key, version, sha256]}

    def back(kept: Mapping[str, Any]) -> BpmnProcessSpec:
        if list(kept["reference"]) != [key, version, sha256]:
            raise EngineError(f"the stored state belongs to {kept['reference']}")
        return holder.spec

    registry.register(BpmnProcessSpec, out, back)
    return BpmnWorkflowSerializer(registry)


def serializer(specification: Specification) -> BpmnWorkflowSerializer:
    return _serializer_of(specification.key, specification.version, specification.sha256, specification)
