"""Handlers: one effect per message whatever happens, in order per subject, nobody waits for another."""

import pytest
from django.db import DatabaseError, transaction

from zimao.kernel.errors import Conflict, Missing, Refused
from zimao.kernel.events import dispatch_once, enqueue, on
from zimao.kernel.events import operations as verbs
from zimao.kernel.events.models import HandlerRun, Outbox, State
from zimao.kernel.journal import Message
from zimao.kernel.models import Series
from zimao.kernel.operations import operation
from zimao.kernel.series import next_number
from zimao.kernel.text import t


def put(now, *found, zone="FZ"):
    with transaction.atomic():
        enqueue([Message(type_, subject, {"n": n}) for n, (type_, subject) in enumerate(found)], at=now, zone=zone)


def effects(name="effect"):
    return Series.objects.filter(name=name).values_list("last", flat=True).first() or 0


@pytest.mark.django_db(transaction=True)
def test_enqueue_needs_a_transaction_and_shares_its_fate(now):
    with pytest.raises(RuntimeError, match="transaction"):
        enqueue([Message("a.b", "s")], at=now, zone="FZ")
    with transaction.atomic():
        enqueue([Message("a.b", "s")], at=now, zone="FZ")
        transaction.set_rollback(True)
    assert not Outbox.objects.exists()
    enqueue([], at=now, zone="FZ")


def test_an_operation_announces_what_it_did(act):
    @operation("test.accept", roles=("zone.admin",), label=t("受理", "Accept"))
    def accept(act):
        act.emit("ship.case.accepted", "case/1", {"on": act.at})
        return 1

    accept(act())
    row = Outbox.objects.get()
    assert (row.type, row.subject, row.zone, row.origin) == ("ship.case.accepted", "case/1", "FZ", "")
    assert row.data == '{"on": "2026-03-02T08:00:00Z"}'


@pytest.mark.django_db
def test_each_handler_gets_each_message_once(now):
    seen = []
    on("ship.case.*", lambda event: seen.append(("first", event.type, event.data["n"])), "first")
    on("ship.case.accepted", lambda event: seen.append(("second", event.type, event.data["n"])), "second")
    put(now, ("ship.case.accepted", "case/1"), ("ship.case.decided", "case/1"), ("port.berth.free", "berth/1"))
    stats = dispatch_once(now)
    assert (stats.messages, stats.handled) == (3, 3)
    assert sorted(seen) == [("first", "ship.case.accepted", 0), ("first", "ship.case.decided", 1), ("second", "ship.case.accepted", 0)]
    assert not dispatch_once(now).busy


@pytest.mark.django_db
def test_names_are_taken_once(now):
    on("a.b", print, "name")
    on("a.b", print, "name")
    with pytest.raises(ValueError, match="name"):
        on("a.b", repr, "name")
    with pytest.raises(ValueError, match="pattern"):
        on("a*b", print, "other")


class Killed(BaseException):
    """The process is gone: nobody below catches it."""


@pytest.mark.django_db(transaction=True)
def test_a_crash_between_the_effect_and_its_mark_leaves_one_effect(now, later):
    crashes = [Killed(), Killed()]

    def handler(event):
        next_number("effect")
        if crashes:
            raise crashes.pop()

    on("a.b", handler, "counter")
    put(now, ("a.b", "s"))
    for seconds in (0, 200):
        with pytest.raises(Killed):
            dispatch_once(later(seconds))
        assert effects() == 0
        assert dispatch_once(later(seconds + 1)).handled == 0, "the dead worker's lease still holds"
    assert dispatch_once(later(400)).handled == 1
    assert effects() == 1
    run = HandlerRun.objects.get()
    assert (run.state, run.attempts) == (State.DONE, 3)


@pytest.mark.django_db(transaction=True)
def test_a_failing_handler_is_undone_retried_and_keeps_nobody_waiting(now, later, settings):
    settings.EVENTS_HANDLER_RETRIES = (10, 10)
    troubles = [DatabaseError("first"), RuntimeError("second")]

    def shaky(event):
        next_number("shaky")
        if troubles:
            raise troubles.pop(0)

    on("a.b", shaky, "shaky")
    on("a.b", lambda event: next_number("steady"), "steady")
    put(now, ("a.b", "s"))
    stats = dispatch_once(now)
    assert (stats.handled, stats.handler_failures, effects("steady"), effects("shaky")) == (1, 1, 1, 0)
    assert "DatabaseError: first" in HandlerRun.objects.get(handler="shaky").error
    assert dispatch_once(later(5)).handled == 0
    assert dispatch_once(later(13)).handler_failures == 1
    assert dispatch_once(later(30)).handled == 1
    assert (effects("shaky"), effects("steady")) == (1, 1)


