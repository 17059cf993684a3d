"""Refuses a bill of materials that cannot be judged: every fault is named with its field and row. Nothing is repaired silently."""

from __future__ import annotations

import re

from zimao.kernel.errors import Problem, Refused
from zimao.kernel.text import Text, t
from zimao.services.tariff.rules.origin.models import Bom, Material, Product

__all__ = ["check_bom"]

_CODE = re.compile(r"\d{2}(?:\d{2}){0,5}\Z|\d{13}\Z")
_PARTY = re.compile(r"[A-Z]{2}\Z")
_SAID = {
    "amount_negative": t("金额、重量不得为负。", "No amount is negative."),
    "code_malformed": t("编码只能是数字。", "A code is digits."),
    "country_unknown": t("国家代码须为两位大写字母。", "A country is two capital letters."),
    "deductions_exceed_value": t("扣减合计大于材料价值。", "The deductions exceed the value."),
    "id_repeated": t("材料编号为空或者重复。", "The material's id is empty or repeated."),
    "part_unknown": t("没有这个自产件。", "There is no such part made in-house."),
    "quantity_not_positive": t("数量至少为一。", "The quantity is at least one."),
    "stock_units": t("原产库存不得大于总库存，总库存须大于零。", "The originating stock is at most the stock, which is above zero."),
}


def check_bom(bom: Bom) -> None:
    """Refuses (``Refused`` with one problem a fault):

    amounts, codes, countries, ids, unknown or circular parts, costs that do not add up.
    """
    problems = _good(bom.product)
    for product in (bom.product, *bom.parts.values()):
        problems += _product(product, bom)
    cycle = _cycle(bom.product, bom, ())
    if cycle:
        sentence = t("物料清单循环：{path}。", "The bill of materials goes in a circle: {path}.").fill(path=" > ".join(cycle))
        problems.append(Problem("bom_cycle", "parts", sentence))
    if problems:
        raise Refused.of(problems)


def _good(product: Product) -> list[Problem]:
    digits = product.hs.replace(".", "")
    if not _CODE.match(digits) or len(digits) < 6:
        return [Problem("code_malformed", "product.hs", t("货物编码至少六位数字。", "The good needs a code of at least six digits."))]
    if product.fob <= 0:
        return [Problem("fob_not_positive", "product.fob", t("离岸价必须大于零。", "The FOB value must be above zero."))]
    return []


def _product(product: Product, bom: Bom) -> list[Problem]:
    problems: list[Problem] = []
    if not _PARTY.match(product.party):
        problems.append(Problem("country_unknown", f"{product.id}.party", _SAID["country_unknown"]))
    seen: set[str] = set()
    for row, material in enumerate(product.materials, start=1):
        problems += [
            Problem(code, f"{product.id}.materials.{field}", text, row=row) for code, field, text in _material(material, bom, seen)
        ]
        seen.add(material.id)
    return problems + ([] if problems else _sum(product))


def _material(material: Material, bom: Bom, seen: set[str]) -> list[tuple[str, str, Text]]:
    wrong: list[tuple[str, str]] = []
    if not material.id or material.id in seen:
        wrong.append(("id_repeated", "id"))
    if material.hs and not _CODE.match(material.hs.replace(".", "")):
        wrong.append(("code_malformed", "hs"))
    if material.party and not _PARTY.match(material.party):
        wrong.append(("country_unknown", "party"))
    if material.part and material.part not in bom.parts:
        wrong.append(("part_unknown", "part"))
    return [(code, field, _SAID[code]) for code, field in (*wrong, *_amounts(material))]


def _amounts(material: Material) -> list[tuple[str, str]]:
    wrong: list[tuple[str, str]] = []
    value, stock = material.value or 0, material.fungible
    if value < 0 or (material.weight or 0) < 0 or any(one.amount < 0 for one in material.deductions):
        wrong.append(("amount_negative", "value"))
    if material.quantity < 1:
        wrong.append(("quantity_not_positive", "quantity"))
    if stock is not None and not 0 <= stock.originating_units <= stock.total_units > 0:
        wrong.append(("stock_units", "fungible"))
    if material.value is not None and material.deductions and sum(one.amount for one in material.deductions) > value:
        wrong.append(("deductions_exceed_value", "deductions"))
    return wrong


def _sum(product: Product) -> list[Problem]:
    """With complete costs both value formulas must agree: a gap above 0.01 percentage points is an entry error."""
    values = [material.value for material in product.materials]
    if product.costs is None or None in values or product.fob <= 0:
        return []
    gap = product.fob - sum(value or 0 for value in values) - product.costs.total
    if abs(gap) * 10_000 <= product.fob:
        return []
    sentence = t("材料与成本合计与离岸价相差 {gap}。", "Materials and costs differ from the FOB value by {gap}.").fill(gap=gap)
    return [Problem("costs_do_not_sum", f"{product.id}.costs", sentence)]


def _cycle(product: Product, bom: Bom, path: tuple[str, ...]) -> tuple[str, ...]:
    if product.id in path:
        return (*path, product.id)
    for material in product.materials:
        part = bom.parts.get(material.part)
        found = _cycle(part, bom, (*path, product.id)) if part is not None else ()
        if found:
            return found
    return ()
