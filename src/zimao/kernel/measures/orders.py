"""From what somebody asked of the lab to an order that can be run: limits checked, in the words of the form."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from zimao.kernel.errors import Problem, Refused
from zimao.kernel.measures.lab import Order
from zimao.kernel.measures.scenario import LabOptions, LabSpec, load
from zimao.kernel.text import Text, t

__all__ = ["MAX_ARRIVALS", "MAX_CASES", "MAX_OFFICERS", "Wish", "order_of"]

MAX_CASES = 10_000
MAX_SEED = 2**31 - 1
MAX_ARRIVALS = 20.0
MAX_OFFICERS = 50
OVERLOAD = 1.5
"""Beyond this share of a desk's working hours the queue grows so fast that the run says nothing and takes for ever."""

_CASES = t("办件数须为1至{most}", "Cases must be 1 to {most}").fill(most=f"{MAX_CASES:,}")
_SEED = t("随机种子须为0至{most}", "The seed must be 0 to {most}").fill(most=MAX_SEED)
_ARRIVALS = t("每日新收须大于0且不超过{most}件", "Arrivals must be above 0 and at most {most} a day").fill(most=f"{MAX_ARRIVALS:g}")
_OFFICERS = t("“{desk}”的人数须为1至{most}", "“{desk}” must have 1 to {most} officers")
_NO_DESK = t("没有岗位“{desk}”", "There is no desk “{desk}”")
_LOADED = t(
    "按此设置，“{desk}”的工作量达到人力的{share}%，队列会不断增长；请增加人数或减少新收",
    "As set, the work of “{desk}” is {share} % of what its officers can do and the queue grows without end; "
    "add officers or lower the arrivals",
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of the lab. None and absent roles: as the service's file says."""

    cases: int = 500
    seed: int = 1
    arrivals: float | None = None
    officers: Mapping[str, int] = field(default_factory=dict)

    def options_text(self) -> str:
        """The changes as JSON with sorted keys; ``{}`` when there are none."""
        changed: dict[str, Any] = {}
        if self.arrivals is not None:
            changed["arrivals"] = self.arrivals
        if self.officers:
            changed["officers"] = dict(self.officers)
        return json.dumps(changed, sort_keys=True)


def order_of(spec: LabSpec, wish: Wish, *, zone: str, on: date, processes: int = 1) -> Order:
    """The order for ``wish``. Refused, naming every field that is out of its limits, and a desk that would drown."""
    problems = list(_numbers(wish))
    if problems:
        raise Refused.of(problems)
    plain = spec.build(LabOptions(on, zone))[1]
    problems = list(_officers(wish, plain.labels, plain.officers))
    if problems:
        raise Refused.of(problems)
    given = {role: count for role, count in wish.officers.items() if count != plain.officers[role]}
    arrivals = None if wish.arrivals == plain.arrivals else wish.arrivals
    options = LabOptions(on, zone, arrivals, given)
    for scenario in spec.build(options):
        for role, share in load(scenario).items():
            if share > OVERLOAD:
                sentence = _LOADED.fill(desk=scenario.labels.get(role, Text(role, role)), share=round(share * 100))
                raise Refused("lab.overload", sentence, f"officers.{role}" if scenario.key == "new" else "arrivals")
    return Order(wish.cases, wish.seed, options, processes)


def _numbers(wish: Wish) -> Iterator[Problem]:
    if not 1 <= wish.cases <= MAX_CASES:
        yield Problem("lab.cases", "cases", _CASES)
    if not 0 <= wish.seed <= MAX_SEED:
        yield Problem("lab.seed", "seed", _SEED)
    # a comparison with NaN is false, so it is refused too
    if wish.arrivals is not None and not 0 < wish.arrivals <= MAX_ARRIVALS:
        yield Problem("lab.arrivals", "arrivals", _ARRIVALS)


def _officers(wish: Wish, labels: Mapping[str, Text], desks: Mapping[str, int]) -> Iterator[Problem]:
    for role, count in wish.officers.items():
        if role not in desks:
            yield Problem("lab.desk", f"officers.{role}", _NO_DESK.fill(desk=role))
        elif not 1 <= count <= MAX_OFFICERS:
            yield Problem("lab.officers", f"officers.{role}", _OFFICERS.fill(desk=labels.get(role, Text(role, role)), most=MAX_OFFICERS))
