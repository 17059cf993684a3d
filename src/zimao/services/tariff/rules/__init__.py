"""The rules of the tariff: frames in, frames out. No database, no clock; the tables and the day are arguments."""

from zimao.services.tariff.rules.codes import edition_on, load_concordance, load_nomenclature, resolve_codes, separating, walk_changes
from zimao.services.tariff.rules.duties import break_even, parse_duty, print_duty
from zimao.services.tariff.rules.loading import load_tables, read_table
from zimao.services.tariff.rules.missed import MissedTables, missed_savings, prepare_missed, sums
from zimao.services.tariff.rules.ranking import RANK_COLUMNS, rank
from zimao.services.tariff.rules.rates import RATE_COLUMNS, Tables, applicable, prepared
from zimao.services.tariff.rules.staging import expand_staging, reconciled, staged_rate, year_index

__all__ = [
    "RANK_COLUMNS",
    "RATE_COLUMNS",
    "MissedTables",
    "Tables",
    "applicable",
    "break_even",
    "edition_on",
    "expand_staging",
    "load_concordance",
    "load_nomenclature",
    "load_tables",
    "missed_savings",
    "parse_duty",
    "prepare_missed",
    "prepared",
    "print_duty",
    "rank",
    "read_table",
    "reconciled",
    "resolve_codes",
    "separating",
    "staged_rate",
    "sums",
    "walk_changes",
    "year_index",
]
