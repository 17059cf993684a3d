"""One execution of a specification: started, restored, moved on, written down again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from SpiffWorkflow.bpmn import BpmnEvent, BpmnWorkflow
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.specs.event_definitions import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.bpmn.util.diff import SpecDiff, WorkflowDiff, migrate_workflow
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from zimao.kernel.cases.engine.nodes import Decide, EngineError, Environment, checked
from zimao.kernel.cases.engine.quick import QuickWorkflow
from zimao.kernel.cases.engine.specification import SERIALIZER_VERSION, Specification, serializer
from zimao.kernel.cases.expressions import Facts
from zimao.kernel.errors import Conflict
from zimao.kernel.text import t

__all__ = ["Difference", "Position", "Run", "Step", "Timer"]

PAST = "1970-01-01T00:00:00+00:00"
_NAMES = {TaskState.COMPLETED: "done", TaskState.CANCELLED: "cancelled", TaskState.WAITING: "waiting", TaskState.READY: "active"}
_RANK = {name: rank for rank, name in enumerate(_NAMES.values())}


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


class Run:
    """One execution of a specification. Not shared between threads; thrown away when anything raises."""

    def __init__(self, specification: Specification, workflow: BpmnWorkflow, decide: Decide | None = None) -> None:
        self.specification = specification
        self._workflow = workflow
        # the script engine is not part of the state: without this line a restored run would evaluate with Python's eval
        workflow.script_engine = PythonScriptEngine(environment=Environment(decide))
        self.fired: list[str] = []

    @staticmethod
    def start(specification: Specification, facts: Facts, decide: Decide | None = None) -> Run:
        """A new run with its first facts, moved on to the first user tasks."""
        workflow = QuickWorkflow(specification.spec)
        run = Run(specification, workflow, decide)
        workflow.get_next_task(state=TaskState.READY).set_data(**checked(facts))
        run._settle()
        return run

    @staticmethod
    def restore(specification: Specification, state: str, decide: Decide | None = None) -> Run:
        """The run that ``dump`` wrote. EngineError when the state is of another format or another specification."""
        if f'"serializer_version": "{SERIALIZER_VERSION}"' not in state:
            raise EngineError("the stored state has another format")
        return Run(specification, serializer(specification).deserialize_json(state), decide)

    def dump(self) -> str:
        """The whole state as text. Store it as text: a database that re-orders JSON keys would lose the data of the tasks."""
        return cast(str, serializer(self.specification).serialize_json(self._workflow))

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
        tasks = self._workflow.tasks.values()
        return [Step(str(one.id), one.task_spec.bpmn_id) for one in tasks if one.state == TaskState.READY and one.task_spec.manual]

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
        task.set_data(**checked(facts))
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
        spec_diff = SpecDiff(serializer(self.specification).registry, self.specification.spec, target.spec)
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
        """The state of every element that a token has reached, for the diagram on the screen; the liveliest where there are several."""
        states: dict[str, str] = {}
        for task in self._workflow.tasks.values():
            name, element = _NAMES.get(task.state), task.task_spec.bpmn_id
            if name and element and _RANK[name] >= _RANK.get(states.get(element, ""), -1):
                states[element] = name
        return [Position(element, state) for element, state in states.items()]

    def done(self) -> set[str]:
        """The elements whose state is ``done``."""
        return {one.element for one in self.positions() if one.state == "done"}

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
