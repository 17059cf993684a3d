"""Duty expressions, staging and the look-up of rates: the worked examples of the rate side, and what must always hold."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zimao.kernel.errors import Refused
from zimao.services.tariff.rules import (
    applicable,
    break_even,
    expand_staging,
    load_tables,
    parse_duty,
    print_duty,
    reconciled,
    staged_rate,
    year_index,
)
from zimao.services.tariff.rules.duties import Ad, Choice, Ladder, Specific, Sum, amounts
from zimao.services.tariff.rules.loading import FOLDER, TABLE_COLUMNS, read_table
from zimao.services.tariff.rules.staging import STAGING_COLUMNS
from zimao.services.tariff.tests.building import SHIPPED, frame, rate, rates, with_rates

TENTH = 10


def fen(expression: str, value: int, quantity: int | None = None, unit: str | None = "kg") -> int | None:
    row = {"expression": [expression], "value_fen": [value], "quantity_milli": [quantity], "unit": [unit]}
    kinds = {"value_fen": pl.Int64, "quantity_milli": pl.Int64, "unit": pl.String}
    return amounts(pl.DataFrame(row, schema_overrides=kinds))["duty_fen"][0]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("AV 6%", 300_000),
        ("SP 2.1 CNY/kg", 252_000),
        ("AV 6% + SP 2.1 CNY/kg", 552_000),
        ("MAX(AV 6%, SP 2.1 CNY/kg)", 300_000),
        ("MIN(AV 6%, SP 2.1 CNY/kg)", 252_000),
        ("FREE", 0),
        ("LADDER(kg; 40: AV 10%; 50: AV 5%; *: FREE)", 250_000),
    ],
)
def test_example_9_mixed_duty(expression: str, expected: int) -> None:
    assert fen(expression, 5_000_000, 1_200_000) == expected


def test_example_9_break_even_price() -> None:
    assert break_even(parse_duty("MAX(AV 6%, SP 2.1 CNY/kg)")) == Decimal("35.00")
    assert break_even(parse_duty("AV 6%")) is None


@pytest.mark.parametrize(
    "expression", ["SP 2.1 CNY/kg", "AV 6% + SP 2.1 CNY/kg", "MAX(AV 6%, SP 1 CNY/kg)", "LADDER(kg; 1: FREE; *: AV 1%)"]
)
def test_a_missing_quantity_or_another_unit_gives_no_amount(expression: str) -> None:
    assert fen(expression, 5_000_000, None) is None
    assert fen(expression, 5_000_000, 1_000, "l") is None


def test_a_currency_that_is_not_the_lines_gives_no_amount() -> None:
    assert fen("SP 2.1 JPY/kg", 5_000_000, 1_000) is None


def test_amounts_are_rounded_half_up_and_never_overflow() -> None:
    assert fen("AV 0.5%", 100) == 1
    assert fen("AV 0.49%", 100) == 0
    assert fen("AV 100%", 9 * 10**18) == 9 * 10**18


@pytest.mark.parametrize(
    "text",
    [
        "",
        "6%",
        "AV 6",
        "AV x%",
        "AV 6.001%",
        "MAX(AV 6%)",
        "LADDER(kg; 2: FREE; 1: FREE; *: FREE)",
        "LADDER(kg; 2: FREE)",
        "AV 6% x",
        "SP 2",
    ],
)
def test_what_the_grammar_does_not_know_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="duty_unreadable"):
        parse_duty(text)


units = st.sampled_from(["kg", "l", "m2"])
simple = st.builds(Ad, st.integers(0, 50_000)) | st.builds(Specific, st.integers(0, 10**7), st.sampled_from(["CNY", "JPY"]), units)
mixed = st.recursive(
    simple,
    lambda inner: st.one_of(
        st.builds(Choice, st.sampled_from(["MAX", "MIN"]), st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Sum, st.lists(inner.filter(lambda one: not isinstance(one, Sum)), min_size=2, max_size=3).map(tuple)),
        st.builds(lambda unit, low, one, other: Ladder(unit, ((low, one), (None, other))), units, st.integers(1, 10**7), inner, inner),
    ),
    max_leaves=5,
)


@given(mixed)
def test_parse_undoes_print(duty: object) -> None:
    assert parse_duty(print_duty(duty)) == duty  # type: ignore[arg-type]


@given(st.integers(0, 30_000), st.integers(0, 10**12))
def test_ad_valorem_is_the_exact_half_up(bp: int, value: int) -> None:
    assert fen(print_duty(Ad(bp)), value) == int((Decimal(value) * bp / 10_000).quantize(Decimal(1), rounding="ROUND_HALF_UP"))


@pytest.mark.parametrize(
    ("offset", "year", "expected"),
    [
        (2014, 2022, 470),
        (2014, 2023, 400),
        (2014, 2024, 330),
        (2014, 2025, 270),
        (2014, 2029, 0),
        (2021, 2022, 930),
        (2021, 2023, 870),
        (2021, 2024, 800),
        (2021, 2025, 730),
        (2021, 2026, 670),
    ],
)
def test_example_2_staging_reproduces_the_notice(offset: int, year: int, expected: int) -> None:
    n = year_index(date(year, 6, 1), index_offset=offset)
    assert staged_rate(1_000, "LINEAR 15", n) == expected


@pytest.mark.parametrize(("n", "pair"), [(10, (800, 700)), (11, (820, 730)), (20, (900, 850)), (21, (900, 860))])
def test_example_2_other_lengths_do_not_fit(n: int, pair: tuple[int, int]) -> None:
    assert tuple(staged_rate(1_000, f"LINEAR {n}", year) for year in (2, 3)) == pair
    assert pair != (870, 800)


def test_example_2_apta_is_half_of_mfn() -> None:
    assert staged_rate(0, "MOP 50", 1, mfn_bp=700) == 350
    assert staged_rate(0, "MOP 50", 1) is None


def test_japan_steps_in_april_and_a_late_party_starts_in_the_year_of_the_treaty() -> None:
    japan = {"index_offset": 2020, "annual_step": "04-01"}
    assert [year_index(day, **japan) for day in (date(2022, 1, 1), date(2022, 3, 31), date(2022, 4, 1), date(2023, 4, 1))] == [1, 1, 2, 3]
    assert [year_index(day, index_offset=2014) for day in (date(2015, 12, 20), date(2016, 1, 1))] == [1, 2]


@pytest.mark.parametrize("pattern", ["LINEAR x", "HALF", "STEPS a/b", "KEEP 3", "LINEAR 0", ""])
def test_an_unknown_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(Refused, match="pattern_unknown"):
        staged_rate(1_000, pattern, 1)


@given(st.integers(0, 20_000), st.integers(1, 25))
def test_linear_staging_never_rises_and_ends_free(base: int, years: int) -> None:
    found = [staged_rate(base, f"LINEAR {years}", n) for n in range(1, years + 3)]
    assert found == sorted(found, reverse=True)
    assert found[-1] == 0
    assert all(one is not None and one % TENTH == 0 for one in found)


def test_front_steps_and_keep() -> None:
    assert [staged_rate(500, "FRONT 3", n) for n in (1, 2, 3)] == [500, 500, 0]
    assert [staged_rate(500, "STEPS 4/2.5/0", n) for n in (1, 2, 3, 9)] == [400, 250, 0, 0]
    assert staged_rate(500, "KEEP", 9) == 500


def staging(**other: object) -> pl.DataFrame:
    row = {"country": "CN", "code": "01010101", "edition": 2022, "regime": "CKFTA", "group": "", "base_bp": 1_000, "pattern": "LINEAR 15"}
    row |= {"first_from": date(2015, 12, 20), "index_offset": 2014, "annual_step": "01-01", "source": "test", "verified": True}
    return pl.DataFrame([{**row, **other}], schema=STAGING_COLUMNS)


def test_derived_rows_touch_without_gaps_and_start_at_entry_into_force() -> None:
    found = expand_staging(staging(), rates(), until=date(2030, 12, 31))
    assert found["valid_from"][0] == date(2015, 12, 20)
    assert found["valid_to"][0] == date(2015, 12, 31)
    assert found["valid_to"][-1] == date(2030, 12, 31)
    gaps = (found["valid_from"].shift(-1) - found["valid_to"]).drop_nulls().dt.total_days()
    assert gaps.unique().to_list() == [1]


def test_a_published_rate_wins_and_a_contradiction_is_flagged() -> None:
    derived = expand_staging(staging(), rates(), until=date(2025, 12, 31))
    stated = rates(rate("CKFTA", "AV 3.3%"), rate("CKFTA", "AV 2.5%", valid_from=date(2025, 1, 1), valid_to=date(2025, 12, 31))).drop(
        "av_bp", "hs6"
    )
    both = reconciled(stated, derived).filter(pl.col("valid_from") >= START_2024)
    assert both["expression"].to_list() == ["AV 3.3%", "AV 2.5%"]
    assert both["differs"].to_list() == [False, True]


START_2024 = date(2024, 1, 1)


def test_the_shipped_staging_agrees_with_the_shipped_figures() -> None:
    assert not SHIPPED.rates["differs"].any()
    mackerel = SHIPPED.rates.filter((pl.col("code") == "03035990") & (pl.col("regime") == "CKFTA"))
    assert {2024: 330, 2025: 270, 2029: 0}.items() <= {
        row["valid_from"].year: row["av_bp"] for row in mackerel.iter_rows(named=True)
    }.items()


def states(tables: object, **values: object) -> dict[str, str]:
    row = {"query": 0, "country": "CN", "code": "01010101", "origin": "KR", "on": date(2024, 6, 1), **values}
    found = applicable(pl.DataFrame([row], schema_overrides={"query": pl.UInt32}), tables)  # type: ignore[arg-type]
    return dict(found.select("regime", "state").iter_rows())


def test_what_is_not_loaded_is_no_schedule_and_a_complete_schedule_excludes() -> None:
    tables = with_rates(rate("MFN", "AV 7%"))
    assert states(tables) == {"MFN": "ok", "APTA": "no_schedule", "CKFTA": "no_schedule", "RCEP": "no_schedule"}
    whole = {"country": "CN", "regime": "CKFTA", "group": "", "valid_from": START_2024, "valid_to": date(2024, 12, 31), "complete": True}
    tables = with_rates(rate("MFN", "AV 7%"), schedules=frame("schedules", whole))
    assert states(tables)["CKFTA"] == "excluded_line"
    assert states(tables, on=date(2025, 1, 1)) == {
        "MFN": "no_schedule",
        "APTA": "no_schedule",
        "CKFTA": "no_schedule",
        "RCEP": "no_schedule",
    }


def test_general_rate_for_an_origin_without_mfn_and_no_answer_where_it_is_unverified() -> None:
    origins = frame(
        "origins",
        *(
            {"origin": one, "mfn": mfn, "valid_from": START_2024, "valid_to": date(2030, 1, 1)}
            for one, mfn in (("XA", False), ("XB", None))
        ),
    )
    tables = with_rates(rate("MFN", "AV 7%"), rate("PROV", "AV 3%"), rate("GEN", "AV 30%"), origins=origins)
    assert states(tables, origin="XA") == {"GEN": "ok"}
    assert states(tables, origin="XB") == {"MFN": "treatment_unknown"}


def test_before_entry_into_force_there_is_no_rate() -> None:
    tables = with_rates(rate("MFN", "AV 7%", valid_from=date(2022, 1, 1)), rate("RCEP", "AV 1%", group="KR", valid_from=date(2022, 1, 1)))
    assert states(tables, on=date(2022, 1, 31))["RCEP"] == "not_in_force"
    assert states(tables, on=date(2022, 2, 1))["RCEP"] == "ok"


def test_a_suspension_overrules_the_rate_while_it_lasts() -> None:
    off = rate("ECFA", None, status="suspended", valid_from=date(2024, 6, 15))  # type: ignore[arg-type]
    tables = with_rates(rate("MFN", "AV 7%"), rate("ECFA", "FREE"), off)
    assert states(tables, origin="TW", on=date(2024, 6, 14))["ECFA"] == "ok"
    assert states(tables, origin="TW", on=date(2024, 6, 15))["ECFA"] == "suspended"


def test_the_twelve_lines_suspended_in_2024_are_shipped() -> None:
    off = SHIPPED.rates.filter(pl.col("status") == "suspended")
    assert off.height == 12
    assert off["valid_from"].unique().to_list() == [date(2024, 1, 1)]
    assert states(SHIPPED, origin="TW", code="29012200")["ECFA"] == "suspended"
    assert states(SHIPPED, origin="TW", code="29012200", on=date(2023, 12, 31))["ECFA"] == "no_schedule"


def test_a_short_code_over_different_lines_is_ambiguous_not_averaged() -> None:
    whole = {"country": "CN", "regime": "MFN", "group": "", "valid_from": START_2024, "valid_to": date(2024, 12, 31), "complete": True}
    rows = [rate("MFN", "AV 7%"), rate("MFN", "AV 5%", code="01010102")]
    assert states(with_rates(*rows, schedules=frame("schedules", whole)), code="010101")["MFN"] == "code_ambiguous"
    same = [rate("MFN", "AV 7%"), rate("MFN", "AV 7%", code="01010102")]
    assert states(with_rates(*same, schedules=frame("schedules", whole)), code="010101")["MFN"] == "ok"
    assert states(with_rates(*same), code="010101")["MFN"] == "code_ambiguous", "other lines may exist that are not loaded"


def test_the_longest_code_of_the_schedule_wins() -> None:
    tables = with_rates(rate("MFN", "AV 7%", code="010101"), rate("MFN", "AV 5%"))
    row = {"query": [0], "country": ["CN"], "code": ["0101010110"], "origin": ["US"], "on": [date(2024, 6, 1)]}
    found = applicable(pl.DataFrame(row, schema_overrides={"query": pl.UInt32}), tables)
    assert found.filter(pl.col("regime") == "MFN")["av_bp"].to_list() == [500]


def test_every_shipped_table_loads_and_a_bad_cell_is_named(tmp_path: object) -> None:
    assert load_tables(FOLDER).agreements.height == 24
    bad = tmp_path / "tariff_parameters.csv"  # type: ignore[operator]
    bad.write_text("country,key,value,valid_from,valid_to,source,verified\nCN,small_duty_fen,50x,2024-01-01,2024-12-31,s,true\n")
    with pytest.raises(Refused, match="row 2, column value"):
        read_table(bad, TABLE_COLUMNS["parameters"])
    bad.write_text("country,key\nCN,x\n")
    with pytest.raises(Refused, match="lacks columns"):
        read_table(bad, TABLE_COLUMNS["parameters"])
