"""The platform's own nodes of a diagram: messages that are kept, decisions that the platform's engine answers, no programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.parser.event_parsers import EndEventParser, IntermediateThrowEventParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.script_engine.python_environment import BasePythonScriptEngineEnvironment
from SpiffWorkflow.bpmn.serializer.default.task_spec import BpmnTaskSpecConverter
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.bpmn.specs.defaults import EndEvent, IntermediateThrowEvent
from SpiffWorkflow.bpmn.specs.event_definitions import MessageEventDefinition
from SpiffWorkflow.task import Task

from zimao.kernel.cases.diagram import ZIMAO
from zimao.kernel.cases.expressions import ExpressionError, Facts, condition

__all__ = ["Decide", "DecisionConverter", "DecisionTask", "EndNode", "EngineError", "Environment", "Parser", "ThrowNode", "checked"]

FAR = "9999-12-31T00:00:00+00:00"
_UNSET_TIMERS = {"half_of_period": FAR, "end_of_period": FAR}

Decide = Callable[[str, Facts], Facts]


class EngineError(Exception):
    """A diagram or a stored state cannot be executed. The run at hand must be thrown away, never stored."""


def checked(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Routing facts are flat and of three types; anything else would come back changed, or not at all, from the store."""
    for name, value in facts.items():
        if not isinstance(value, str | bool | int) or name == "typename" or not name.isidentifier():
            raise EngineError(f"not a routing fact: {name}={value!r}")
    return dict(facts)


class Environment(BasePythonScriptEngineEnvironment):  # type: ignore[misc]
    """Evaluates routing expressions, runs nothing."""

    def __init__(self, decide: Decide | None) -> None:
        super().__init__()
        self.decide = decide

    def evaluate(self, expression: str, context: Mapping[str, Any], external_context: Any = None) -> Any:
        try:
            return condition(expression)({**_UNSET_TIMERS, **context})
        except ExpressionError as error:
            raise EngineError(str(error)) from error

    def execute(self, script: str, context: Any, external_context: Any = None) -> bool:
        raise EngineError("a diagram holds no scripts")

    def call_service(self, context: Any, **kwargs: Any) -> Any:
        raise EngineError("a diagram calls no services")


class ThrowNode(IntermediateThrowEvent):  # type: ignore[misc]
    """Throws into the run's kept messages; delivery is ``Run._deliver``'s."""

    def _run_hook(self, my_task: Task) -> bool:
        _keep_message(my_task, self.event_definition)
        return True


class EndNode(EndEvent):  # type: ignore[misc]
    """An end event whose message, if it has one, is kept in the same way."""

    def _run_hook(self, my_task: Task) -> bool:
        if isinstance(self.event_definition, MessageEventDefinition):
            _keep_message(my_task, self.event_definition)
            return True
        return bool(super()._run_hook(my_task))


def _keep_message(my_task: Task, definition: Any) -> None:
    if isinstance(definition, MessageEventDefinition):
        kept = my_task.workflow.top_workflow.data.setdefault("messages", [])
        if definition.name not in kept:
            kept.append(definition.name)


class DecisionTask(BpmnTaskSpec):  # type: ignore[misc]
    """A business rule task: asks the platform's decision engine, which puts routing facts into the task's data."""

    def __init__(self, wf_spec: Any, name: str, decision: str = "", **kwargs: Any) -> None:
        super().__init__(wf_spec, name, **kwargs)
        self.decision = decision

    def _run_hook(self, my_task: Task) -> bool:
        decide = my_task.workflow.script_engine.environment.decide
        if decide is None:
            raise EngineError(f"nobody answers the decision {self.decision!r}")
        my_task.set_data(**checked(decide(self.decision, dict(my_task.data))))
        return True


class DecisionParser(TaskParser):  # type: ignore[misc]
    def create_task(self) -> DecisionTask:
        return DecisionTask(self.spec, self.bpmn_id, decision=self.node.get(f"{{{ZIMAO}}}decision", ""), **self.bpmn_attributes)


class Parser(BpmnParser):  # type: ignore[misc]
    OVERRIDE_PARSER_CLASSES: ClassVar[dict[str, tuple[type, type]]] = {
        full_tag("intermediateThrowEvent"): (IntermediateThrowEventParser, ThrowNode),
        full_tag("endEvent"): (EndEventParser, EndNode),
        full_tag("businessRuleTask"): (DecisionParser, DecisionTask),
    }


class DecisionConverter(BpmnTaskSpecConverter):  # type: ignore[misc]
    """Only for comparing two versions: specifications are not stored."""

    def to_dict(self, spec: DecisionTask) -> dict[str, Any]:
        return {**super().to_dict(spec), "decision": spec.decision}