@pytest.mark.django_db
def test_order_is_kept_per_subject_and_a_given_up_message_holds_its_own_subject_only(now, later, settings, act):
    settings.EVENTS_HANDLER_RETRIES = ()
    seen, poison = [], {("s1", 0)}

    def handler(event):
        if (event.subject, event.data["n"]) in poison:
            raise RuntimeError("poison")
        seen.append((event.subject, event.data["n"]))

    on("a.b", handler, "keeper")
    put(now, ("a.b", "s1"), ("a.b", "s2"), ("a.b", "s1"), ("a.b", "s2"), ("a.b", "s1"))
    stats = dispatch_once(now)
    assert (stats.dead, seen) == (1, [("s2", 1), ("s2", 3)])
    dead = HandlerRun.objects.get(state=State.DEAD)
    with pytest.raises(Refused):
        verbs.skip_run(act(), run_id=dead.pk, reason=" ")
    with pytest.raises(Missing):
        verbs.skip_run(act(zone="XM"), run_id=dead.pk, reason="x")
    verbs.retry_run(act(), run_id=dead.pk)
    assert dispatch_once(later(1)).dead == 1
    poison.clear()
    verbs.retry_run(act(), run_id=dead.pk)
    dispatch_once(later(2))
    assert seen[2:] == [("s1", 0), ("s1", 2), ("s1", 4)]
    with pytest.raises(Conflict):
        verbs.retry_run(act(), run_id=dead.pk)


@pytest.mark.django_db
def test_a_skipped_message_lets_the_rest_of_its_subject_pass(now, later, settings, act):
    settings.EVENTS_HANDLER_RETRIES = ()
    seen = []

    def handler(event):
        if event.data["n"] == 0:
            raise RuntimeError("poison")
        seen.append(event.data["n"])

    on("a.b", handler, "keeper")
    put(now, ("a.b", "s"), ("a.b", "s"))
    dispatch_once(now)
    assert seen == []
    verbs.skip_run(act(), run_id=HandlerRun.objects.get(state=State.DEAD).pk, reason="重复数据")
    dispatch_once(later(1))
    assert seen == [1]


@pytest.mark.django_db
def test_a_message_not_yet_fanned_out_holds_back_later_ones_of_its_subject(now):
    """Two workers fan out different messages; the later one's runs may be visible first."""
    seen = []
    on("a.b", lambda event: seen.append(event.data["n"]), "keeper")
    put(now, ("a.b", "s"), ("a.b", "s"))
    _, second = Outbox.objects.order_by("id")
    HandlerRun.objects.create(outbox=second, handler="keeper", subject="s", next_at=now)
    Outbox.objects.filter(pk=second.pk).update(dispatched_at=now)
    from zimao.kernel.events.running import run_handlers  # noqa: PLC0415 - only this test goes below the door

    run_handlers(now, 10, lambda: False)
    assert seen == []
    dispatch_once(now)
    assert seen == [0, 1]


@pytest.mark.django_db
def test_a_stopping_worker_ends_after_the_item_in_hand_and_gives_the_rest_back(now):
    seen = []
    on("a.b", lambda event: seen.append(event.data["n"]), "keeper")
    put(now, *[("a.b", f"s{n}") for n in range(5)])
    dispatch_once(now, should_stop=lambda: len(seen) >= 2)
    assert seen == [0, 1]
    assert set(HandlerRun.objects.filter(state=State.PENDING).values_list("attempts", "leased_until")) == {(0, None)}
    dispatch_once(now)
    assert seen == [0, 1, 2, 3, 4]


@pytest.mark.django_db
def test_messages_of_a_handler_that_this_process_lacks_wait_for_one_that_has_it(now, monkeypatch):
    on("a.b", print, "elsewhere")
    put(now, ("a.b", "s"))
    from zimao.kernel.events import fanout, handlers  # noqa: PLC0415 - only this test goes below the door

    fanout.fan_out(now, 10)
    monkeypatch.setattr(handlers, "_HANDLERS", {})
    assert dispatch_once(now).handled == 0
    assert HandlerRun.objects.get().state == State.PENDING
