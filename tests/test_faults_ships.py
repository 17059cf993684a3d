"""Faults during a step of a ship case: killed at every write, two officers at once, clicked twice."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, connections

from zimao.kernel.calendars.operations import load_statutory_years
from zimao.kernel.cases.models import Case, CaseEvent, Deadline, WorkItem
from zimao.kernel.cases.operations import complete_task
from zimao.kernel.documents.models import Document
from zimao.kernel.errors import Conflict
from zimao.kernel.events.models import Outbox
from zimao.kernel.evidence.models import Leaf
from zimao.kernel.models import Series
from zimao.kernel.operations import Act
from zimao.kernel.parties.actors import actor_now
from zimao.kernel.parties.demo import load_demo
from zimao.kernel.parties.models import User
from zimao.kernel.tests.crash import deaths
from zimao.services.ship_registry.demo import open_offices
from zimao.services.ship_registry.examples import example
from zimao.services.ship_registry.models import Certificate, Ship
from zimao.services.ship_registry.office import Office
from zimao.services.ship_registry.operations import submit_application

pytestmark = pytest.mark.django_db(transaction=True)

AT = datetime(2024, 5, 8, 2, tzinfo=UTC)


@pytest.fixture
def office(db, settings) -> Office:
    load_statutory_years(AT)
    load_demo(AT)
    open_offices(AT)
    return Office("FZ")


def act(username: str, at: datetime = AT, key: str = "") -> Act:
    return Act(actor_now(User.objects.select_related("party").get(username=username), "FZ", at), at, key)


def complete(username: str, item: int, values: dict[str, Any], key: str = "") -> None:
    """What a child process does."""
    complete_task(act(username, key=key), item_id=item, values=values)


def picture(case: Case) -> dict[str, Any]:
    """Everything that a step writes, read back from the database alone."""
    fresh = Case.objects.get(pk=case.pk)
    state = json.loads(fresh.state_text)
    return {
        "status": fresh.status,
        "engine": sorted((task["task_spec"], task["state"]) for task in state["tasks"].values()),
        "items": sorted(WorkItem.objects.filter(case=case).values_list("element", "status")),
        "deadlines": sorted(Deadline.objects.filter(case=case).values_list("element", "due_at"), key=str),
        "events": CaseEvent.objects.filter(case=case).count(),
        "certificates": sorted(Certificate.objects.filter(application__case=case).values_list("kind", "status", "number")),
        "documents": Document.objects.filter(subject=case.number).count(),
        "ships": Ship.objects.count(),
        "leaves": Leaf.objects.count(),
        "messages": Outbox.objects.count(),
        "numbers": sorted(Series.objects.values_list("name", "last")),
    }


STEPS = {
    "preexamine_manning": ("manning1", {"decision": "pass", "checked": True}),
    "approve_ownership": ("approver1", {"decision": "approve"}),
    "make_ownership": ("certificate_room1", {"confirmed": True}),
}


@pytest.mark.parametrize("element", STEPS)
def test_killed_at_any_write_the_case_is_before_or_after_the_step(office, element):
    """A child process dies before each write in turn; the step is there whole or not at all, and a retry with its key does it once."""
    case = office.submit("owner", example(), AT - timedelta(days=1))
    office.complete(case, "accept_application", AT - timedelta(hours=3))
    if element != "preexamine_manning":
        office.complete(case, "examine_ownership", AT - timedelta(hours=2))
    if element == "make_ownership":
        office.complete(case, "approve_ownership", AT - timedelta(hours=1))
    username, values = STEPS[element]
    item = office.ready(case)[element].pk
    before, points, after = picture(case), 0, None
    for death in deaths(partial(complete, username, item, values, "the-click")):
        points += 1
        found = picture(case)
        if not death.committed:
            assert found == before, f"killed at write {death.point} ({death.next}) and something was left"
            continue
        assert found != before
        assert after in (None, found), "the retry did it a second time"
        after = found
    assert points > 10  # the step is more than a handful of writes, and each was a place to die at
    assert WorkItem.objects.get(pk=item).status == WorkItem.Status.DONE
    complete(username, item, values, "the-click")  # the browser sends it once more
    assert picture(case) == after
    office.run(case, AT + timedelta(hours=1))  # and the case goes on to its end
    assert Case.objects.get(pk=case.pk).status == Case.Status.COMPLETED
    assert Document.objects.filter(subject=case.number).count() == 7


def together(*calls: Any) -> list[Any]:
    """Run the calls at the same moment, each with a connection of its own; what each gave or raised."""
    barrier, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place: int, call: Any) -> None:
        try:
            barrier.wait()
            results[place] = call()
        except Exception as error:  # the test looks at it
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_two_officers_at_the_same_moment_one_wins_and_the_other_is_told(office):
    case = office.submit("owner", example(), AT - timedelta(days=1))
    office.complete(case, "accept_application", AT - timedelta(hours=3))
    item = office.ready(case)["examine_ownership"].pk
    acts = [act("registration1"), act("registration2")]
    results = together(*(lambda one=one: complete_task(one, item_id=item, values={"decision": "pass", "checked": True}) for one in acts))
    won = [one for one in results if isinstance(one, WorkItem)]
    lost = [one for one in results if isinstance(one, Conflict)]
    assert (len(won), len(lost)) == (1, 1), results
    assert won[0].done_by_name in lost[0].sentence.zh
    assert CaseEvent.objects.filter(case=case, type="task.completed", element="examine_ownership").count() == 1
    assert "approve_ownership" in office.ready(case)


def test_different_desks_at_the_same_moment_all_get_their_step(office):
    case = office.submit("owner", example(), AT - timedelta(days=1))
    office.complete(case, "accept_application", AT - timedelta(hours=3))
    desks = {"preexamine_manning": "manning1", "preexamine_interim_smc": "safety1", "preexamine_insurance": "insurance1"}
    ready, values = office.ready(case), {"decision": "pass", "checked": True}
    results = together(*(partial(complete_task, act(who), item_id=ready[element].pk, values=values) for element, who in desks.items()))
    assert all(isinstance(one, WorkItem) for one in results), results
    assert not set(desks) & set(office.ready(case))
    office.run(case, AT + timedelta(hours=1))
    assert Case.objects.get(pk=case.pk).status == Case.Status.COMPLETED


def test_submitted_twice_at_the_same_moment_there_is_one_case(office):
    number = office.draft("owner", example(), AT)
    office.hand_in("owner", number, AT)
    acts = [act("owner", key="one-click"), act("owner", key="one-click")]
    results = together(*(lambda one=one: submit_application(one, number=number) for one in acts))
    assert {getattr(one, "number", one) for one in results} == {number}
    assert Case.objects.count() == 1


def test_certificate_numbers_are_neither_skipped_nor_used_twice_when_a_step_fails(office, monkeypatch):
    """The seal's key is away at the moment of making: nothing is kept, and the number goes to the next certificate."""
    case = office.submit("owner", example(), AT - timedelta(days=1))
    office.complete(case, "accept_application", AT - timedelta(hours=3))
    for element in ("examine_ownership", "approve_ownership"):
        office.complete(case, element, AT - timedelta(hours=2))
    before = picture(case)
    with monkeypatch.context() as broken:
        broken.setattr("zimao.kernel.documents.issuing.sign", lambda *args, **kwargs: (_ for _ in ()).throw(OSError("the key is away")))
        with pytest.raises(OSError, match="key is away"):
            office.complete(case, "make_ownership", AT)
    assert picture(case) == before
    office.complete(case, "make_ownership", AT)
    assert Document.objects.get(subject=case.number).serial == 1
    assert connection.in_atomic_block is False
