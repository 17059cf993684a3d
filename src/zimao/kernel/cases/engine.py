"""The only module that knows SpiffWorkflow.

It turns a BPMN file into a specification, starts and restores runs of it, and moves them on. What it guarantees:

* state is text and names its specification by (key, version, sha256) instead of carrying it;
* a diagram can hold no program: an expression may compare, compute and combine routing facts, nothing else;
* the clock is passed in, never read: a timer fires when ``advance(now)`` is given an instant at or after its due time;
* a message thrown inside a run is kept for the life of the run, and whoever begins to wait for it later still gets it
  (as the buffered messages of other BPMN engines do; docs/decisions/0011-messages-are-kept.md);
* a finished or not yet reached task cannot be run.

Task data holds routing facts only: str, bool, int. Domain truth is in tables.
"""

from __future__ import annotations

import ast
import io
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar, cast
from uuid import UUID

from lxml import etree
from SpiffWorkflow.bpmn import BpmnEvent, BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.parser.event_parsers import EndEventParser, IntermediateThrowEventParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.script_engine.python_environment import BasePythonScriptEngineEnvironment
from SpiffWorkflow.bpmn.serializer import DEFAULT_CONFIG, BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.default.task_spec import BpmnTaskSpecConverter, EventConverter
from SpiffWorkflow.bpmn.specs import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.bpmn.specs.defaults import EndEvent, IntermediateThrowEvent
from SpiffWorkflow.bpmn.specs.event_definitions import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.bpmn.util.diff import SpecDiff, WorkflowDiff, migrate_workflow
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from zimao.kernel.cases.diagram import ZIMAO
from zimao.kernel.errors import Conflict
from zimao.kernel.text import t

__all__ = ["ENGINE_FORMAT", "Difference", "EngineError", "Facts", "Position", "Run", "Specification", "Step", "Timer", "evaluate"]

ENGINE_FORMAT = "spiff-1.5"
_SERIALIZER_VERSION = "1.5"
FAR = "9999-12-31T00:00:00+00:00"
PAST = "1970-01-01T00:00:00+00:00"
_UNSET_TIMERS = {"half_of_period": FAR, "end_of_period": FAR}

Facts = Mapping[str, "str | bool | int"]
Decide = Callable[[str, Facts], Facts]


class EngineError(Exception):
    """A diagram or a stored state cannot be executed. The run at hand must be thrown away, never stored."""


# --- expressions -----------------------------------------------------------------------------------------------------

_BINARY: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}


@lru_cache(maxsize=2048)
def _parsed(expression: str) -> ast.expr:
    try:
        return ast.parse(expression.strip(), mode="eval").body
    except SyntaxError as error:
        raise EngineError(f"not an expression: {expression!r}") from error


def evaluate(expression: str, facts: Mapping[str, Any]) -> Any:
    """The value of ``expression`` over ``facts``. Calls, attributes, subscripts and unknown names raise EngineError."""
    return _value(_parsed(expression), facts)


def _value(node: ast.expr, facts: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value):
            return value
        case ast.Name(name):
            if name not in facts:
                raise EngineError(f"no such fact: {name}")
            return facts[name]
        case ast.BoolOp(ast.And(), values):
            return all(_value(value, facts) for value in values)
        case ast.BoolOp(_, values):
            return any(_value(value, facts) for value in values)
        case ast.UnaryOp(ast.Not(), operand):
            return not _value(operand, facts)
        case ast.UnaryOp(ast.USub(), operand):
            return -_value(operand, facts)
        case ast.BinOp(left, op, right) if type(op) in _BINARY:
            return _BINARY[type(op)](_value(left, facts), _value(right, facts))
        case ast.Compare(left, [op], [right]) if type(op) in _BINARY:
            return _BINARY[type(op)](_value(left, facts), _value(right, facts))
        case ast.List(elements) | ast.Tuple(elements):
            return [_value(element, facts) for element in elements]
    raise EngineError(f"not allowed in an expression: {ast.dump(node)[:80]}")


class _Environment(BasePythonScriptEngineEnvironment):  # type: ignore[misc]
    """Evaluates routing expressions, runs nothing."""

    def __init__(self, decide: Decide | None) -> None:
        super().__init__()
        self.decide = decide

    def evaluate(self, expression: str, context: Mapping[str, Any], external_context: Any = None) -> Any:
        return evaluate(expression, {**_UNSET_TIMERS, **context})

    def execute(self, script: str, context: Any, external_context: Any = None) -> bool:
        raise EngineError("a diagram holds no scripts")

    def call_service(self, context: Any, **kwargs: Any) -> Any:
        raise EngineError("a diagram calls no services")


