"""What an operation answered comes back as it was."""

import enum
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zimao.kernel.errors import Conflict
from zimao.kernel.events.models import State
from zimao.kernel.models import Series
from zimao.kernel.parties.forms import RoleGrant
from zimao.kernel.results import keep, restore
from zimao.kernel.text import Text, t


@dataclass(frozen=True, slots=True)
class Answer:
    """A dataclass of the platform's own."""

    total: Decimal
    lines: tuple[Text, ...]


plain = st.none() | st.booleans() | st.integers() | st.text() | st.dates() | st.decimals(allow_nan=False) | st.uuids()
trees = st.recursive(
    plain | st.datetimes(timezones=st.just(UTC)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.lists(inner).map(tuple),
    max_leaves=15,
)


@given(trees)
def test_values_come_back_equal_and_of_the_same_kind(value):
    found = restore(keep(value))
    assert (found, keep(found)) == (value, keep(value))  # the kept text names the kinds


@pytest.mark.parametrize(
    "value",
    [
        Text("甲", "A"),
        Answer(Decimal("1.10"), (t("一", "one"), t("二", "two"))),
        {"row": ["events.Outbox", 1], "lost": "nothing", "dict": {}},
        [date(2026, 3, 1), datetime(2026, 3, 1, tzinfo=UTC), time(8, 30), UUID(int=7)],
        (State.DONE, None),
        RoleGrant(username="boss", role="auditor", valid_from=date(2026, 3, 1)),
        {},
        [],
    ],
)
def test_values_of_our_own(value):
    found = restore(keep(value))
    assert (found, type(found)) == (value, type(value))


@pytest.mark.django_db
def test_a_row_comes_back_as_it_is_by_then():
    row = Series.objects.create(name="a", last=1)
    kept = keep({"made": [row]})
    Series.objects.update(last=5)
    found = restore(kept)["made"][0]
    assert (found, found.last) == (row, 5)
    row.delete()
    with pytest.raises(Conflict, match="result_gone"):
        restore(kept)


class Foreign(enum.Enum):
    """An enumeration inside a function or a foreign package has no address to come back from."""

    A = 1


def local():
    @dataclass
    class Inside:
        number: int

    return Inside(1)


@pytest.mark.parametrize("value", [object(), b"bytes", {1: "a"}, local(), [local()], iter(())])
def test_what_cannot_come_back_is_said_to_be_done(value):
    with pytest.raises(Conflict, match="already_done"):
        restore(keep(value))


def test_what_is_kept_is_json_and_names_no_foreign_class():
    assert json.loads(keep(UUID(int=1))) == {"uuid": "00000000-0000-0000-0000-000000000001"}
    assert "lost" in json.loads(keep(complex(1, 2)))
