"""Origin under a preferential agreement: the rule grammar, the judgment, the improvement. Values in, values out;

no database, clock or user.
"""

from zimao.services.tariff.rules.origin.agreement import agreement_of
from zimao.services.tariff.rules.origin.country import DifferentialGood, rcep_country_of_origin
from zimao.services.tariff.rules.origin.improve import Improvement, Plan, improve
from zimao.services.tariff.rules.origin.judge import judge
from zimao.services.tariff.rules.origin.models import ADVICE, Agreement, Bom, Judgment, Material, Product, Psr, RuleSet
from zimao.services.tariff.rules.origin.offers import Lift, Option, Request
from zimao.services.tariff.rules.origin.psr import parsed, printed
from zimao.services.tariff.rules.origin.psr_text import Reading, read, share_read
from zimao.services.tariff.rules.origin.reading import bom_of, judgment_document, request_of, rule_set_of

__all__ = [
    "ADVICE",
    "Agreement",
    "Bom",
    "DifferentialGood",
    "Improvement",
    "Judgment",
    "Lift",
    "Material",
    "Option",
    "Plan",
    "Product",
    "Psr",
    "Reading",
    "Request",
    "RuleSet",
    "agreement_of",
    "bom_of",
    "improve",
    "judge",
    "judgment_document",
    "parsed",
    "printed",
    "rcep_country_of_origin",
    "read",
    "request_of",
    "rule_set_of",
    "share_read",
]
