"""Codes between editions and years: every successor, nothing guessed."""

from pathlib import Path

import polars as pl
import pytest

from zimao.kernel.errors import Refused
from zimao.services.tariff.rules import load_concordance, resolve_codes, separating, walk_changes
from zimao.services.tariff.rules.codes import CHANGE_COLUMNS
from zimao.services.tariff.tests.building import SHIPPED

LINKS = SHIPPED.links


def resolve(code: str, start: int, end: int, links: pl.DataFrame = LINKS) -> list[tuple[str, str, bool]]:
    return list(resolve_codes(pl.Series([code]), links, from_edition=start, to_edition=end).select("target", "kind", "certain").iter_rows())


@pytest.mark.parametrize(
    ("code", "start", "end", "expected"),
    [
        ("030359", 2022, 2012, [("030389", "merge", True)]),
        ("030359", 2017, 2012, [("030389", "merge", True)]),
        ("030389", 2012, 2022, [("030359", "split", False), ("030389", "split", False), ("030399", "split", False)]),
        ("030359", 2022, 2017, [("030359", "same", True)]),
        ("851771", 2022, 2012, [("851770", "merge", True)]),
        ("851770", 2012, 2022, [("851771", "split", False), ("851779", "split", False)]),
        ("030359", 2022, 2022, [("030359", "same", True)]),
        ("999999", 2022, 2012, []),
    ],
)
def test_example_3_codes_across_editions(code: str, start: int, end: int, expected: list[tuple[str, str, bool]]) -> None:
    assert resolve(code, start, end) == expected


def test_a_chain_through_the_edition_between_gives_every_successor() -> None:
    steps = LINKS.filter(~((pl.col("from_edition") == 2022) & (pl.col("to_edition") == 2012)))
    assert [one[0] for one in resolve("030389", 2012, 2022, steps)] == ["030359", "030389", "030399"]
    assert resolve("121160", 2022, 2012, steps) == [("121190", "merge", True)]


def test_editions_without_a_table_are_refused() -> None:
    with pytest.raises(Refused, match="no_concordance"):
        resolve("030359", 2022, 2007)


def test_the_answer_says_that_a_conversion_table_is_not_the_whole_correlation() -> None:
    found = resolve_codes(pl.Series(["030359"]), LINKS, from_edition=2022, to_edition=2012)
    assert found["basis"].to_list() == ["conversion"]


CHANGES = pl.DataFrame(
    [
        ("CN", 2023, "11111111", "11111112", ""),
        ("CN", 2024, "11111112", "11111113", "half"),
        ("CN", 2024, "11111112", "11111114", "half"),
        ("CN", 2024, "22222222", "", "deleted"),
        ("JP", 2024, "33333333", "33333334", ""),
    ],
    schema=CHANGE_COLUMNS,
    orient="row",
)


def walk(code: str, start: int, end: int) -> list[tuple[str, str]]:
    found = walk_changes(pl.Series([code]), CHANGES, country="CN", from_year=start, to_year=end)
    return list(found.select("target", "kind").iter_rows())


@pytest.mark.parametrize(
    ("code", "start", "end", "expected"),
    [
        ("11111111", 2022, 2023, [("11111112", "renumbered")]),
        ("11111111", 2022, 2024, [("11111113", "split"), ("11111114", "split")]),
        ("11111112", 2023, 2023, [("11111112", "same")]),
        ("11111114", 2024, 2022, [("11111111", "renumbered")]),
        ("22222222", 2023, 2024, []),
        ("33333333", 2023, 2024, [("33333333", "same")]),
    ],
)
def test_national_codes_walk_year_by_year(code: str, start: int, end: int, expected: list[tuple[str, str]]) -> None:
    assert walk(code, start, end) == expected


def test_a_choice_comes_with_the_texts_that_separate_it() -> None:
    texts = pl.DataFrame(
        {"edition": [2022, 2022, 2012], "code": ["851771", "851779", "851771"], "description_en": ["Aerials", "Other", "-"]}
    )
    found = separating(resolve_codes(pl.Series(["851770"]), LINKS, from_edition=2012, to_edition=2022), texts, edition=2022)
    assert found["description_en"].to_list() == ["Aerials", "Other"]


def test_a_full_file_keeps_leading_zeros_and_a_bad_row_is_named(tmp_path: Path) -> None:
    file = tmp_path / "links.csv"
    head = "from_edition,from_code,to_edition,to_code,sources_sharing_target,kind\n"
    file.write_text(head + "2022,010121,2012,010121,1,same\n")
    assert load_concordance(file)["to_code"].to_list() == ["010121"]
    file.write_text(head + "2022,010121,2012,010121,1,same\n2022,10121,2012,010121,1,same\n")
    with pytest.raises(Refused, match="row 3"):
        load_concordance(file)
    file.write_text("from_edition,from_code\n2022,010121\n")
    with pytest.raises(Refused, match="to_edition, to_code"):
        load_concordance(file)
