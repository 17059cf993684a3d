"""The diagram of a case and of a process: the file for the viewer, the live positions, and the same in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from zimao.kernel.cases import queries
from zimao.kernel.cases.diagram import Diagram, read, translate
from zimao.kernel.cases.models import Case, ProcessRelease, WorkItem
from zimao.kernel.cases.pages.common import language
from zimao.kernel.cases.pages.words import STATES
from zimao.kernel.cases.processes import ProcessSpec, diagram_of, processes
from zimao.kernel.errors import Missing
from zimao.kernel.parties.pages.layout import signed_in_page
from zimao.kernel.text import Text, t
from zimao.kernel.web import actor_of

__all__ = ["case_diagram", "lanes_of", "process_diagram", "process_page", "shown_positions", "states_of"]

_STEPS = ("userTask", "manualTask", "task", "businessRuleTask")


def states_of(case: Case, today: date) -> dict[str, str]:
    """The state of each reached element; a step that is past its due day is overdue though no timer has fired yet."""
    late = [one.element for one in case.work_items.all() if one.status == WorkItem.Status.OPEN and one.due_on and one.due_on < today]
    return {**queries.positions(case), **dict.fromkeys(late, "overdue")}


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a lane in words: its sign, the kind of badge, its state."""

    key: str
    name: Text
    is_rule: bool
    sign: str
    kind: str
    state: Text


@dataclass(frozen=True, slots=True)
class Lane:
    """The steps of one desk; ``here`` when one of them is being worked on."""

    name: Text
    steps: tuple[Step, ...]
    here: bool


def lanes_of(diagram: Diagram, states: dict[str, str]) -> list[Lane]:
    """The diagram in words, desk by desk: for screen readers, and for small screens."""
    found: dict[str, list[Step]] = {lane: [] for lane in diagram.lanes}
    for node in diagram.nodes.values():
        if node.kind in _STEPS:
            step = Step(node.id, node.name, node.kind == "businessRuleTask", *STATES[states.get(node.id, "ahead")])
            found.setdefault(node.lane, []).append(step)
    nobody = t("自动", "Automatic")
    here = {key for key, state in states.items() if state in ("active", "overdue")}
    return [
        Lane(diagram.lanes.get(lane, nobody), tuple(steps), any(step.key in here for step in steps))
        for lane, steps in found.items()
        if steps
    ]


@require_safe
@signed_in_page
def case_diagram(request: HttpRequest, number: str) -> HttpResponse:
    """The BPMN file that the case runs on, its names in the reader's language."""
    case = queries.case_for(actor_of(request), number)
    return _xml(queries.diagram_xml(case.process_sha256, language()))


def shown_positions(states: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The states as the drawing marks them: a sign and words in the reader's language."""
    return {key: {"state": state, "sign": STATES[state][0], "words": STATES[state][2].into(language())} for key, state in states.items()}


# --- processes ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Version:
    """A diagram that can be looked at. ``release`` is None for one that no case runs on: not released, or of the old procedure."""

    name: str
    label: Text
    release: ProcessRelease | None
    path: Path | None

    def diagram(self) -> Diagram:
        """The diagram as a graph."""
        return diagram_of(self.release.sha256) if self.release else read(self.xml())

    def xml(self) -> bytes:
        """The file. Missing when it was taken away."""
        if self.release is not None:
            return self.release.xml.encode()
        if self.path is None or not self.path.is_file():
            raise Missing("diagram", t("没有这个流程图", "There is no such diagram"))
        return self.path.read_bytes()


def _process(key: str) -> ProcessSpec:
    found = processes().get(key)
    if found is None:
        raise Missing("process", t("没有这个流程", "There is no such process"))
    return found


def versions(spec: ProcessSpec) -> dict[str, Version]:
    """The diagrams of a process by name: versions, the newest first, then the other procedures in the service's folder."""
    released = {str(row): row for row in ProcessRelease.objects.filter(key=spec.key)}
    files = {path.stem: path for path in spec.folder.glob("*.bpmn")}
    own = {f"{spec.key}-v{number}": number for number in {*spec.versions(), *(row.version for row in released.values())}}
    found: dict[str, Version] = {}
    for name, number in sorted(own.items(), key=lambda one: -one[1]):
        found[name] = Version(name, t("第{n}版", "Version {n}").fill(n=number), released.get(name), files.get(name))
    keys = set(processes())
    for name in sorted(files):
        if name.rpartition("-v")[0] not in keys:
            found[name] = Version(name, _title(files[name]), None, files[name])
    return found


def _title(path: Path) -> Text:
    return t("其他流程：{name}", "Other procedure: {name}").fill(name=read(path.read_bytes()).name)


@require_safe
def process_page(request: HttpRequest, key: str) -> HttpResponse:
    """A process with its versions: how things are done is public."""
    spec = _process(key)
    known = versions(spec)
    chosen = known.get(request.GET.get("diagram", "")) or next(iter(known.values()), None)
    if chosen is None:
        raise Missing("diagram", t("没有这个流程图", "There is no such diagram"))
    context = {"spec": spec, "versions": known.values(), "chosen": chosen, "lanes": lanes_of(chosen.diagram(), {})}
    return render(request, "cases/process.html", context)


@require_safe
def process_diagram(request: HttpRequest, key: str, name: str) -> HttpResponse:
    """The file of one version."""
    found = versions(_process(key)).get(name)
    if found is None:
        raise Missing("diagram", t("没有这个流程图", "There is no such diagram"))
    return _xml(translate(found.xml(), language()))


def _xml(content: bytes) -> HttpResponse:
    answer = HttpResponse(content, content_type="application/xml; charset=utf-8")
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, max-age=300"
    return answer
