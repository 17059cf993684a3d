"""The form that orders a run: its fields in words, and what was filled in as a wish."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from zimao.kernel.errors import Problem, ZimaoError
from zimao.kernel.measures.orders import MAX_ARRIVALS, MAX_CASES, MAX_OFFICERS, MAX_SEED
from zimao.kernel.measures.scenario import Scenario
from zimao.kernel.text import Text, t

__all__ = ["Field", "OrderForm", "filled", "order_form"]

_NOT_A_NUMBER = t("请填写数字", "Give a number")
_DESK = "officers."


@dataclass(frozen=True, slots=True)
class Field:
    """One number field."""

    name: str
    label: Text
    value: Any
    hint: Text | None
    low: str
    high: str
    step: str
    problem: Text | None

    @property
    def id(self) -> str:
        """The element's id: a dot in it would have to be escaped in selectors."""
        return "order-" + self.name.replace(".", "-")


@dataclass(frozen=True, slots=True)
class OrderForm:
    """The fields of the run, those of the desks, and what is wrong beside no field of its own."""

    fields: list[Field]
    desks: list[Field]
    other: Text | None


def filled(given: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    """The arguments of ``start_lab_run`` in a posted form, and the fields that hold no number."""
    problems: list[Problem] = []

    def read(name: str, kind: type[int] | type[float]) -> Any:
        text = given.get(name, "").strip()
        try:
            return kind(text)
        except ValueError:
            problems.append(Problem("lab.number", name, _NOT_A_NUMBER))
            return 1

    desks = [name for name in given if name.startswith(_DESK)]
    wish = {
        "cases": read("cases", int),
        "seed": read("seed", int),
        "arrivals": read("arrivals", float),
        "officers": {name.removeprefix(_DESK): read(name, int) for name in desks},
    }
    return wish, problems


def order_form(now: Scenario, given: Mapping[str, Any], error: ZimaoError | None = None) -> OrderForm:
    """The form as it is shown: with what was ``given``, else as the data of the service has it."""
    problems: Iterable[Problem] = error.problems if error else ()
    wrong = {one.field: one.sentence for one in problems}

    def field(name: str, label: Text, usual: Any, hint: Text | None, limits: tuple[str, str, str]) -> Field:
        return Field(name, label, given.get(name, usual), hint, *limits, wrong.pop(name, None))

    cases_hint = t("建议500件以上", "500 or more are advised")
    seed_hint = t("同一种子得到同一结果", "The same seed gives the same result")
    fields = [
        field(
            "cases",
            t("每种流程的办件数", "Cases of each procedure"),
            500,
            cases_hint,
            ("1", str(MAX_CASES), "1"),
        ),
        field("seed", t("随机种子", "Seed"), 1, seed_hint, ("0", str(MAX_SEED), "1")),
        field(
            "arrivals",
            t("每个工作日新收", "Arrivals a working day"),
            f"{now.arrivals:g}",
            t("泊松分布的均值", "Mean of a Poisson process"),
            ("0.1", f"{MAX_ARRIVALS:g}", "0.1"),
        ),
    ]
    labels = now.labels
    desks = [
        field(f"{_DESK}{role}", labels.get(role, Text(role, role)), count, None, ("1", str(MAX_OFFICERS), "1"))
        for role, count in now.officers.items()
    ]
    return OrderForm(fields, desks, next(iter(wrong.values()), None))
