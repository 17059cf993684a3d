"""The dated tables of the service: what each column means, so that an edited file is checked before it takes effect."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from zimao.kernel.tables import Column, TableSpec, as_of, register_table
from zimao.kernel.text import Text, t
from zimao.services.ship_registry.forms.codes import CERTIFICATES, use_lists
from zimao.services.ship_registry.parameters import FOLDER

__all__ = ["TABLES", "register_tables"]

_NOTICE = "闽自贸办函〔2024〕10号"
_FROM = date(2020, 1, 1)

_ZH = Column("label_zh", "text", t("中文说明", "Words in Chinese"))
_EN = Column("label_en", "text", t("英文说明", "Words in English"))
_SOURCE = Column("source", "text", t("来源", "Source"))
_VERIFIED = Column("verified", "bool", t("已核实", "Verified"))
_WORDS = (_ZH, _EN, _SOURCE, _VERIFIED)
_CERTIFICATE = Column("certificate", "text", t("证书", "Certificate"), key=True, choices=tuple(CERTIFICATES))
_PERIOD = Column("period", "text", t("环节", "Step"), key=True, pattern=r"^[a-z_.]+$")
_DAYS = Column("days", "integer", t("工作日", "Working days"), at_least=0, at_most=365)


def _table(name: str, label: Text, *columns: Column, source: str = "zone default") -> TableSpec:
    return TableSpec(
        name=name,
        label=label,
        columns=columns,
        source=source,
        seed=FOLDER / "tables" / f"{name}.csv",
        effective_from=_FROM,
        service="ship_registry",
        per_zone=True,
    )


TABLES = (
    _table("ship_periods", t("船舶登记：各环节期限", "Ships: periods of the steps"), _PERIOD, _DAYS, *_WORDS),
    _table(
        "ship_periods_before", t("船舶登记：改革前各证期限", "Ships: periods before the reform"), _PERIOD, _DAYS, *_WORDS, source=_NOTICE
    ),
    _table(
        "ship_parameters",
        t("船舶登记：参数", "Ships: parameters"),
        Column("key", "text", t("参数", "Parameter"), key=True, pattern=r"^[a-z_]+$"),
        Column("value", "integer", t("值", "Value"), at_least=0),
        Column("unit", "text", t("单位", "Unit")),
        *_WORDS,
    ),
    _table(
        "ship_materials",
        t("船舶登记：材料清单", "Ships: materials"),
        Column("material", "text", t("材料", "Material"), key=True, pattern=r"^[a-z_]+$"),
        _ZH,
        _EN,
        Column("belongs_to", "text", t("属于", "Belongs to"), choices=("owner", "ship")),
        Column("given_by", "text", t("提供方", "Given by"), choices=("applicant", "platform")),
        Column("needed_when", "text", t("何时需要", "Needed when"), choices=("always", "agent", "shares")),
        *(Column(kind, "text", label, required=False, choices=("x",)) for kind, label in CERTIFICATES.items()),
    ),
    _table(
        "ship_fees",
        t("船舶登记：收费", "Ships: fees"),
        _CERTIFICATE,
        Column("amount_fen", "integer", t("金额（分）", "Amount (fen)"), at_least=0),
        *_WORDS,
    ),
    _table(
        "ship_insurers",
        t("船舶登记：油污责任保险人名单", "Ships: insurers for oil pollution"),
        Column("insurer", "text", t("保险人", "Insurer"), key=True),
        _EN,
        _SOURCE,
        _VERIFIED,
    ),
    _table(
        "ship_ports",
        t("船舶登记：船籍港", "Ships: ports of registry"),
        Column("port", "text", t("港口代码", "Port code"), key=True, pattern=r"^[A-Z]{5}$"),
        _ZH,
        _EN,
        _SOURCE,
        source="UN/LOCODE",
    ),
    _table(
        "ship_manning",
        t("船舶登记：最低安全配员", "Ships: minimum safe manning"),
        Column("department", "text", t("部门", "Department"), key=True, choices=("deck", "engine", "radio")),
        Column("group", "text", t("船种", "Ships"), key=True),
        Column("voyage", "text", t("水域", "Waters"), key=True, choices=("seagoing", "inland")),
        Column("measure", "text", t("按", "Measured by"), key=True, choices=("gt", "kw")),
        Column("from", "integer", t("起（含）", "From (included)"), key=True, at_least=0),
        Column("below", "integer", t("止（不含）", "Below"), at_least=1),
        Column("automation", "text", t("机舱自动化", "Automation"), key=True, choices=("any", "manual", "semi", "unattended")),
        Column("ratings", "text", t("职务与人数", "Ratings"), pattern=r"^[a-z_]+:\d+(;[a-z_]+:\d+)*$"),
        _SOURCE,
        _VERIFIED,
        source="船舶最低安全配员规则附录",
    ),
    _table(
        "ship_lookalikes",
        t("船舶登记：形近字", "Ships: characters that look alike"),
        Column("character", "text", t("字", "Character"), key=True, pattern=r"^.$"),
        Column("looks_like", "text", t("形近于", "Looks like"), pattern=r"^.$"),
        _SOURCE,
        _VERIFIED,
    ),
    _table(
        "ship_radio",
        t("船舶登记：无线电标识前缀", "Ships: radio identity prefixes"),
        Column("kind", "text", t("种类", "Kind"), key=True, choices=("mid", "call_sign")),
        Column("prefix", "text", t("前缀", "Prefix"), key=True),
        *_WORDS,
        source="ITU",
    ),
)


def register_tables() -> None:
    """Make the tables known to the kernel."""
    for table in TABLES:
        register_table(table)
    use_lists(ports=lambda: _choices("ship_ports", "port"), insurers=lambda: _choices("ship_insurers", "insurer"))


def _choices(table: str, key: str) -> dict[str, Text]:
    """The rows of a table in force today as choices: the value, and the words for it."""
    rows = as_of(table, timezone.localdate()).frame.to_dicts()
    return {row[key]: Text(row.get("label_zh") or row[key], row.get("label_en") or row[key]) for row in rows}
