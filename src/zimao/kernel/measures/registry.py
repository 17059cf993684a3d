"""What services declare of their effects: their measures and their lab. Pure; filled when the apps are ready."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from zimao.kernel.errors import Missing
from zimao.kernel.measures.measure import Measure
from zimao.kernel.measures.scenario import LabSpec
from zimao.kernel.text import t

__all__ = ["Declared", "Measures", "declared", "measured_services", "register_measures"]

Measures = Callable[[str, date], Sequence[Measure]]
"""``measures(zone, on)``: the measures with the figures of the tables in force there on that day."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One service: its measures and its lab."""

    service: str
    measures: Measures
    lab: LabSpec

    def on(self, zone: str, on: date) -> list[Measure]:
        """The measures of a zone on a day. ValueError when one names another service or two share an id."""
        found = list(self.measures(zone, on))
        strange = [measure.id for measure in found if measure.service != self.service]
        if strange or len({measure.id for measure in found}) != len(found):
            raise ValueError(f"{self.service}: measures of another service, or with one id: {strange or [one.id for one in found]}")
        return found


_DECLARED: dict[str, Declared] = {}


def register_measures(service: str, measures: Measures, lab: LabSpec) -> None:
    """Declare the effects of a service; called from its ``register``. The same service replaces. ValueError for another's lab."""
    if lab.service != service:
        raise ValueError(f"{service} registers the lab of {lab.service}")
    _DECLARED[service] = Declared(service, measures, lab)


def declared(service: str) -> Declared:
    """What that service declares. Missing (``measures.unknown``) when it declares nothing."""
    if service not in _DECLARED:
        raise Missing(
            "measures.unknown", t("没有“{service}”的成效指标", "No measures are declared for “{service}”").fill(service=service), "service"
        )
    return _DECLARED[service]


def measured_services() -> Mapping[str, Declared]:
    """Every service that declares measures, by key."""
    return dict(_DECLARED)
