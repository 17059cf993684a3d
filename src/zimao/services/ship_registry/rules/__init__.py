"""The rules of ship registration: values in, verdict out. No database, no clock, no user; tables and dates are arguments."""

from zimao.services.ship_registry.rules.applicability import Applicability, ShipFacts, applicable, facts_of
from zimao.services.ship_registry.rules.checks import CheckTables, Register, check_application
from zimao.services.ship_registry.rules.manning import Manning, minimum_manning
from zimao.services.ship_registry.rules.materials import MaterialNeed, MaterialPlan, merged_materials
from zimao.services.ship_registry.rules.names import sound_of
from zimao.services.ship_registry.rules.order import legal_order
from zimao.services.ship_registry.rules.savings import daily_saving, reduction
from zimao.services.ship_registry.rules.validity import valid_until

__all__ = [
    "Applicability",
    "CheckTables",
    "Manning",
    "MaterialNeed",
    "MaterialPlan",
    "Register",
    "ShipFacts",
    "applicable",
    "check_application",
    "daily_saving",
    "facts_of",
    "legal_order",
    "merged_materials",
    "minimum_manning",
    "reduction",
    "sound_of",
    "valid_until",
]
