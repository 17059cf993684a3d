"""Missed savings in bulk: the worked example, and that the dense answer is the answer of the single rule."""

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from zimao.kernel.errors import Refused
from zimao.services.tariff.rules import MissedTables, missed_savings, prepare_missed, rank, sums
from zimao.services.tariff.rules.missed import encoded
from zimao.services.tariff.tests.building import END, SHIPPED, START, frame, rate, with_rates

YEAR = {"since": START, "until": END}
CODES = ("01010101", "01010102", "01010103", "01010104", "01010105")


def _lines() -> pl.DataFrame:
    base = {"country": "CN", "unit": "kg", "vat_bp": 900, "consumption_bp": 0, "valid_from": START, "valid_to": END}
    taxed = {"01010104": {"consumption_bp": 500}}
    return frame("lines", *({**base, "code": code, **taxed.get(code, {})} for code in CODES))


def _tables() -> MissedTables:
    dumping = {"country": "CN", "case": "case 1", "code": "01010105", "kind": "AD", "partner": "KR", "exporter": "", "expression": "AV 10%"}
    half = {"valid_from": START, "valid_to": date(2024, 6, 30)}
    rest = {"valid_from": date(2024, 7, 1), "valid_to": END}
    tables = with_rates(
        *(rate("MFN", "AV 7%", code=code) for code in CODES if code != "01010103"),
        rate("MFN", "SP 2.1 CNY/kg", code="01010103"),
        rate("CKFTA", "AV 3.3%", **half),
        rate("CKFTA", "AV 2.7%", **rest),
        rate("APTA", "AV 3.5%"),
        *(rate("RCEP", "FREE", code=code, group="ASEAN") for code in CODES[1:]),
        *(rate("RCEP", "AV 8%", code=code, group="KR") for code in CODES),
        rate("CKFTA", "AV 1%", code="01010103"),
        rate("CKFTA", "AV 1%", code="01010104"),
        rate("CKFTA", "AV 1%", code="01010105"),
        lines=_lines(),
        extras=frame("extras", {**dumping, "valid_from": START, "valid_to": END}),
    )
    return prepare_missed(tables, **YEAR)


TABLES = _tables()


def declared(*rows: dict[str, Any]) -> pl.DataFrame:
    base = {"code": "01010101", "origin": "KR", "on": date(2024, 3, 1), "value_fen": 100_000_000, "claimed": "MFN", "unit": "kg"}
    kinds = {"value_fen": pl.Int64, "quantity_milli": pl.Int64, "claimed": pl.String}
    return pl.DataFrame([{**base, "quantity_milli": 1_000_000, **row} for row in rows], schema_overrides=kinds)


def test_example_8_three_lines_add_up_and_vat_stands_apart() -> None:
    rows = [rate("MFN", "AV 7%"), rate("CKFTA", "AV 3.3%"), rate("MFN", "AV 7%", code="01010102"), rate("APTA", "AV 3.5%", code="01010102")]
    rows += [rate("MFN", "AV 6.5%", code="01010103"), rate("CKFTA", "FREE", code="01010103")]
    tables = prepare_missed(with_rates(*rows, lines=_lines()), **YEAR)
    lines = declared({}, {"code": "01010102", "value_fen": 25_000_000}, {"code": "01010103", "value_fen": 8_000_000})
    found = missed_savings(lines, tables)
    assert found["saving_fen"].to_list() == [3_700_000, 875_000, 520_000]
    assert found["class"].to_list() == ["unclaimed"] * 3
    whole = sums(found.with_columns(pl.lit("all").alias("which")), lines, ["which"])
    assert whole.select("lines", "saving_fen", "vat_effect_fen").row(0) == (3, 5_095_000, 458_550)


def test_the_mackerel_importer_of_the_notice_missed_2000_yuan_a_shipment() -> None:
    tables = prepare_missed(SHIPPED, since=date(2023, 1, 1), until=date(2024, 12, 31))
    months = [date(2023, 6, 1), *(date(2024, month, 15) for month in range(1, 13))]
    lines = pl.concat([declared({"code": "03035990", "claimed": "APTA", "on": day}) for day in months])
    found = missed_savings(lines, tables)
    assert found["class"].to_list() == ["future", *["suboptimal"] * 12]
    assert found["best"].to_list() == ["APTA", *["CKFTA"] * 12]
    assert found["saving_fen"].sum() == 2_400_000


