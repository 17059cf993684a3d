"""The library's workflow and its text form, made quick for what runs here: no sub-processes, task data that is flat.

The text is the library's own format, byte for byte what its converters write and read (a test compares); only the general
machinery around it is left out. It is worth it because every step of every case reads and writes the whole text.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.serializer.default.workflow import BpmnWorkflowConverter, TaskConverter
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

__all__ = ["QuickTaskConverter", "QuickWorkflow", "QuickWorkflowConverter"]

_SIMPLE = {"state", "manual"}
# ids are read three times a text, and again at the next step
_uuid = lru_cache(maxsize=50_000)(UUID)


class QuickWorkflow(BpmnWorkflow):  # type: ignore[misc]
    """Finds tasks by walking over them instead of over the tree."""

    def get_tasks(self, first_task: Task | None = None, **kwargs: Any) -> list[Task]:
        """As the library's; the order is that of creation, which no caller here relies on."""
        if first_task is not None or self.subprocesses or not _SIMPLE.issuperset(kwargs):
            return list(super().get_tasks(first_task, **kwargs))
        state, manual = kwargs.get("state", TaskState.ANY_MASK), kwargs.get("manual")
        return [one for one in self.tasks.values() if one.state & state and manual in (None, one.task_spec.manual)]

    def update_waiting_tasks(self) -> None:
        """As the library's: each waiting task looks whether it may go on."""
        for task in [one for one in self.tasks.values() if one.state == TaskState.WAITING]:
            task.task_spec._update(task)


class QuickTaskConverter(TaskConverter):  # type: ignore[misc]
    """Task data and internal data are flat values here: nothing in them needs a converter."""

    def to_dict(self, task: Task) -> dict[str, Any]:
        parent = task.parent
        if parent is None:
            data, delta = task.data, {}
        else:
            before, now = parent.data, task.data
            updates = {} if before == now else {key: now[key] for key in now if key not in before or now[key] != before[key]}
            data, delta = {}, {"updates": updates, "deletions": [key for key in before if key not in now]}
        return {
            "id": str(task.id),
            "parent": str(task._parent) if parent is not None else None,
            "children": [str(child) for child in task._children],
            "last_state_change": task.last_state_change,
            "state": task.state,
            "task_spec": task.task_spec.name,
            "triggered": task.triggered,
            "internal_data": self.registry.convert(task.internal_data) if task.internal_data else {},
            "data": data,
            "delta": delta,
        }

    def from_dict(self, dct: Mapping[str, Any], workflow: BpmnWorkflow) -> Task:
        spec = workflow.spec.task_specs.get(dct["task_spec"])
        task = self.target_class(workflow, spec, state=dct["state"], id=_uuid(dct["id"]))
        task._parent = _uuid(dct["parent"]) if dct["parent"] is not None else None
        task._children = [_uuid(child) for child in dct["children"]]
        task.last_state_change = dct["last_state_change"]
        task.triggered = dct["triggered"]
        task.internal_data = self.registry.restore(dct["internal_data"]) if dct["internal_data"] else {}
        if isinstance(spec, CatchingEvent) and task.state == TaskState.WAITING:
            workflow.top_workflow.event_manager.add_task(task)
        delta = dct["delta"]
        if not delta:
            task.data = dict(dct["data"])
        else:
            gone = delta["deletions"]
            before = workflow.tasks[task._parent].data
            task.data = {key: value for key, value in before.items() if key not in gone} | delta["updates"]
        return task


class QuickWorkflowConverter(BpmnWorkflowConverter):  # type: ignore[misc]
    """Reads the tasks in the order in which they were written, parents before children."""

    def from_dict(self, dct: dict[str, Any]) -> QuickWorkflow:
        spec = self.registry.restore(dct.pop("spec"))
        workflow: QuickWorkflow = self.target_class(spec, {}, deserializing=True)
        workflow.tasks = {}
        read = self.registry.convert_from_dict["Task"]
        for number, kept in dct["tasks"].items():
            workflow.tasks[_uuid(number)] = read(kept, workflow=workflow)
        workflow.task_tree = workflow.tasks[_uuid(dct["root"])]
        self.set_default_attributes(workflow, dct)
        workflow.bpmn_events = self.registry.restore(dct.pop("bpmn_events", []))
        return workflow
