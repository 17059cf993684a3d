"""The service's dated tables as the rules want them: read once for a zone and a day, with the releases that were used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from zimao.kernel import decisions, tables
from zimao.services.ship_registry.rules import CheckTables

__all__ = ["FOLDER", "Parameters", "applicability_model", "parameters_on", "periods_before", "periods_on"]

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Parameters:
    """What is in force in a zone on a day."""

    zone: str
    on: date
    releases: dict[str, str] = field(default_factory=dict)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The rows of a table; its release is noted as used."""
        table = tables.as_of(name, self.on, self.zone)
        self.releases[name] = f"{table.release}:{table.sha256[:16]}"
        return table.frame.to_dicts()

    def values(self) -> dict[str, int]:
        """The single-valued parameters by key."""
        return {row["key"]: int(row["value"]) for row in self.rows("ship_parameters")}

    def fees(self) -> dict[str, int]:
        """The fee of each certificate, in fen."""
        return {row["certificate"]: int(row["amount_fen"]) for row in self.rows("ship_fees")}

    def lookalikes(self) -> dict[str, str]:
        """Each character that is taken for another one, and which."""
        return {row["character"]: row["looks_like"] for row in self.rows("ship_lookalikes")}

    def checks(self) -> CheckTables:
        """What the checks of an application need."""
        radio = self.rows("ship_radio")
        return CheckTables(
            parameters=self.values(),
            insurers={row["insurer"] for row in self.rows("ship_insurers")},
            ports={row["port"] for row in self.rows("ship_ports")},
            mids={str(row["prefix"]) for row in radio if row["kind"] == "mid"},
            call_signs={str(row["prefix"]) for row in radio if row["kind"] == "call_sign"},
            lookalikes=self.lookalikes(),
        )


def parameters_on(zone: str, on: date) -> Parameters:
    """The parameters of a zone on a day; tables are read when asked for."""
    return Parameters(zone, on)


def periods_on(zone: str, on: date) -> Mapping[str, int]:
    """Working days of each period of the diagram as in force on that day."""
    return {row["period"]: int(row["days"]) for row in Parameters(zone, on).rows("ship_periods")}


def periods_before(zone: str, on: date) -> Mapping[str, int]:
    """Working days of each certificate before the reform."""
    return {row["period"]: int(row["days"]) for row in Parameters(zone, on).rows("ship_periods_before")}


@lru_cache(maxsize=1)
def applicability_model() -> decisions.Model:
    """The decision table of R1, compiled once per process."""
    return decisions.load((FOLDER / "decisions" / "applicable_certificates.dmn").read_bytes())
