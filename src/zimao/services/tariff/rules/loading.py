"""CSV files to the frames of ``Tables``: the small tables that the product ships, or full ones of the same columns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import polars as pl

from zimao.kernel.errors import Refused
from zimao.kernel.text import t
from zimao.services.tariff.rules.codes import CHANGE_COLUMNS, LINK_COLUMNS
from zimao.services.tariff.rules.rates import RATE_COLUMNS, Tables, prepared
from zimao.services.tariff.rules.staging import STAGING_COLUMNS, expand_staging, reconciled

__all__ = ["FOLDER", "TABLE_COLUMNS", "load_tables", "read_table"]

FOLDER = Path(__file__).parents[1] / "tables"
_DATES = {"valid_from": pl.Date, "valid_to": pl.Date}
_ORIGIN = {"source": pl.String, "verified": pl.Boolean}
TABLE_COLUMNS: Mapping[str, Mapping[str, type[pl.DataType]]] = {
    "rates": RATE_COLUMNS,
    "staging": STAGING_COLUMNS,
    "partners": {"country": pl.String, "regime": pl.String, "partner": pl.String, "group": pl.String, **_DATES, **_ORIGIN},
    "schedules": {"country": pl.String, "regime": pl.String, "group": pl.String, **_DATES, "complete": pl.Boolean, **_ORIGIN},
    "origins": {"origin": pl.String, "mfn": pl.Boolean, "basis": pl.String, **_DATES, **_ORIGIN},
    "agreements": {
        "agreement": pl.String,
        "name_zh": pl.String,
        "name_en": pl.String,
        "signed": pl.Date,
        "in_force": pl.Date,
        "customs_code": pl.String,
        "burden": pl.Int8,
        "proofs_accepted": pl.String,
        "proof_months": pl.Int32,
        **_ORIGIN,
    },
    "lines": {
        "country": pl.String,
        "code": pl.String,
        "name_zh": pl.String,
        "unit": pl.String,
        "vat_bp": pl.Int32,
        "consumption_bp": pl.Int32,
        **_DATES,
        **_ORIGIN,
    },
    "extras": {
        "country": pl.String,
        "case": pl.String,
        "code": pl.String,
        "kind": pl.String,
        "partner": pl.String,
        "exporter": pl.String,
        "expression": pl.String,
        **_DATES,
        **_ORIGIN,
    },
    "parameters": {"country": pl.String, "key": pl.String, "value": pl.Int64, **_DATES, **_ORIGIN},
    "trade_modes": {"trade_mode": pl.String, "pays_duty": pl.Boolean, "label_zh": pl.String, "label_en": pl.String, **_ORIGIN},
    "documents": {
        "regime": pl.String,
        "document": pl.String,
        "when": pl.String,
        "label_zh": pl.String,
        "label_en": pl.String,
        **_ORIGIN,
    },
    "hs_links": {**LINK_COLUMNS, **_ORIGIN},
    "hs_editions": {"edition": pl.Int32, **_DATES, **_ORIGIN},
    "code_changes": {**CHANGE_COLUMNS, **_ORIGIN},
}
_BLANK = ("group", "partner", "exporter", "basis", "new_code", "old_code", "share_note")


def read_table(path: Path, columns: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    """The rows of a CSV file in ``columns``. Refused with the row and column of the first value that does not fit."""
    raw = pl.read_csv(path, infer_schema=False)
    missing = [name for name in columns if name not in raw.columns]
    if missing:
        sentence = t("{file} 缺少列：{names}", "{file} lacks columns: {names}").fill(file=path.name, names=", ".join(missing))
        raise Refused("table_columns", sentence, missing[0])
    made = raw.select(_typed(name, kind).alias(name) for name, kind in columns.items())
    for name in columns:
        lost = raw.with_row_index("row", 2).filter(raw[name].is_not_null() & made[name].is_null())
        if not lost.is_empty():
            row, value = lost["row"][0], lost[name][0]
            text = t("{file} 第 {row} 行 {column} 列的值“{value}”无效", "{file}, row {row}, column {column}: “{value}” is not valid")
            raise Refused("table_value", text.fill(file=path.name, row=row, column=name, value=value), name)
    return made.with_columns(pl.col(name).fill_null("") for name in _BLANK if name in columns)


def _typed(name: str, kind: type[pl.DataType]) -> pl.Expr:
    if kind is pl.Boolean:
        return pl.col(name).replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)
    if kind is pl.Date:
        return pl.col(name).str.to_date("%Y-%m-%d", strict=False)
    return pl.col(name).cast(kind, strict=False)


def load_tables(folder: Path = FOLDER, *, until: date = date(2036, 12, 31)) -> Tables:
    """The tables of ``folder`` (``tariff_<name>.csv``); concessions stated as a pattern are derived up to ``until``."""
    found = {name: read_table(folder / f"tariff_{name}.csv", columns) for name, columns in TABLE_COLUMNS.items()}
    derived = expand_staging(found["staging"], found["rates"], until=until)
    return Tables(
        rates=prepared(reconciled(found["rates"], derived)),
        partners=found["partners"],
        schedules=found["schedules"],
        origins=found["origins"],
        agreements=found["agreements"],
        lines=found["lines"],
        extras=found["extras"],
        parameters=found["parameters"],
        trade_modes=found["trade_modes"],
        documents=found["documents"],
        links=found["hs_links"].select(list(LINK_COLUMNS)),
        editions=found["hs_editions"],
    )