# --- our own nodes ---------------------------------------------------------------------------------------------------


class _Throw(IntermediateThrowEvent):  # type: ignore[misc]
    """Throws into the run's kept messages; delivery is ``Run._deliver``'s."""

    def _run_hook(self, my_task: Task) -> bool:
        _keep_message(my_task, self.event_definition)
        return True


class _End(EndEvent):  # type: ignore[misc]
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


class _Decision(BpmnTaskSpec):  # type: ignore[misc]
    """A business rule task: asks the platform's decision engine, which puts routing facts into the task's data."""

    def __init__(self, wf_spec: Any, name: str, decision: str = "", **kwargs: Any) -> None:
        super().__init__(wf_spec, name, **kwargs)
        self.decision = decision

    def _run_hook(self, my_task: Task) -> bool:
        decide = my_task.workflow.script_engine.environment.decide
        if decide is None:
            raise EngineError(f"nobody answers the decision {self.decision!r}")
        my_task.set_data(**_checked(decide(self.decision, dict(my_task.data))))
        return True


class _DecisionParser(TaskParser):  # type: ignore[misc]
    def create_task(self) -> _Decision:
        return _Decision(self.spec, self.bpmn_id, decision=self.node.get(f"{{{ZIMAO}}}decision", ""), **self.bpmn_attributes)


class _Parser(BpmnParser):  # type: ignore[misc]
    OVERRIDE_PARSER_CLASSES: ClassVar[dict[str, tuple[type, type]]] = {
        full_tag("intermediateThrowEvent"): (IntermediateThrowEventParser, _Throw),
        full_tag("endEvent"): (EndEventParser, _End),
        full_tag("businessRuleTask"): (_DecisionParser, _Decision),
    }


class _DecisionConverter(BpmnTaskSpecConverter):  # type: ignore[misc]
    """Only for comparing two versions: specifications are not stored."""

    def to_dict(self, spec: _Decision) -> dict[str, Any]:
        return {**super().to_dict(spec), "decision": spec.decision}


_FORBIDDEN = ("scriptTask", "serviceTask", "sendTask", "receiveTask", "callActivity", "transaction", "adHocSubProcess")


# --- specifications and runs -----------------------------------------------------------------------------------------


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
        parser = _Parser()
        try:
            parser.add_bpmn_xml(root, filename=f"{key}-v{version}")
            return Specification(key, version, sha256, parser.get_spec(key))
        except SpiffWorkflowException as error:
            raise EngineError(f"{key}-v{version}: {error}") from error

    @property
    def reference(self) -> list[str | int]:
        return [self.key, self.version, self.sha256]


@dataclass(frozen=True, slots=True)
class Step:
    """A user task that somebody can complete now."""

    guid: str
    element: str


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer that waits: ``element`` is the event, ``task`` the user task it watches; ``due`` is None until it is set."""

    guid: str
    element: str
    task_guid: str
    due: str | None


@dataclass(frozen=True, slots=True)
class Position:
    """Where the run stands at one element: ``active``, ``waiting``, ``done`` or ``cancelled``."""

    element: str
    state: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Two versions compared for one run: element ids, and those because of which the run may not move."""

    added: list[str]
    removed: list[str]
    changed: list[str]
    blocked_by: list[str]
    diffs: tuple[SpecDiff, WorkflowDiff] = field(repr=False)


def _ids(specs: Iterable[Any]) -> set[str]:
    return {spec.bpmn_id for spec in specs if spec.bpmn_id}


