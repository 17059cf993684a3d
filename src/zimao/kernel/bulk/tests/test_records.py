"""Where records end, against the plain definition: a line end with an even number of marks before it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zimao.kernel.bulk.records import after, ends, split

DATA = st.text(alphabet='a,"\n', max_size=60).map(str.encode)


def places(data: bytes) -> list[int]:
    return [at + 1 for at, byte in enumerate(data) if byte == 10 and data[:at].count(b'"') % 2 == 0]


@given(DATA, DATA)
def test_ends_are_counted_over_any_cut(first, second):
    whole, inside = ends(first + second)
    before, open_after = ends(first)
    behind, last = ends(second, open_after)
    assert whole == before + behind == len(places(first + second))
    assert inside == last == ((first + second).count(b'"') % 2 == 1)


@given(DATA, st.integers(1, 8))
def test_after_finds_each_end(data, copies):
    data = data * copies * 200
    found = places(data) if len(data) < 4000 else None
    count = ends(data)[0]
    for number in {1, count // 2, count} - {0}:
        if number <= count:
            at = after(data, number)
            assert ends(data[:at]) == (number, False)
            assert data[at - 1 : at] == b"\n"
            assert found is None or at == found[number - 1]
    with pytest.raises(ValueError, match="fewer"):
        after(data, count + 1)


@given(DATA)
def test_split_gives_what_lies_between_the_ends(data):
    found = list(split(data))
    joined = b"\n".join(found)
    assert joined == data.removesuffix(b"\n")
    assert len(found) == len(places(data)) + (not data.endswith(b"\n") or ends(data)[1])
