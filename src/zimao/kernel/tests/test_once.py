"""A read is shared inside one page only."""

from __future__ import annotations

import pytest

from zimao.kernel.once import is_reading, once, reading

calls: list[tuple[str, str]] = []


@once
def read(name: str, zone: str = "") -> str:
    calls.append((name, zone))
    if name == "broken":
        raise ValueError(name)
    return f"{name}@{zone}"


@pytest.fixture(autouse=True)
def _fresh():
    calls.clear()


def test_outside_a_page_every_read_is_fresh():
    assert [read("a"), read("a")] == ["a@", "a@"]
    assert len(calls) == 2
    assert not is_reading()


def test_inside_a_page_a_read_is_done_once_for_its_arguments():
    with reading():
        assert [read("a", zone="FZ"), read("a", zone="FZ"), read("a", zone="XM"), read("b")] == ["a@FZ", "a@FZ", "a@XM", "b@"]
    assert calls == [("a", "FZ"), ("a", "XM"), ("b", "")]


def test_a_part_of_a_page_shares_with_the_whole_and_ends_nothing():
    with reading():
        read("a")
        with reading():
            read("a")
        read("a")
    assert calls == [("a", "")]


def test_the_next_page_reads_again_also_after_an_error():
    with pytest.raises(ValueError, match="broken"), reading():
        read("broken")
    assert not is_reading()
    with reading():
        for _ in range(2):
            with pytest.raises(ValueError, match="broken"):
                read("broken")
    assert len(calls) == 3
