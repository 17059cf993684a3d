"""How much the busy pages ask of the database. Whoever makes one of them ask more sees it here."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.world import act_with
from zimao.kernel.cases.models import Case, WorkItem
from zimao.kernel.cases.operations import suspend_clock
from zimao.kernel.parties.models import AccessRecord, User

pytestmark = pytest.mark.usefixtures("demo")

LOOK = 8
"""What putting a look at personal data on record takes: its transaction, two reads, and four writes on the evidence log."""


def signed_in(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def asked(client: Client, path: str) -> list[str]:
    """The statements of a page that has been opened before: what a release or a diagram says is read once per process."""
    assert client.get(path).status_code == 200
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    return [one["sql"] for one in found.captured_queries]


def a_case(**wanted) -> Case:
    return Case.objects.filter(zone_id="FZ", **wanted).order_by("pk")[0]


@pytest.mark.parametrize("who", ["owner", "acceptance1", "supervisor1"])
@pytest.mark.parametrize("stage", [{"accepted_at": None}, {"status": "open", "accepted_at__isnull": False}, {"status": "completed"}])
def test_the_page_of_a_case(who, stage):
    found = page_of(who, a_case(**stage))
    assert len(found) <= 15, "\n".join(found)


@pytest.mark.parametrize("who", ["owner", "acceptance1", "supervisor1"])
def test_a_clock_that_was_stopped_costs_one_query(who):
    case = a_case(status="open", accepted_at__isnull=False)
    before = len(page_of(who, case))
    suspend_clock(act_with("ship_registry.supervisor"), number=case.number, kind="hearing", reason="举行听证")
    assert len(page_of(who, case)) <= before + 1


def page_of(who: str, case: Case) -> list[str]:
    return asked(signed_in(case.filed_by.username if who == "owner" else who), f"/cases/{case.number}")


def test_the_kernels_own_part_of_it():
    found = asked(signed_in("supervisor1"), f"/cases/{a_case(status='open', suspended=False).number}")
    own = [one for one in found if any(f'FROM "{table}' in one for table in ("cases_", "calendars_", "tables_", "evidence_"))]
    # the ninth are the versions that only a supervisor may move the case to
    assert len(own) <= 9, "\n".join(own)


def test_no_page_reads_the_same_twice():
    case = a_case(status="completed")
    item = WorkItem.objects.filter(case__zone_id="FZ", status="open", form="approve").order_by("pk")[0]
    for who, path in ((case.filed_by.username, f"/cases/{case.number}"), ("approver1", f"/tasks/{item.pk}"), ("approver1", "/workbench")):
        found = asked(signed_in(who), path)
        assert len(set(found)) == len(found), "\n".join(sorted(found))


@pytest.mark.parametrize("who", ["approver1", "supervisor1"])
def test_the_page_of_a_task(who):
    item = WorkItem.objects.filter(case__zone_id="FZ", status="open", form="approve").order_by("pk")[0]
    client, path = signed_in(who), f"/tasks/{item.pk}"
    client.get("/workbench")
    before = AccessRecord.objects.count()
    found = asked(client, path)
    assert len(found) <= 15, "\n".join(found)
    assert AccessRecord.objects.count() == before + 1  # opened twice at once, which is one look
    AccessRecord.objects.all().delete()
    with CaptureQueriesContext(connection) as first:
        client.get(path)
    assert len(first) <= 15 + LOOK
    assert AccessRecord.objects.get().purpose == f"{item.case.number} {item.element}"


@pytest.mark.parametrize("who", ["acceptance1", "approver1", "supervisor1"])
def test_the_workbench(who):
    assert len(asked(signed_in(who), "/workbench")) <= 9
    assert len(asked(signed_in(who), "/workbench/rows")) <= 7


def test_a_longer_workbench_asks_no_more():
    client = signed_in("supervisor1")
    few = len(asked(client, "/workbench?role=ship_registry.approver"))
    assert len(asked(client, "/workbench")) == few
