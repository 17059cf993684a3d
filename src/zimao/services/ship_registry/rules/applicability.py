"""R1: which of the seven certificates a ship needs. The decision is the DMN table; here its inputs are made and its answer read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from zimao.kernel.decisions import Model, decide, decide_rows
from zimao.kernel.text import Text
from zimao.services.ship_registry.forms.codes import CERTIFICATES, TRACKS

__all__ = ["Applicability", "ShipFacts", "applicable", "facts_of", "voyage_of"]

DECISION = "applicable_certificates"
VOYAGE = "voyage"


class Built(Protocol):
    """What the decision asks of a ship's particulars."""

    ship_type: Any
    gross_tonnage: int
    area: Any
    oil: Any
    radio: bool


@dataclass(frozen=True, slots=True)
class ShipFacts:
    """The five answers on which everything depends, as the applicant gives them; ``gt`` is the gross tonnage."""

    ship_type: str
    gt: int
    area: str
    oil: str
    radio: bool

    def as_inputs(self) -> dict[str, Any]:
        return {"ship_type": self.ship_type, "area": self.area, "gt": self.gt, "radio": self.radio, "oil": self.oil}


def facts_of(built: Built) -> ShipFacts:
    """The five answers from the particulars of an application."""
    return ShipFacts(built.ship_type, built.gross_tonnage, built.area, built.oil, bool(built.radio))


def voyage_of(model: Model, area: str) -> str:
    """The kind of voyage that a navigation area stands for: ``international``, ``coastal`` or ``inland``."""
    return str(decide(model, VOYAGE, {"area": area}).value)


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
    """The verdict for each of the seven certificates, in legal order: one batch of seven rows."""
    rows = [{"certificate": certificate, **facts.as_inputs()} for certificate in TRACKS]
    return {
        certificate: Applicability(certificate, bool(outcome.value), outcome.reasons[0], outcome.sources[0], outcome.rules[0])
        for certificate, outcome in zip(TRACKS, decide_rows(model, DECISION, rows), strict=True)
    }
