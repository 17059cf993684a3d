"""One step of a ship case beside plain SpiffWorkflow, and what the transaction around it costs.

    python bench/cases.py [cases]        (20 when left out)

Prints one JSON line, milliseconds, medians over all steps after acceptance. ``plain``: SpiffWorkflow's own parser and serializer,
restore, run one user task, serialise, specification in the state as it comes. ``engine``: the same step through
``kernel.cases.engine``. ``operation``: ``complete_task`` whole: lock, restore, timers, form, the service's own writes, work items,
deadlines, evidence, outbox, store, commit (SQLite file, WAL, synchronous FULL, or ``ZIMAO_DATABASE_URL``); approvals and
certificates left out, because they make documents. ``case_page_queries``: queries of the case page.

The diagram of the plain side is the same without the platform's own nodes: its messages stay, its decision becomes a manual task.
Measured figures are in bench/README.md.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HOME = tempfile.mkdtemp(prefix="zimao-bench-")
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ["ZIMAO_HOME"] = HOME
os.environ["ZIMAO_DEMO"] = "1"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zimao.settings")
sys.path.insert(0, str(Path(__file__).parent.parent / "src"))

import django  # noqa: E402 - settings come from the environment above

django.setup()

from django.core.management import call_command  # noqa: E402
from SpiffWorkflow.bpmn import BpmnWorkflow  # noqa: E402
from SpiffWorkflow.bpmn.parser import BpmnParser  # noqa: E402
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer  # noqa: E402
from SpiffWorkflow.util.task import TaskState  # noqa: E402

from zimao.kernel.calendars import load_statutory_years  # noqa: E402
from zimao.kernel.cases.diagram import read  # noqa: E402
from zimao.kernel.cases.engine import Run, Specification  # noqa: E402
from zimao.kernel.cases.models import Case  # noqa: E402
from zimao.kernel.parties.demo import load_demo  # noqa: E402
from zimao.services.ship_registry.demo import open_offices  # noqa: E402
from zimao.services.ship_registry.examples import example  # noqa: E402
from zimao.services.ship_registry.forms.codes import CERTIFICATES  # noqa: E402
from zimao.services.ship_registry.office import Office  # noqa: E402
from zimao.services.ship_registry.parameters import FOLDER  # noqa: E402

AT = datetime(2024, 5, 7, 2, tzinfo=UTC)
FILE = FOLDER / "processes" / "ship_initial_registration-v1.bpmn"
APPLIES = {f"applies_{kind}": True for kind in CERTIFICATES}
ANSWERS = {"accept": "accept", "examine": "pass", "preexamine": "pass", "approve": "approve", "make": "made", "dispatch": "dispatched"}
EXAMINATIONS = [f"preexamine_{kind}" for kind in CERTIFICATES if kind != "ownership"] + ["examine_ownership"]


def engine_steps() -> list[float]:
    """Milliseconds of each step of a whole case through our engine."""
    xml = FILE.read_bytes()
    graph = read(xml)
    specification = Specification.parse(xml, graph.key, graph.version, graph.sha256)
    state = Run.start(specification, {"application": "X"}, lambda name, facts: APPLIES).dump()
    spent = []
    while True:
        began = time.process_time()
        run = Run.restore(specification, state, lambda name, facts: APPLIES)
        open_now = sorted(run.steps(), key=lambda step: step.element)
        if not open_now:
            return spent
        run.complete(open_now[0].guid, {open_now[0].element: ANSWERS[open_now[0].element.partition("_")[0]]})
        state = run.dump()
        spent.append((time.process_time() - began) * 1000)


def plain_steps() -> list[float]:
    """The same with SpiffWorkflow as it comes."""
    xml = FILE.read_text().replace("businessRuleTask", "userTask")
    for timer in ("half_of_period", "end_of_period"):
        xml = xml.replace(f">{timer}<", ">'9999-12-31T00:00:00+00:00'<")
    parser = BpmnParser()
    parser.add_bpmn_str(xml.encode())
    key = read(FILE.read_bytes()).key
    serializer = BpmnWorkflowSerializer()
    workflow = BpmnWorkflow(parser.get_spec(key))
    workflow.do_engine_steps()
    state = serializer.serialize_json(workflow)
    spent = []
    while True:
        began = time.process_time()
        workflow = serializer.deserialize_json(state)
        open_now = sorted(workflow.get_tasks(state=TaskState.READY, manual=True), key=lambda task: task.task_spec.bpmn_id)
        if not open_now:
            return spent
        element = open_now[0].task_spec.bpmn_id
        facts = APPLIES if element.startswith("decide") else {element: ANSWERS[element.partition("_")[0]]}
        open_now[0].set_data(**{**APPLIES, **facts})
        open_now[0].run()
        workflow.do_engine_steps()
        state = serializer.serialize_json(workflow)
        spent.append((time.process_time() - began) * 1000)


def operation_steps(cases: int) -> list[float]:
    """Milliseconds of ``complete_task`` for the examinations of so many cases."""
    call_command("migrate", verbosity=0)
    load_statutory_years(AT)
    load_demo(AT)
    open_offices(AT)
    office = Office("FZ")
    spent = []
    for number in range(cases):
        name = {"name_zh": f"测试{number}", "identification_number": f"CN2024{number:07d}", "imo_number": ""}
        case: Case = office.submit("owner", example(ship=name, insurance={"ship_name": name["name_zh"]}), AT)
        office.complete(case, "accept_application", AT)
        for element in EXAMINATIONS:
            began = time.process_time()
            office.complete(case, element, AT)
            spent.append((time.process_time() - began) * 1000)
    return spent


def main() -> None:
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    for warm in (engine_steps, plain_steps):
        warm()
    plain = [one for _ in range(cases) for one in plain_steps()]
    engine = [one for _ in range(cases) for one in engine_steps()]
    operation = operation_steps(cases)
    found: dict[str, Any] = {
        "plain": round(statistics.median(plain), 2),
        "engine": round(statistics.median(engine), 2),
        "ratio": round(statistics.median(plain) / statistics.median(engine), 2),
        "operation": round(statistics.median(operation), 2),
        "cases": cases,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