@pytest.mark.parametrize(
    ("row", "kind", "best", "saving"),
    [
        ({}, "unclaimed", "CKFTA", 3_700_000),
        ({"on": date(2024, 6, 30)}, "unclaimed", "CKFTA", 3_700_000),
        ({"on": date(2024, 7, 1)}, "unclaimed", "CKFTA", 4_300_000),
        ({"claimed": "APTA"}, "suboptimal", "CKFTA", 200_000),
        ({"claimed": "RCEP"}, "suboptimal", "CKFTA", 4_700_000),
        ({"claimed": "CKFTA"}, "future", "CKFTA", 0),
        ({"claimed": "CKFTA", "on": date(2024, 8, 1)}, "none", "CKFTA", 0),
        ({"origin": "US"}, "none", "MFN", 0),
        ({"claimed": "CAFTA"}, "claim_unknown", "CKFTA", 0),
        ({"claimed": None}, "claim_unknown", "CKFTA", 0),
        ({"code": "99999999"}, "no_schedule", None, 0),
        ({"code": "0101"}, "no_schedule", None, 0),
        ({"code": "x"}, "no_schedule", None, 0),
        ({"origin": "ZZ"}, "no_schedule", None, 0),
        ({"origin": "CN"}, "no_schedule", None, 0),
        ({"on": date(2023, 12, 31)}, "no_schedule", None, 0),
        ({"on": date(2025, 1, 1)}, "no_schedule", None, 0),
        ({"trade_mode": "0615"}, "no_duty", "CKFTA", 0),
        ({"code": "01010103"}, "none", "MFN", 0),
        ({"code": "01010103", "quantity_milli": 10**10}, "unclaimed", "CKFTA", 2_100_000_000 - 1_000_000),
        ({"code": "01010103", "quantity_milli": None}, "amount_unknown", None, 0),
        ({"code": "01010104"}, "unclaimed", "CKFTA", 6_000_000),
        ({"code": "01010105"}, "unclaimed", "CKFTA", 6_000_000),
        ({"value_fen": 60_000}, "none", "CKFTA", 0),
    ],
)
def test_every_kind_of_line(row: dict[str, Any], kind: str, best: str | None, saving: int) -> None:
    found = missed_savings(declared(row), TABLES, everything=True).row(0, named=True)
    assert (found["class"], found["saving_fen"]) == (kind, saving)
    if kind not in ("none", "no_duty"):
        assert found["best"] == best


def test_findings_only_leave_out_what_was_claimed_well() -> None:
    lines = declared({"origin": "US"}, {}, {"code": "x"}, {"claimed": "APTA"})
    assert missed_savings(lines, TABLES)["line"].to_list() == [1, 3]
    assert missed_savings(lines.clear(), TABLES).is_empty()


def test_compact_columns_give_the_same_answer_without_conversion() -> None:
    lines = declared({}, {"claimed": "APTA"}, {"origin": "VN", "code": "01010102"}, {"code": "01010103"})
    compact = encoded(lines, TABLES)
    assert compact.schema["code"] == pl.UInt32
    assert compact.schema["origin"] == TABLES.origins
    assert_frame_equal(missed_savings(lines, TABLES, everything=True), missed_savings(compact, TABLES, everything=True))


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(Refused, match="value_too_large"):
        missed_savings(declared({"value_fen": 10**14 + 1}), TABLES)
    with pytest.raises(Refused, match="lines_columns"):
        missed_savings(declared({}).drop("claimed"), TABLES)


def test_blocks_and_threads_do_not_change_the_result() -> None:
    rows = [{"value_fen": 1_000_000 + at, "claimed": ("MFN", "APTA", "RCEP")[at % 3], "code": CODES[at % 2]} for at in range(50)]
    lines = pl.concat([declared(*rows)] * 3_000)
    one, two = (missed_savings(lines, TABLES, threads=threads) for threads in (1, 2))
    assert_frame_equal(one, two)
    assert one.height == 99_000
    cut = pl.concat(
        [
            missed_savings(lines[start : start + 60_000], TABLES).with_columns(pl.col("line") + start)
            for start in range(0, lines.height, 60_000)
        ]
    )
    assert_frame_equal(one, cut.cast({"line": pl.UInt32}))


def test_sums_by_enterprise_and_month_are_those_of_the_lines() -> None:
    lines = declared({}, {"claimed": "APTA"}, {}).with_columns(pl.Series("enterprise", ["A", "B", "A"]))
    found = sums(missed_savings(lines, TABLES), lines, ["enterprise", "best"])
    assert found.select("enterprise", "best", "lines", "saving_fen").rows() == [("A", "CKFTA", 2, 7_400_000), ("B", "CKFTA", 1, 200_000)]


any_line = st.fixed_dictionaries(
    {
        "code": st.sampled_from(CODES),
        "origin": st.sampled_from(["KR", "VN", "JP", "US"]),
        "on": st.dates(START, END),
        "value_fen": st.integers(0, 10**11),
        "claimed": st.sampled_from(["MFN", "APTA", "CKFTA", "RCEP"]),
        "quantity_milli": st.none() | st.integers(0, 10**10),
    }
)


@settings(max_examples=25, deadline=None)
@given(st.lists(any_line, min_size=1, max_size=8))
def test_the_dense_answer_is_the_answer_of_rank(rows: list[dict[str, Any]]) -> None:
    lines = declared(*rows)
    found = missed_savings(lines, TABLES, everything=True)
    ranked = rank(lines, TABLES.tables)
    assert found["line"].to_list() == list(range(lines.height))
    for at, answer in enumerate(found.iter_rows(named=True)):
        options = ranked.filter(pl.col("line") == at)
        best = options.filter(pl.col("status") == "recommended")
        claimed = options.filter(pl.col("regime") == rows[at]["claimed"])
        known = best.height == 1 and claimed.height == 1 and claimed["payable_fen"][0] is not None
        saving = max(0, claimed["payable_fen"][0] - best["payable_fen"][0]) if known else 0
        assert answer["saving_fen"] == saving
        if saving:
            assert answer["best"] == best["regime"][0]
            assert answer["vat_effect_fen"] == claimed["vat_fen"][0] - best["vat_fen"][0]


def test_a_new_release_of_the_tables_does_not_reach_prepared_ones() -> None:
    later = replace(TABLES.tables, rates=TABLES.tables.rates.clear())
    assert later.rates.is_empty()
    assert missed_savings(declared({}), TABLES)["saving_fen"].to_list() == [3_700_000]
