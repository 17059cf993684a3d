"""The ranking: worked examples of the rate side, rules R-a to R-e, and the properties that hold for every line."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from zimao.kernel.errors import Refused
from zimao.services.tariff.rules import Tables, rank
from zimao.services.tariff.rules.reasons import NOTES, REASONS
from zimao.services.tariff.tests.building import END, SHIPPED, START, frame, line, rate, rates, with_rates

MILLION = 100_000_000


def ranked(lines: pl.DataFrame, tables: Tables, *names: str) -> list[tuple[Any, ...]]:
    return list(rank(lines, tables).select(*names).iter_rows())


def one(lines: pl.DataFrame, tables: Tables, regime: str) -> dict[str, Any]:
    return rank(lines, tables).filter(pl.col("regime") == regime).row(0, named=True)


def mackerel(day: date, **other: object) -> pl.DataFrame:
    return pl.DataFrame([{"code": "03035990", "origin": "KR", "value_fen": MILLION, "on": day, **other}])


def test_example_1_mackerel_in_2023_apta_is_best() -> None:
    assert ranked(mackerel(date(2023, 6, 1)), SHIPPED, "regime", "rate_text", "status", "reason", "duty_fen") == [
        ("APTA", "3.5%", "recommended", "best", 3_500_000),
        ("CKFTA", "4%", "eligible", "higher_duty", 4_000_000),
        ("MFN", "7%", "eligible", "higher_duty", 7_000_000),
        ("RCEP", "8.7%", "rejected", "not_lower_than_mfn", 8_700_000),
    ]


def test_example_1_mackerel_in_2024_china_korea_is_best_and_rcep_is_refused() -> None:
    found = rank(mackerel(date(2024, 1, 15), claimed="APTA"), SHIPPED)
    assert found["regime"].to_list() == ["CKFTA", "APTA", "MFN", "RCEP"]
    best, apta, _, rcep = found.iter_rows(named=True)
    assert (best["duty_fen"], best["vat_fen"], best["total_fen"]) == (3_300_000, 9_297_000, 12_597_000)
    assert apta["total_fen"] == 12_815_000
    assert apta["total_fen"] - best["total_fen"] == 218_000
    assert best["saving_claimed_fen"] == 200_000
    assert apta["vat_fen"] - best["vat_fen"] == 18_000
    assert 12 * best["saving_claimed_fen"] == 2_400_000
    assert (rcep["rate_text"], rcep["reason"]) == ("8%", "not_lower_than_mfn")
    assert rcep["reason_en"] == "RCEP 8% is not lower than MFN 7%; do not claim it"
    assert (best["next_from"], best["next_bp"], best["valid_until"]) == (date(2025, 1, 1), 270, date(2024, 12, 31))
    assert best["documents"] == ["declaration_fields", "proof_of_origin"]


def test_example_3_a_schedule_of_another_edition_is_read_through_the_concordance() -> None:
    old = rate("RCEP", "AV 5%", code="030389", edition=2012, group="KR")
    tables = with_rates(rate("MFN", "AV 7%", code="03035990"), old)
    row = one(mackerel(date(2024, 6, 1)), tables, "RCEP")
    assert (row["status"], row["rate_text"]) == ("recommended", "5%")
    assert "converted" in row["notes"]


def test_example_3_a_split_code_is_a_choice_unless_every_successor_agrees() -> None:
    asked = pl.DataFrame({"code": ["030389"], "origin": ["KR"], "value_fen": [MILLION], "on": [date(2013, 6, 1)]})
    rows = [
        rate("RCEP", f"AV {bp}%", code=code, group="KR", valid_from=date(2012, 1, 1))
        for code, bp in (("030359", 5), ("030389", 6), ("030399", 5))
    ]
    in_force = {"country": "CN", "regime": "RCEP", "partner": "KR", "group": "KR", "valid_from": date(2012, 1, 1), "valid_to": END}
    tables = with_rates(*rows, partners=frame("partners", in_force))
    row = one(asked, tables, "RCEP")
    assert (row["reason"], row["low_bp"], row["high_bp"], row["duty_fen"]) == ("code_ambiguous", 500, 600, None)
    assert one(asked, with_rates(*rows[:1], partners=frame("partners", in_force)), "RCEP")["reason"] == "code_ambiguous"


@pytest.mark.parametrize(("party", "rate_text", "best"), [("JP", "6%", "RCEP"), ("KR", "7.3%", "MFN"), ("VN", "FREE", "RCEP")])
def test_example_6_the_rate_is_that_of_the_rcep_country_of_origin(party: str, rate_text: str, best: str) -> None:
    group = {"VN": ("ASEAN", "FREE"), "JP": ("JP", "AV 6%"), "KR": ("KR", "AV 7.3%"), "AU": ("AU", "AV 5%"), "NZ": ("NZ", "AV 5%")}
    tables = with_rates(rate("MFN", "AV 7%"), *(rate("RCEP", text, group=name) for name, text in group.values()))
    found = rank(line(origin="VN", rcep_origin=party), tables)
    assert found["regime"][0] == best
    shown = found.filter(pl.col("regime") == "RCEP")["rate_text"][0]
    assert shown == ("0%" if rate_text == "FREE" else rate_text)


def test_example_9_a_quota_that_covers_a_part() -> None:
    tables = with_rates(rate("MFN", "AV 65%"), rate("TRQ", "AV 1%"))
    asked = line(origin="US", value_fen=50_000_000, quantity_milli=500_000_000, unit="kg", quota_milli=300_000_000)
    row = one(asked, tables, "TRQ")
    assert (row["duty_fen"], row["status"], row["saving_mfn_fen"]) == (13_300_000, "recommended", 19_200_000)
    assert row["documents"] == ["quota_certificate"]
    assert one(asked.with_columns(pl.lit(0).alias("quota_milli")), tables, "TRQ")["reason"] == "needs_quota"
    whole = one(asked.with_columns(pl.lit(500_000_000).alias("quota_milli")), tables, "TRQ")
    assert whole["duty_fen"] == 500_000


def test_example_11_a_tie_goes_to_mfn() -> None:
    tables = with_rates(rate("MFN", "FREE"), rate("RCEP", "FREE", group="KR"))
    found = rank(line(), tables)
    assert found.select("regime", "reason").row(0) == ("MFN", "no_proof_needed")
    assert found.filter(pl.col("regime") == "RCEP")["reason"][0] == "not_lower_than_mfn"


@pytest.mark.parametrize(
    ("provisional", "agreement", "best", "reasons"),
    [
        ("AV 5%", "AV 3%", "CKFTA", {"MFN": "replaced_by_provisional", "PROV": "higher_duty"}),
        ("AV 3%", "AV 5%", "PROV", {"MFN": "replaced_by_provisional", "CKFTA": "not_lower_than_provisional"}),
        ("AV 3%", "AV 3%", "PROV", {"CKFTA": "not_lower_than_provisional"}),
        ("AV 3%", "AV 8%", "PROV", {"CKFTA": "not_lower_than_mfn"}),
    ],
)
def test_rules_a_to_c_provisional_and_agreement(provisional: str, agreement: str, best: str, reasons: dict[str, str]) -> None:
    tables = with_rates(rate("MFN", "AV 7%"), rate("PROV", provisional), rate("CKFTA", agreement))
    found = rank(line(), tables)
    assert found["regime"][0] == best
    assert reasons.items() <= dict(found.select("regime", "reason").iter_rows()).items()


def case(kind: str = "AD", **other: object) -> dict[str, object]:
    row = {"country": "CN", "case": "case 1", "code": "01010101", "kind": kind, "partner": "KR", "exporter": "", "expression": "AV 10%"}
    return {**row, "valid_from": START, "valid_to": END, **other}


@pytest.mark.parametrize(
    ("cases", "exporter", "extra"),
    [
        ([case()], "", 10_000_000),
        ([case(), case(exporter="A", expression="AV 4%")], "A", 4_000_000),
        ([case(), case(exporter="A", expression="AV 4%")], "B", 10_000_000),
        ([case(), case(case="case 2", kind="CVD", expression="AV 2%")], "", 12_000_000),
        ([case(), case("EXCL", expression="FREE", valid_from=date(2024, 5, 1))], "", 0),
        ([case(), case("EXCL", expression="FREE", valid_from=date(2024, 7, 1))], "", 10_000_000),
        ([case(partner="JP")], "", 0),
    ],
)
def test_rule_d_additional_duties_are_added_whatever_the_preference(cases: list[dict[str, object]], exporter: str, extra: int) -> None:
    tables = with_rates(rate("MFN", "AV 7%"), rate("CKFTA", "AV 2%"), extras=frame("extras", *cases))
    found = rank(line(exporter=exporter), tables).filter(pl.col("regime").is_in(["MFN", "CKFTA"]))
    assert found["extra_fen"].to_list() == [extra, extra]
    assert found["payable_fen"].to_list() == [2_000_000 + extra, 7_000_000 + extra]
    assert found["vat_fen"][0] == (MILLION + 2_000_000 + extra) * 9 // 100


@pytest.mark.parametrize(("value", "payable"), [(71_420, 0), (71_428, 5_000), (71_443, 5_001)])
def test_rule_e_duty_below_50_is_waived_and_50_is_collected(value: int, payable: int) -> None:
    row = one(line(origin="US", value_fen=value), with_rates(rate("MFN", "AV 7%")), "MFN")
    assert row["payable_fen"] == payable
    assert ("waived" in row["notes"]) == (payable == 0)


def test_rule_e_is_for_a_whole_declaration_and_then_no_proof_is_needed() -> None:
    tables = with_rates(rate("MFN", "AV 7%"), rate("CKFTA", "AV 2%"))
    assert rank(line(value_fen=50_000), tables).select("regime", "payable_fen").row(0) == ("MFN", 0)
    part = rank(line(value_fen=50_000, whole_declaration=False), tables)
    assert part.select("regime", "payable_fen").row(0) == ("CKFTA", 1_000)


def test_consumption_tax_is_inside_the_base_of_vat() -> None:
    taxed = {
        "country": "CN",
        "code": "01010101",
        "unit": "kg",
        "vat_bp": 1_300,
        "consumption_bp": 1_000,
        "valid_from": START,
        "valid_to": END,
    }
    row = one(line(origin="US"), with_rates(rate("MFN", "AV 8%"), lines=frame("lines", taxed)), "MFN")
    assert (row["payable_fen"], row["consumption_fen"], row["vat_fen"]) == (8_000_000, 12_000_000, 15_600_000)


def test_an_unknown_schedule_is_never_zero_percent() -> None:
    found = rank(line(), with_rates(rate("MFN", "AV 7%")))
    unknown = found.filter(pl.col("status") == "unknown")
    assert sorted(unknown["regime"]) == ["APTA", "CKFTA", "RCEP"]
    assert unknown["duty_fen"].null_count() == unknown["rate_text"].null_count() == 3
    assert "others_not_loaded" in found["notes"][0]
    nothing = rank(line(country="JP", origin="CN"), with_rates(rate("MFN", "AV 7%")))
    assert nothing.select("regime", "reason", "payable_fen").rows() == [("MFN", "no_schedule", None)]


def test_a_preference_is_not_recommended_when_mfn_is_not_loaded() -> None:
    found = rank(line(), with_rates(rate("RCEP", "FREE", group="KR")))
    assert found.filter(pl.col("regime") == "RCEP").select("status", "reason").row(0) == ("unknown", "mfn_unknown")
    assert "recommended" not in found["status"].to_list()


@pytest.mark.parametrize(
    ("extra", "regime", "reason"),
    [
        ({"claimed": "CAFTA"}, "CAFTA", "not_partner"),
        ({"direct": False}, "CKFTA", "not_direct"),
        ({"proofs": ["DO"]}, "CKFTA", "proof_unavailable"),
        ({"proofs": ["CO"]}, "CKFTA", "best"),
    ],
)
def test_other_refusals(extra: dict[str, Any], regime: str, reason: str) -> None:
    row = one(line(**extra), with_rates(rate("MFN", "AV 7%"), rate("CKFTA", "AV 2%")), regime)
    assert row["reason"] == reason


def test_processing_trade_owes_nothing_now() -> None:
    found = rank(line(trade_mode="0615"), with_rates(rate("MFN", "AV 7%"), rate("CKFTA", "AV 2%")))
    assert found.filter(pl.col("status") == "potential")["regime"].to_list() == ["CKFTA", "MFN"]
    assert "recommended" not in found["status"].to_list()
    assert "trade_mode" in found["notes"][0]


def test_transit_and_back_to_back_need_more_documents_and_weigh_more() -> None:
    tables = with_rates(rate("MFN", "AV 7%"), rate("CKFTA", "AV 2%"))
    row = one(line(departure="HK", back_to_back=True), tables, "CKFTA")
    assert row["documents"] == ["back_to_back_proof", "declaration_fields", "proof_of_origin", "transit_evidence"]
    assert row["burden"] == 4
    assert "check_consignment" in row["notes"]


def test_equal_rates_are_ordered_by_burden_then_next_year_then_name() -> None:
    tables = with_rates(rate("MFN", "AV 7%"), rate("CKFTA", "AV 2%"), rate("APTA", "AV 2%"), rate("RCEP", "AV 2%", group="KR"))
    assert rank(line(), tables)["regime"].to_list() == ["RCEP", "APTA", "CKFTA", "MFN"]
    later = rate("CKFTA", "AV 1%", valid_from=date(2025, 1, 1), valid_to=date(2025, 12, 31))
    same = rate("APTA", "AV 2%", valid_from=date(2025, 1, 1), valid_to=date(2025, 12, 31))
    tables = with_rates(rate("MFN", "AV 7%"), rate("CKFTA", "AV 2%"), later, rate("APTA", "AV 2%"), same)
    assert rank(line(), tables)["regime"].to_list()[:2] == ["CKFTA", "APTA"]


def test_a_specific_duty_without_a_quantity_is_known_but_not_ranked() -> None:
    tables = with_rates(rate("MFN", "SP 2.1 CNY/kg"), rate("CKFTA", "AV 2%"))
    assert dict(rank(line(), tables).select("regime", "reason").iter_rows())["MFN"] == "amount_needs_quantity"
    assert "recommended" not in rank(line(), tables)["status"].to_list()
    full = rank(line(quantity_milli=1_000_000_000, unit="kg"), tables)
    assert full.select("regime", "duty_fen").row(0) == ("CKFTA", 2_000_000)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"code": "0101010"}, "code_invalid"),
        ({"code": "ABCDEF"}, "code_invalid"),
        ({"origin": "EU"}, "origin_unknown"),
        ({"origin": "ZZ"}, "origin_unknown"),
        ({"origin": "CN"}, "origin_is_importer"),
        ({"value_fen": -1}, "value_invalid"),
        ({"quantity_milli": -1}, "quantity_invalid"),
        ({"on": None}, "date_missing"),
    ],
)
def test_a_line_that_cannot_be_read_is_rejected_alone(bad: dict[str, Any], reason: str) -> None:
    lines = pl.concat([line(), line(**bad)], how="diagonal_relaxed")
    found = rank(lines, with_rates(rate("MFN", "AV 7%")))
    assert found.filter(pl.col("line") == 1).select("rank", "status", "reason").rows() == [(1, "rejected", reason)]
    assert found.filter(pl.col("line") == 0)["regime"][0] == "MFN"


def test_a_13_digit_inspection_code_is_cut_and_a_missing_column_refused() -> None:
    assert one(line(code="0101010100999"), with_rates(rate("MFN", "AV 7%")), "MFN")["duty_fen"] == 7_000_000
    with pytest.raises(Refused, match="lines_columns"):
        rank(line().drop("on"), SHIPPED)
    with pytest.raises(Refused, match="origin"):
        rank(line().drop("origin"), SHIPPED)


def test_every_reason_and_note_has_both_languages_and_reasons_leave_no_hole() -> None:
    found = rank(pl.concat([mackerel(date(2024, 1, 15)), mackerel(date(2020, 1, 15)), mackerel(date(2030, 1, 1))]), SHIPPED)
    assert found["reason_zh"].null_count() == found["reason_en"].null_count() == 0
    assert not found["reason_en"].str.contains(r"[{}?]").any()
    assert {one for notes in found["notes"] for one in notes} <= set(NOTES)
    assert set(found["reason"]) <= set(REASONS)


def test_no_lines_give_no_rows() -> None:
    assert rank(line().clear(), SHIPPED).is_empty()


regimes = st.fixed_dictionaries(
    {
        "MFN": st.none() | st.integers(0, 30),
        "PROV": st.none() | st.integers(0, 30),
        "CKFTA": st.none() | st.integers(0, 30),
        "RCEP": st.none() | st.integers(0, 30),
        "APTA": st.none() | st.just("MIN(AV 9%, SP 2 CNY/kg)") | st.integers(0, 30),
    }
)
one_line = st.fixed_dictionaries(
    {
        "code": st.sampled_from(["01010101", "01010102", "010101", "0101010100", "9"]),
        "origin": st.sampled_from(["KR", "JP", "VN", "US", "CN", "EU"]),
        "value_fen": st.integers(0, 10**11),
        "on": st.sampled_from([date(2024, 1, 1), date(2024, 6, 1), date(2025, 1, 1)]),
        "quantity_milli": st.none() | st.integers(0, 10**9),
        "claimed": st.sampled_from([None, "MFN", "APTA", "CAFTA"]),
        "direct": st.booleans(),
        "whole_declaration": st.booleans(),
    }
)


def made(percent: dict[str, Any]) -> Tables:
    rows = []
    for regime, value in percent.items():
        if value is not None:
            text = value if isinstance(value, str) else f"AV {value}%" if value else "FREE"
            rows.append(rate(regime, text, group="KR" if regime == "RCEP" else ""))
    return with_rates(*rows) if rows else with_rates(rate("GEN", "AV 30%"))


def with_kinds(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema_overrides={"quantity_milli": pl.Int64, "claimed": pl.String}).with_columns(pl.lit("kg").alias("unit"))


@settings(max_examples=40, deadline=None)
@given(regimes, st.lists(one_line, min_size=1, max_size=5))
def test_a_batch_gives_each_line_what_the_line_alone_gives(percent: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    tables, lines = made(percent), with_kinds(rows)
    batch = rank(lines, tables)
    singles = [rank(lines[at], tables).with_columns(pl.lit(at, pl.UInt32).alias("line")) for at in range(lines.height)]
    assert_frame_equal(batch, pl.concat(singles))


@settings(max_examples=40, deadline=None)
@given(regimes, st.lists(one_line, min_size=1, max_size=5))
def test_the_ranking_is_total_and_never_recommends_a_preference_that_is_not_lower(
    percent: dict[str, Any], rows: list[dict[str, Any]]
) -> None:
    found = rank(with_kinds(rows), made(percent))
    for _, options in found.group_by("line"):
        assert options["rank"].to_list() == list(range(1, options.height + 1))
        assert options["regime"].n_unique() == options.height
        best = options.filter(pl.col("status") == "recommended")
        assert best.height <= 1
        usable = options.filter(pl.col("status").is_in(["recommended", "eligible"]))
        assert usable["payable_fen"].to_list() == sorted(usable["payable_fen"])
        mfn = options.filter(pl.col("regime") == "MFN")
        for row in best.filter(~pl.col("regime").is_in(["MFN", "PROV", "GEN", "TRQ"])).iter_rows(named=True):
            assert row["payable_fen"] <= mfn["payable_fen"][0]
            assert row["av_bp"] is None or mfn["av_bp"][0] is None or row["av_bp"] < mfn["av_bp"][0]


@settings(max_examples=25, deadline=None)
@given(regimes, st.lists(one_line, min_size=2, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_the_rates_does_not_matter(percent: dict[str, Any], rows: list[dict[str, Any]], random: Any) -> None:
    tables, lines = made(percent), with_kinds(rows)
    shuffled = list(tables.rates.drop("av_bp", "hs6").iter_rows(named=True))
    random.shuffle(shuffled)
    again = with_rates()
    again = type(again)(**{**again.__dict__, "rates": rates(*shuffled)})
    assert_frame_equal(rank(lines, tables), rank(lines, again))
