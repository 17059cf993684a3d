"""One transaction, one effect for a key, evidence and announcement with the write, and nothing half done."""

import json
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256

import pytest
from django.db import IntegrityError

from zimao.kernel import evidence
from zimao.kernel.errors import Conflict, NotAllowed, Refused
from zimao.kernel.events.models import Outbox
from zimao.kernel.evidence.models import Leaf
from zimao.kernel.models import OperationKey, Series
from zimao.kernel.operations import Act, Actor, operation, operations
from zimao.kernel.series import next_number
from zimao.kernel.tests.crash import deaths, die_at
from zimao.kernel.text import t

AT = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def act(key="", *roles):
    return Act(Actor(7, 70, "FZ", frozenset(roles or ("testing.desk",)), "Desk"), AT, key)


@operation("testing.take", roles=("testing.desk",), label=t("测试取号", "Take a number for a test"))
def take(act: Act, *, series: str, fail: bool = False) -> Series:
    number = next_number(series)
    act.record("testing.take", f"series:{series}", {"number": number}, {"who": "张三"})
    act.emit("testing.taken", f"series:{series}", {"number": number})
    if fail:
        raise Refused("testing", t("测试拒绝", "Refused for a test"))
    return Series.objects.get(name=series)


@operation("testing.take_twice", roles=("*",), label=t("测试取两个号", "Take two numbers for a test"))
def take_twice(act: Act, *, series: str, second_fails: bool = False) -> list[int]:
    first = take(act, series=series).last
    try:
        return [first, take(act, series=series, fail=second_fails).last]
    except Refused:
        return [first]


def state():
    """(last number, leaves, messages, keys): everything that ``take`` leaves behind."""
    last = Series.objects.filter(name="s").values_list("last", flat=True).first() or 0
    return last, Leaf.objects.filter(subject="series:s").count(), Outbox.objects.count(), OperationKey.objects.count()


@pytest.mark.django_db
def test_a_write_its_evidence_and_its_announcement_are_there_together():
    assert take(act(), series="s").last == 1
    assert state() == (1, 1, 1, 0)
    leaf = json.loads(bytes(Leaf.objects.get(subject="series:s").entry))
    assert (leaf["verb"], leaf["data"]) == ("testing.take", {"number": 1})
    assert "张三" not in json.dumps(leaf, ensure_ascii=False)


@pytest.mark.django_db
def test_a_refusal_leaves_nothing():
    with pytest.raises(Refused, match="testing"):
        take(act("k"), series="s", fail=True)
    assert state() == (0, 0, 0, 0)


@pytest.mark.django_db
def test_a_refused_entry_takes_the_write_with_it():
    @operation("testing.unprovable", roles=("*",), label=t("无法存证", "Cannot be proved"))
    def unprovable(act: Act) -> None:
        next_number("s")
        act.record("testing.unprovable", "series:s", {"float": 1.5})

    with pytest.raises(Refused, match="entry_not_json"):
        unprovable(act())
    assert state() == (0, 0, 0, 0)


@pytest.mark.django_db
def test_a_repeated_key_gets_the_first_answer_and_no_second_effect():
    first = take(act("k"), series="s")
    assert take(act("k"), series="s") == first
    assert state() == (1, 1, 1, 1)
    assert take_twice(act("k"), series="s") == [2, 3]  # another operation: another key
    assert take_twice(act("k"), series="s") == [2, 3]
    assert state() == (3, 3, 3, 2)


@pytest.mark.django_db
def test_a_key_belongs_to_one_request_and_one_user():
    take(act("k"), series="s")
    with pytest.raises(Conflict, match="key_reused"):
        take(act("k"), series="other")
    stranger = Act(Actor(8, 80, "FZ", frozenset({"testing.desk"}), "Other"), AT, "k")
    assert take(stranger, series="s").last == 2


@pytest.mark.django_db
def test_what_was_asked_cannot_be_guessed_from_the_kept_key():
    take(act("k"), series="350102199108040311")
    plain = json.dumps([[], {"series": "350102199108040311"}], sort_keys=True)
    assert OperationKey.objects.get().request_sha256 != sha256(plain.encode()).hexdigest()


@pytest.mark.django_db
def test_a_failed_inner_operation_is_undone_even_when_the_outer_one_goes_on():
    assert take_twice(act(), series="s", second_fails=True) == [1]
    assert state() == (1, 1, 1, 0)


@pytest.mark.django_db
def test_a_database_error_in_an_inner_operation_leaves_the_outer_one_usable():
    @operation("testing.clash", roles=("*",), label=t("测试冲突", "Clash"))
    def clash(act: Act) -> None:
        Series.objects.create(name="s")

    @operation("testing.survive", roles=("*",), label=t("测试继续", "Go on"))
    def survive(act: Act) -> int:
        next_number("s")
        with pytest.raises(IntegrityError):
            clash(act)
        return next_number("s")

    assert survive(act()) == 2


@pytest.mark.django_db
def test_roles_are_checked_before_anything_else_inside_and_outside():
    with pytest.raises(NotAllowed, match="role"):
        take(act("", "nobody"), series="s")
    with pytest.raises(NotAllowed, match="role"):
        take_twice(act("", "nobody"), series="s")
    assert state() == (0, 0, 0, 0)
    assert operations()["testing.take"].roles == {"testing.desk"}


def test_a_power_of_attorney_for_every_service_covers_each():
    actor = Actor(1, 10, "FZ", frozenset(), "A", principals=frozenset({(20, "auction"), (30, "*")}))
    assert [actor.acts_for(party, "auction") for party in (10, 20, 30, 40)] == [True, True, True, False]
    assert [actor.acts_for(party, "ship_registry") for party in (10, 20, 30, 40)] == [True, False, True, False]
    assert (actor.principals_in("auction"), actor.principals_in("port")) == ({20, 30}, {30})


def take_in_a_child(key):
    take(act(key), series="s")


def take_twice_in_a_child():
    take_twice(act(), series="s")


def broken():
    raise ValueError("a mistake of its own")


@pytest.mark.django_db(transaction=True)
def test_killed_between_any_two_writes_it_is_done_or_not_done():
    points = []
    for number in range(1, 100):
        key = f"key-{number}"
        death = die_at(number, partial(take_in_a_child, key))
        points.append(death.next)
        assert state() == ((number if death.committed else number - 1),) * 4, death
        # the caller asks again with the same key: exactly one effect, whatever the first attempt came to
        assert take(act(key), series="s").last == number
        assert state() == (number,) * 4
        if death.lived:
            break
    words = " ".join(points)
    assert points[-3:] == ["COMMIT", "what follows the COMMIT", ""]
    assert all(table in words for table in ("operationkey", "series", "evidence_log", "outbox"))
    assert len(points) > 8


@pytest.mark.django_db(transaction=True)
def test_the_log_is_whole_after_a_death_in_the_middle_of_it():
    for death in deaths(take_twice_in_a_child):
        assert evidence.audit().sound, death
        last, leaves, messages, _ = state()
        assert last == leaves == messages
        assert last % 2 == 0


@pytest.mark.django_db(transaction=True)
def test_the_harness_tells_of_work_that_fails_and_of_work_that_writes_nothing():
    with pytest.raises(AssertionError, match="a mistake of its own"):
        die_at(1, broken)
    with pytest.raises(AssertionError, match="wrote nothing"):
        list(deaths(state))
