"""The rules of ship registration: values in, verdict out. No database, no clock, no user; tables and dates are arguments."""

from zimao.services.ship_registry.rules.applicability import Applicability, ShipFacts, applicable, facts_of, voyage_of
from zimao.services.ship_registry.rules.checks import CheckTables, Register, check_application, clash_problem
from zimao.services.ship_registry.rules.manning import Manning, minimum_manning
from zimao.services.ship_registry.rules.materials import MaterialNeed, MaterialPlan, merged_materials
from zimao.services.ship_registry.rules.names import latin_of, look_of, sound_of
from zimao.services.ship_registry.rules.order import legal_order
from zimao.services.ship_registry.rules.savings import daily_saving, reduction
from zimao.services.ship_registry.rules.validity import add_months, valid_until

__all__ = [
    "Applicability",
    "CheckTables",
    "Manning",
    "MaterialNeed",
    "MaterialPlan",
    "Register",
    "ShipFacts",
    "add_months",
    "applicable",
    "check_application",
    "clash_problem",
    "daily_saving",
    "facts_of",
    "latin_of",
    "legal_order",
    "look_of",
    "merged_materials",
    "minimum_manning",
    "reduction",
    "sound_of",
    "valid_until",
    "voyage_of",
]
