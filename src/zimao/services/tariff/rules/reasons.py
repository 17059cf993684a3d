"""Why an option stands where it stands: one code and one sentence in both languages, built from the row's own figures."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter

import polars as pl

from zimao.kernel.text import Text, t

__all__ = ["NOTES", "REASONS", "sentences"]

REASONS: Mapping[str, Text] = {
    "best": t("{regime} {rate} 在可用税率中应缴关税最低", "{regime} {rate} gives the lowest duty payable of the rates available"),
    "no_proof_needed": t(
        "{regime} {rate}：无更低的优惠，且无需原产地证明", "{regime} {rate}: no preference is lower, and no proof of origin is needed"
    ),
    "higher_duty": t(
        "{regime} {rate} 可用，但应缴关税高于或等于推荐税率",
        "{regime} {rate} is available, but does not give less duty than the rate recommended",
    ),
    "not_lower_than_mfn": t(
        "{regime} {rate} 不低于最惠国税率 {mfn}，不宜申请", "{regime} {rate} is not lower than MFN {mfn}; do not claim it"
    ),
    "not_lower_than_provisional": t(
        "{regime} {rate} 不低于暂定税率 {prov}，适用暂定税率",
        "{regime} {rate} is not lower than the provisional rate {prov}, which applies",
    ),
    "replaced_by_provisional": t("暂定税率 {prov} 优先于最惠国税率 {rate}", "The provisional rate {prov} replaces MFN {rate}"),
    "needs_quota": t("配额内税率 {rate} 须有关税配额证明", "The in-quota rate {rate} needs a quota certificate"),
    "suspended": t("{regime} 的该税目优惠已中止", "The concession of {regime} on this line is suspended"),
    "excluded_line": t("{regime} 的关税承诺表不含该税目", "The schedule of {regime} does not cover this line"),
    "not_in_force": t("{regime} 在申报日未对该原产地生效", "{regime} was not in force for this origin on the day"),
    "treatment_unknown": t(
        "该原产地适用最惠国税率还是普通税率尚未核实", "Whether MFN or the general rate applies to this origin has not been verified"
    ),
    "not_partner": t("原产地不是 {regime} 的成员", "The origin is not a partner of {regime}"),
    "no_schedule": t(
        "{regime} 的关税承诺表未载入，税率未知（不是零）", "The schedule of {regime} is not loaded: the rate is unknown, not zero"
    ),
    "code_ambiguous": t(
        "该编码在 {regime} 下对应 {low} 至 {high} 的税率，请选定税目",
        "Under {regime} this code covers lines from {low} to {high}; choose the line",
    ),
    "mfn_unknown": t(
        "{regime} {rate}，但最惠国税率未载入，无法比较", "{regime} {rate}, but the MFN rate is not loaded, so they cannot be compared"
    ),
    "amount_needs_quantity": t("{regime} 税率已知，税额须有数量", "The rate of {regime} is known; the amount needs a quantity"),
    "not_direct": t("货物未直接运输，不能享受 {regime}", "The goods were not consigned directly; {regime} cannot be claimed"),
    "proof_unavailable": t("没有 {regime} 认可的原产地证明", "There is no proof of origin that {regime} accepts"),
    "code_invalid": t("商品编码应为 6、8 或 10 位数字", "The code must have 6, 8 or 10 digits"),
    "origin_unknown": t("原产地代码不是 ISO 3166-1 国家（地区）代码", "The origin is not an ISO 3166-1 code of a country or area"),
    "origin_is_importer": t(
        "原产地与进口国相同（退运货物另行处理）", "The origin is the importing country (returned goods are another procedure)"
    ),
    "value_invalid": t("完税价格应为非负金额", "The customs value must not be negative"),
    "quantity_invalid": t("数量不能为负", "A quantity must not be negative"),
    "date_missing": t("缺少申报接受日期", "The date of acceptance is missing"),
}
NOTES: Mapping[str, Text] = {
    "trade_mode": t("该监管方式现不缴税，内销时适用", "No duty is due now under this trade mode; the rate is for a later domestic sale"),
    "waived": t("关税低于起征点，免征", "The duty is below the least amount collected and is waived"),
    "derived": t("由降税模式推算，未与公布税率核对", "Derived from the staging pattern, not checked against a published rate"),
    "unverified": t("来源尚未核实", "The source has not been verified"),
    "converted": t("由其他版本的编码换算查得", "Found through the code of another edition"),
    "check_consignment": t(
        "启运地与原产地不同，须证明直接运输", "Dispatched from elsewhere than the origin: direct consignment must be shown"
    ),
    "extra_possible": t("该编码下部分税目有附加关税", "Some lines under this code bear an additional duty"),
    "others_not_loaded": t("另有协定的税率未载入", "Other agreements of this origin are not loaded"),
    "tax_unknown": t("该税目的增值税率未载入", "The VAT rate of this line is not loaded"),
}


def sentences(code: str, values: Mapping[str, pl.Expr]) -> list[pl.Expr]:
    """The columns ``reason_zh`` and ``reason_en`` for the reason in column ``code``, with the places filled from ``values``."""
    return [_sentence(code, values, "zh").alias("reason_zh"), _sentence(code, values, "en").alias("reason_en")]


def _sentence(code: str, values: Mapping[str, pl.Expr], language: str) -> pl.Expr:
    chosen: pl.Expr = pl.lit(None, pl.String)
    for name, text in REASONS.items():
        chosen = pl.when(pl.col(code) == name).then(_filled(text.into(language), values)).otherwise(chosen)
    return chosen


def _filled(template: str, values: Mapping[str, pl.Expr]) -> pl.Expr:
    parts: list[pl.Expr] = []
    for literal, place, _, _ in Formatter().parse(template):
        parts.append(pl.lit(literal))
        if place:
            parts.append(values[place].fill_null("?"))
    return pl.concat_str(parts)