def _checked(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Routing facts are flat and of three types; anything else would come back changed, or not at all, from the store."""
    for name, value in facts.items():
        if not isinstance(value, str | bool | int) or name == "typename" or not name.isidentifier():
            raise EngineError(f"not a routing fact: {name}={value!r}")
    return dict(facts)


class Run:
    """One execution of a specification. Not shared between threads; thrown away when anything raises."""

    def __init__(self, specification: Specification, workflow: BpmnWorkflow, decide: Decide | None = None) -> None:
        self.specification = specification
        self._workflow = workflow
        # the script engine is not part of the state: without this line a restored run would evaluate with Python's eval
        workflow.script_engine = PythonScriptEngine(environment=_Environment(decide))
        self.fired: list[str] = []

    @staticmethod
    def start(specification: Specification, facts: Facts, decide: Decide | None = None) -> Run:
        """A new run with its first facts, moved on to the first user tasks."""
        workflow = BpmnWorkflow(specification.spec)
        run = Run(specification, workflow, decide)
        workflow.get_next_task(state=TaskState.READY).set_data(**_checked(facts))
        run._settle()
        return run

    @staticmethod
    def restore(specification: Specification, state: str, decide: Decide | None = None) -> Run:
        """The run that ``dump`` wrote. EngineError when the state is of another format or another specification."""
        if f'"serializer_version": "{_SERIALIZER_VERSION}"' not in state:
            raise EngineError("the stored state has another format")
        return Run(specification, _serializer(specification).deserialize_json(state), decide)

    def dump(self) -> str:
        """The whole state as text. Store it as text: a database that re-orders JSON keys would lose the data of the tasks."""
        return cast(str, _serializer(self.specification).serialize_json(self._workflow))

    @property
    def finished(self) -> bool:
        """True when no token is left."""
        return bool(self._workflow.completed)

    @property
    def facts(self) -> dict[str, Any]:
        """Every routing fact known anywhere in the run (later ones win); for display and for audit."""
        found: dict[str, Any] = {}
        for task in sorted(self._workflow.get_tasks(state=TaskState.COMPLETED), key=lambda one: one.last_state_change):
            found.update(task.data)
        return found

    @property
    def messages(self) -> list[str]:
        """The messages thrown so far."""
        return list(self._workflow.data.get("messages", []))

    def steps(self) -> list[Step]:
        """The user tasks that can be completed now."""
        return [Step(str(task.id), task.task_spec.bpmn_id) for task in self._workflow.get_tasks(state=TaskState.READY, manual=True)]

    def timers(self) -> list[Timer]:
        """The timers that wait."""
        found = []
        for task in self._waiting(TimerEventDefinition):
            host = _host(task)
            value = task._get_internal_data("zimao_due")
            found.append(Timer(str(task.id), task.task_spec.bpmn_id, str(host.id) if host else "", value))
        return found

    def set_due(self, guid: str, due: datetime) -> None:
        """Give a waiting timer its due instant (UTC), again and again if the clock was stopped."""
        task = self._workflow.get_task_from_id(UUID(guid))
        task._set_internal_data(zimao_due=due.isoformat())

    def clear_due(self, guid: str) -> None:
        """Stop a waiting timer: the clock of its task stands still."""
        self._workflow.get_task_from_id(UUID(guid)).internal_data.pop("zimao_due", None)

    def advance(self, now: datetime) -> list[str]:
        """Fire every timer due at ``now``; the element ids of those that fired."""
        due = [timer for timer in self.timers() if timer.due is not None and datetime.fromisoformat(timer.due) <= now]
        for timer in due:
            self._workflow.get_task_from_id(UUID(timer.guid))._set_internal_data(event_value=PAST)
        if due:
            self._workflow.refresh_timers()
            self._settle()
        return [timer.element for timer in due]

    def complete(self, guid: str, facts: Facts) -> None:
        """Complete a ready user task with its facts and move on. Conflict when it is not ready any more."""
        task = self._workflow.get_task_from_id(UUID(guid)) if UUID(guid) in self._workflow.tasks else None
        if task is None or task.state != TaskState.READY or not task.task_spec.manual:
            raise Conflict("task_not_ready", t("该任务已不在办理状态", "This task is no longer open"))
        task.set_data(**_checked(facts))
        task.run()
        self._settle()

    def send(self, message: str) -> None:
        """Throw ``message`` into the run from outside; it is kept like the ones thrown inside."""
        kept = self._workflow.data.setdefault("messages", [])
        if message not in kept:
            kept.append(message)
        self._settle()

    def cancel(self) -> None:
        """End the run where it stands: no task stays open."""
        self._workflow.cancel()

    def compare(self, target: Specification) -> Difference:
        """What moving this run to ``target`` would mean."""
        spec_diff = SpecDiff(_serializer(self.specification).registry, self.specification.spec, target.spec)
        run_diff = WorkflowDiff(self._workflow, spec_diff)
        settled = TaskState.COMPLETED | TaskState.READY | TaskState.WAITING | TaskState.STARTED
        touched = [one for one in (*run_diff.removed, *run_diff.changed) if one.has_state(settled)]
        return Difference(
            added=sorted(_ids(spec_diff.added)),
            removed=sorted(_ids(spec_diff.removed)),
            changed=sorted(_ids(spec_diff.changed)),
            blocked_by=sorted({one.task_spec.bpmn_id or one.task_spec.name for one in touched}),
            diffs=(spec_diff, run_diff),
        )

    def move(self, target: Specification, found: Difference) -> Run:
        """This run on ``target``. EngineError when a step already taken or open is missing or changed there."""
        if found.blocked_by:
            raise EngineError(", ".join(found.blocked_by))
        migrate_workflow(found.diffs[1], self._workflow, target.spec)
        return Run(target, self._workflow, self._workflow.script_engine.environment.decide)

    def positions(self) -> list[Position]:
        """The state of every element that a token has reached, for the diagram on the screen."""
        states: dict[str, str] = {}
        names = ((TaskState.COMPLETED, "done"), (TaskState.CANCELLED, "cancelled"), (TaskState.WAITING, "waiting"), (TaskState.READY, "active"))
        for state, name in names:
            for task in self._workflow.get_tasks(state=state):
                if task.task_spec.bpmn_id:
                    states[task.task_spec.bpmn_id] = name
        return [Position(element, state) for element, state in states.items()]

    def _waiting(self, *kinds: type) -> list[Task]:
        tasks = self._workflow.event_manager.tasks.values()
        return [one for one in tasks if isinstance(one.task_spec.event_definition, kinds) and one.has_state(TaskState.WAITING)]

    def _settle(self) -> None:
        """Run the engine until only people, timers and messages not yet thrown are waited for."""
        try:
            self._workflow.do_engine_steps()
            while self._deliver():
                self._workflow.do_engine_steps()
        except SpiffWorkflowException as error:
            raise EngineError(str(error.__context__ or error)) from error

    def _deliver(self) -> bool:
        """Hand kept messages to those that wait for them; True when somebody took one."""
        kept = set(self.messages)
        if not kept:
            return False
        taken = False
        for task in self._waiting(MessageEventDefinition, MultipleEventDefinition):
            wanted = next((one for one in _messages_of(task) if one.name in kept), None)
            if wanted is not None and task.state == TaskState.WAITING:
                task.task_spec.catch(task, BpmnEvent(wanted, payload={}))
                task.task_spec._update(task)
                taken = True
        return taken


def _messages_of(task: Task) -> list[MessageEventDefinition]:
    """The messages a waiting event, or an event-based gateway that waits for several, would take."""
    definition = task.task_spec.event_definition
    several = definition.event_definitions if isinstance(definition, MultipleEventDefinition) else [definition]
    return [one for one in several if isinstance(one, MessageEventDefinition)]


def _host(timer: Task) -> Task | None:
    """The user task that a boundary timer watches: its sibling under the split that the parser put in."""
    parent = timer.parent
    if parent is None or not parent.task_spec.name.endswith(".BoundaryEventSplit"):
        return None
    element = parent.task_spec.name.removesuffix(".BoundaryEventSplit")
    return next((child for child in parent.children if child.task_spec.bpmn_id == element), None)


@lru_cache(maxsize=64)
def _serializer_of(key: str, version: int, sha256: str, holder: Specification) -> BpmnWorkflowSerializer:
    registry = BpmnWorkflowSerializer.configure({**DEFAULT_CONFIG, _Throw: EventConverter, _End: EventConverter, _Decision: _DecisionConverter})

    def out(spec: BpmnProcessSpec) -> dict[str, Any]:
        return {"reference": [key, version, sha256]}

    def back(kept: Mapping[str, Any]) -> BpmnProcessSpec:
        if list(kept["reference"]) != [key, version, sha256]:
            raise EngineError(f"the stored state belongs to {kept['reference']}")
        return holder.spec

    registry.register(BpmnProcessSpec, out, back)
    return BpmnWorkflowSerializer(registry)


def _serializer(specification: Specification) -> BpmnWorkflowSerializer:
    return _serializer_of(specification.key, specification.version, specification.sha256, specification)
