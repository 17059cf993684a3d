"""The plan of one ship case beside a plain critical-path pass, and seven certificates from approval to signed PDF.

    python bench/ships.py [cases]        (5 when left out)

Prints one JSON line. ``plan_ms``: ``plan`` over the diagram that runs, dates and floats included, periods and calendar at hand;
``case_schedule_ms``: the same for a running case with everything read from the database; ``plain_ms``: forward and backward pass over
the legal order with ``graphlib``, in whole days, no dates, no reasons. ``seven_pdfs_s``: the seven *make* steps of a case by the
certificate room, each its own transaction: page, signature, number, evidence, outbox (SQLite file, WAL, synchronous FULL).
``fill_ms`` and ``read_ms``: the workbook of a filled application written and read back. Medians, wall time.

Found on 2 shared cores, Python 3.11, 2026-11, load 3 to 5, five runs: plan 0.25 to 0.56 ms, plain pass 0.04 to 0.08 ms (7 to 14 times),
the plan of a running case with its reads 8 to 25 ms, seven PDFs 1.5 to 2.8 s (CPU 1.4 s), workbook 91 to 146 ms out, 47 to 93 ms in.
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
from collections.abc import Callable
from datetime import UTC, date, datetime
from graphlib import TopologicalSorter
from pathlib import Path

HOME = tempfile.mkdtemp(prefix="zimao-bench-")
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ["ZIMAO_HOME"] = HOME
os.environ["ZIMAO_DEMO"] = "1"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zimao.settings")
sys.path.insert(0, str(Path(__file__).parent.parent / "src"))

import django  # noqa: E402 - settings come from the environment above

django.setup()

from django.core.management import call_command  # noqa: E402

from zimao.kernel.calendars import calendar_of, load_statutory_years  # noqa: E402
from zimao.kernel.cases.models import Case  # noqa: E402
from zimao.kernel.cases.schedule import Known, plan  # noqa: E402
from zimao.kernel.parties.demo import load_demo  # noqa: E402
from zimao.services.ship_registry.demo import open_offices  # noqa: E402
from zimao.services.ship_registry.examples import example  # noqa: E402
from zimao.services.ship_registry.forms.codes import CERTIFICATES  # noqa: E402
from zimao.services.ship_registry.office import Office  # noqa: E402
from zimao.services.ship_registry.parameters import periods_on  # noqa: E402
from zimao.services.ship_registry.planning import NEW, case_schedule, shipped_diagram  # noqa: E402
from zimao.services.ship_registry.rules import legal_order  # noqa: E402
from zimao.services.ship_registry.workbook import application_workbook, read_application  # noqa: E402

AT = datetime(2024, 5, 7, 2, tzinfo=UTC)
DAY = date(2024, 5, 6)
KNOWN = Known(facts={f"applies_{kind}": True for kind in CERTIFICATES})


def milliseconds(call: Callable[[], object], times: int = 200) -> float:
    """The median of so many calls."""
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        spent.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(spent), 3)


def plain_pass(periods: dict[str, int]) -> Callable[[], int]:
    """The peer: earliest and latest day of each certificate, and the total."""
    order = legal_order(shipped_diagram(NEW))

    def run() -> int:
        ends: dict[str, int] = {}
        topological = tuple(TopologicalSorter(order).static_order())
        for kind in topological:
            ready = max((ends[one] for one in order[kind]), default=periods["acceptance"])
            examined = periods["acceptance"] + periods.get(f"{kind}.preexamination", 0)
            ends[kind] = max(ready, examined) + periods[kind]
        total = max(ends.values()) + periods["dispatch"]
        latest = dict.fromkeys(order, total - periods["dispatch"])
        for kind in reversed(topological):
            for before in order[kind]:
                latest[before] = min(latest[before], latest[kind] - periods[kind])
        return total

    return run


def approved_case(office: Office, number: int) -> Case:
    """A case in which all seven certificates are approved and none is made."""
    name = {"name_zh": f"测试{number}", "name_en": f"CE SHI {number}", "identification_number": f"CN2024{number:07d}", "imo_number": ""}
    case = office.submit("owner", example(ship=name, insurance={"ship_name": name["name_zh"]}), AT)
    office.run(case, AT, stop_before=[f"make_{kind}" for kind in CERTIFICATES])
    return case


def seven_pdfs(office: Office, case: Case) -> tuple[float, float]:
    """Wall and processor seconds from the first make step to the last."""
    began, worked = time.perf_counter(), time.process_time()
    for kind in CERTIFICATES:
        office.complete(case, f"make_{kind}", AT)
    return time.perf_counter() - began, time.process_time() - worked


def main(cases: int) -> None:
    """Run all and print one line."""
    call_command("migrate", verbosity=0)
    load_statutory_years(AT)
    load_demo(AT)
    open_offices(AT)
    office, graph = Office("FZ"), shipped_diagram(NEW)
    periods, calendar = dict(periods_on("FZ", DAY)), calendar_of("FZ")
    peer = plain_pass(periods)
    ours = plan(graph, periods, DAY, calendar, KNOWN, target=20)
    if (ours.total_days, peer()) != (20, 20):
        raise SystemExit(f"the two do not agree: {ours.total_days} and {peer()}")
    plan_ms, plain_ms = milliseconds(lambda: plan(graph, periods, DAY, calendar, KNOWN, target=20)), milliseconds(peer)
    made = [approved_case(office, number) for number in range(cases)]
    running = milliseconds(lambda: case_schedule(made[0], DAY), 30)
    seconds = [seven_pdfs(office, case) for case in made]
    book = application_workbook(example())
    found = {
        "plan_ms": plan_ms,
        "plain_ms": plain_ms,
        "ratio": round(plan_ms / plain_ms, 1),
        "case_schedule_ms": running,
        "seven_pdfs_s": round(statistics.median(wall for wall, _ in seconds), 2),
        "seven_pdfs_cpu_s": round(statistics.median(cpu for _, cpu in seconds), 2),
        "fill_ms": milliseconds(lambda: application_workbook(example()), 5),
        "read_ms": milliseconds(lambda: read_application(book), 5),
        "load": os.getloadavg()[0],
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
