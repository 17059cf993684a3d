"""A fee table with a column of each kind."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from zimao.kernel.tables.spec import Column, TableSpec
from zimao.kernel.text import t

FEES = (
    Column("item", "text", t("项目", "Item"), key=True, pattern="[a-z_]+"),
    Column("amount", "integer", t("金额（分）", "Amount in fen"), at_least=0, at_most=1_000_000),
    Column("rate", "decimal", t("费率", "Rate"), required=False, scale=4, at_most=Decimal(1)),
    Column("since", "date", t("起始", "Since"), required=False, at_least=date(2000, 1, 1)),
    Column("verified", "bool", t("已核实", "Verified")),
    Column("payer", "text", t("缴费人", "Payer"), required=False, choices=("owner", "agent")),
    Column("code", "text", t("代码", "Code"), required=False),
)
HEADER = "item,amount,rate,since,verified,payer,code"
SEED_ROWS = f"{HEADER}\nownership,100,0.13,2020-01-01,true,owner,A1\nnationality,200,,,false,,A2\n"


def fee_table(folder: Path, **changes) -> TableSpec:
    """The table with its seed written to ``folder``."""
    seed = folder / "test_fees.csv"
    seed.write_text(SEED_ROWS, encoding="utf-8")
    given = {
        "name": "test_fees",
        "label": t("测试收费", "Test fees"),
        "columns": FEES,
        "source": "财税〔2020〕1号",
        "seed": seed,
        "effective_from": date(2020, 1, 1),
        "service": "ship_registry",
        "per_zone": True,
    }
    return TableSpec(**given | changes)
