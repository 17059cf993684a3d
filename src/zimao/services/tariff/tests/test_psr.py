"""The rule grammar: canonical text and back, the RCEP sample, a reviewed sample of the UK corpus, and what must stay unread."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zimao.kernel.errors import Refused
from zimao.services.tariff.rules.origin.psr import (
    Change,
    Content,
    From,
    Item,
    Obtained,
    Plain,
    Process,
    Share,
    all_of,
    any_of,
    parsed,
    printed,
)
from zimao.services.tariff.rules.origin.psr_text import read, read_rows, share_read

TABLES = Path(__file__).parent.parent / "tables"


def table(name: str) -> list[dict[str, str]]:
    with (TABLES / name).open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@st.composite
def ranges(draw) -> Item:
    digits = draw(st.sampled_from([2, 4, 6]))
    low, high = sorted(draw(st.tuples(*[st.integers(0, 10**digits - 1)] * 2)))
    return Item(f"{low:0{digits}d}", f"{high:0{digits}d}")


items = st.one_of(ranges(), st.from_regex(r"[a-z][a-z0-9-]{0,12}", fullmatch=True).map(lambda name: Item(name, name)))
some = st.lists(items, min_size=1, max_size=3).map(tuple)
points = st.integers(0, 10_000)
atoms = st.one_of(
    st.sampled_from(["WO", "PE", "CR", "BALANCE"]).map(Plain),
    st.builds(Change, st.sampled_from(["ANY", "CC", "CTH", "CTSH"]), st.one_of(st.just(()), some), st.one_of(st.none(), points)),
    st.builds(
        Content,
        st.just("RVC"),
        st.one_of(st.none(), points),
        st.sampled_from(["", "BU", "BD", "NC"]),
        st.just(()),
        st.sampled_from(["", "EXW"]),
    ),
    st.builds(Content, st.just("RVC"), points, st.just("FV"), some),
    st.builds(Content, st.just("DVC"), points),
    st.builds(Share, st.sampled_from(["MAXNOM", "MAXWT"]), points, st.one_of(st.just(()), some), st.sampled_from(["", "FOB"])),
    st.builds(Obtained, some),
    st.builds(Process, st.from_regex(r"[a-z][a-z-]{0,12}", fullmatch=True)),
    st.builds(From, st.sampled_from(["CC", "CTH", "CTSH", "KIND"]), some),
)
expressions = st.recursive(
    atoms,
    lambda inner: st.builds(lambda join, parts: join(parts), st.sampled_from([all_of, any_of]), st.lists(inner, min_size=1, max_size=3)),
    max_leaves=8,
)


@given(expressions)
def test_the_canonical_text_reads_back_to_the_same_expression(expression):
    assert parsed(printed(expression)) == expression


@given(expressions)
def test_printing_is_a_fixed_point(expression):
    assert printed(parsed(printed(expression))) == printed(expression)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "CTX",
        "CTH |",
        "CTH EXCEPT()",
        "CTH EXCEPT(301)",
        "CTH EXCEPT(0305-0301)",
        "RVC(x)",
        "RVC(40",
        "(CTH",
        "CTH CC",
        "RVC(40,XX)",
        "FROM(CTH)",
        "PROC(a,b)",
        "CTH; CC",
    ],
)
def test_what_is_not_in_the_grammar_is_refused(text):
    with pytest.raises(Refused) as refusal:
        parsed(text)
    assert refusal.value.code == "psr_expression"


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("CC except from subheading 1211.20", "CC EXCEPT(121120)"),
        ("CTH except from heading 03.01 to 03.05 or RVC40", "CTH EXCEPT(0301-0305) | RVC(40)"),
        ("WO", "WO"),
        ("CTH or RVC40 or CR", "CTH | RVC(40) | CR"),
        ("CTSH or chemical reaction", "CTSH | CR"),
        ("CC except from heading 03.01 or 03.02, or RVC40", "CC EXCEPT(0301,0302) | RVC(40)"),
        ("CTH and RVC40", "CTH & RVC(40)"),
        ("品目改变或区域价值成分40", "CTH | RVC(40)"),
        ("章改变，从品目03.01至03.05除外", "CC EXCEPT(0301-0305)"),
        ("子目改变或化学反应", "CTSH | CR"),
        ("完全获得", "WO"),
    ],
)
def test_example_10_and_the_short_style(text, canonical):
    assert read(text).canonical == canonical


def test_every_row_of_the_rcep_sample_reads_to_its_tree():
    rows = table("psr_rcep.csv")
    assert len(rows) == 59
    for row in rows:
        assert read(row["raw_text"]).canonical == row["rule"] == printed(parsed(row["rule"]))


@pytest.mark.parametrize(
    "text",
    [
        "Process Rule.",
        "Twisting or any mechanical operation combined with weaving.",
        "CTH except from heading 03.01 unless cooked",
        "CTH: All non-originating materials used in the production of the good have undergone a change in tariff classification"
        " at the 6-digit level (subheading).",
        "Manufacture from materials of any heading, except that of the product. However, handles of base metal may be used.",
        "A change from any other heading, except from fabric of heading 5208.",
        "Manufacture in which the value of all the materials used does not exceed the price of the product.",
        "CTH or something else",
    ],
)
def test_a_word_that_is_not_understood_leaves_the_whole_rule_unread(text):
    reading = read(text)
    assert (reading.status, reading.canonical, reading.text) == ("manual", "", text)


def test_the_goods_a_rule_is_limited_to_are_kept():
    reading = read("A change to any other good of subheading 030444 from any other heading.")
    assert (reading.canonical, reading.scope) == ("CTH", "any other good")


def test_references_to_notes_are_kept_beside_the_expression():
    reading = read("Manufacture from yarn. See Introductory Note 5.")
    assert (reading.canonical, reading.notes) == ("FROM(KIND,yarn)", ("See Introductory Note 5.",))


def test_rows_of_one_list_are_one_rule():
    """«- b)» continues the condition of the row before; alone it would lose the change of heading."""
    value = "provided there is a regional value content of not less than"
    head = f"A change to a good of heading 8701 from any other heading, {value}: - a) **30%** under the build-up method."
    rows = [
        {"scheme": "s", "heading": "8701", "rule_text": head},
        {"scheme": "s", "heading": "8701", "rule_text": "- b) **40%** under the build-down method."},
        {"scheme": "s", "heading": "8702", "rule_text": "- b) **40%** under the build-down method."},
    ]
    first, second = read_rows(rows)
    assert (first[0].canonical, first[1]) == ("CTH & (RVC(30,BU) | RVC(40,BD))", 2)
    assert (second[0].status, second[1]) == ("manual", 1)


def test_the_share_counts_rows_and_lists_what_is_unread():
    rows = [
        {"scheme": "s", "heading": str(at), "rule_text": text} for at, text in enumerate(["CTH", "CC", "Process Rule.", "Process Rule."])
    ]
    share = share_read(rows)
    assert (share.rows, share.read, share.manual) == (4, 2, (("Process Rule.", 2),))
