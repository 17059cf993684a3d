"""R1: which of the seven certificates a ship needs. The decision is the DMN table; here its inputs are made and its answer read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zimao.kernel.decisions import Model, decide
from zimao.kernel.text import Text
from zimao.services.ship_registry.forms.codes import CERTIFICATES, TRACKS

__all__ = ["Applicability", "ShipFacts", "applicable", "facts_of"]

DECISION = "applicable_certificates"
_VOYAGES = {"ocean": "international", "near_coastal": "coastal", "coastal": "coastal", "sheltered": "coastal"}
_GROUPS = {
    "passenger": "passenger",
    "ro_ro_passenger": "passenger",
    "oil_tanker": "dangerous",
    "chemical_tanker": "dangerous",
    "gas_carrier": "dangerous",
    "cargo": "cargo",
    "bulk_carrier": "cargo",
    "container": "cargo",
}


@dataclass(frozen=True, slots=True)
class ShipFacts:
    """The five answers on which everything depends: ``voyage``, ``group``, ``gt`` (gross tonnage), ``radio``, ``oil``."""

    voyage: str
    group: str
    gt: int
    radio: bool
    oil: str

    def as_inputs(self) -> dict[str, Any]:
        return {"voyage": self.voyage, "group": self.group, "gt": self.gt, "radio": self.radio, "oil": self.oil}


def facts_of(*, ship_type: str, gross_tonnage: int, area: str, oil: str, radio: bool) -> ShipFacts:
    """The inputs of the decision for a ship of that type, tonnage and navigation area."""
    return ShipFacts(_VOYAGES.get(area, "inland"), _GROUPS.get(ship_type, "other"), gross_tonnage, radio, oil)


@dataclass(frozen=True, slots=True)
class Applicability:
    """Whether one certificate is needed, why, by which source and which row of the table."""

    certificate: str
    applies: bool
    reason: Text
    source: str
    rule: str

    @property
    def name(self) -> Text:
        return CERTIFICATES[self.certificate]


def applicable(model: Model, facts: ShipFacts) -> dict[str, Applicability]:
    """The verdict for each of the seven certificates, in legal order."""
    found = {}
    for certificate in TRACKS:
        outcome = decide(model, DECISION, {"certificate": certificate, **facts.as_inputs()})
        found[certificate] = Applicability(
            certificate, bool(outcome.outputs["applies"]), outcome.reasons[0], outcome.sources[0], outcome.rules[0]
        )
    return found
