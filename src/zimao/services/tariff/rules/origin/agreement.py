"""Agreement parameters from the dated table ``tables/psr_parameters.csv``: one row a parameter, each with its source.

Columns: agreement, kind, key, value, zh, en, source. Kinds: name, parties, edition, de_minimis, formulas, content, article, minimal,
obtained, reaction,
not_reaction, logistics.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from zimao.kernel.errors import Refused
from zimao.kernel.text import Text, t
from zimao.services.tariff.rules.origin.models import Agreement, DeMinimis, MinimalOperation

__all__ = ["agreement_of"]


def agreement_of(code: str, rows: Iterable[Mapping[str, str]]) -> Agreement:
    """The parameters of one agreement; refuses (``agreement_unknown``) one that has no rows."""
    kinds: dict[str, dict[str, Mapping[str, str]]] = {}
    for row in rows:
        if row["agreement"] == code:
            kinds.setdefault(row["kind"], {})[row["key"]] = row
    if "name" not in kinds:
        sentence = t("没有协定 {code} 的原产地参数。", "There are no origin parameters for agreement {code}.").fill(code=code)
        raise Refused("agreement_unknown", sentence, "agreement")
    return Agreement(
        code=code,
        name=_text(kinds["name"][""]),
        parties=frozenset(kinds["parties"][""]["value"].split("|")),
        edition=int(kinds["edition"][""]["value"]),
        de_minimis=_de_minimis(kinds.get("de_minimis", {})),
        formulas=tuple(kinds["formulas"][""]["value"].split("|")),
        standard_content=int(kinds["content"]["standard"]["value"]) if "standard" in kinds.get("content", {}) else None,
        articles={key: _text(row) for key, row in kinds.get("article", {}).items()},
        minimal={key: MinimalOperation(key, row["value"] == "simple", _text(row)) for key, row in kinds.get("minimal", {}).items()},
        obtained={key: _text(row) for key, row in kinds.get("obtained", {}).items()},
        reactions=frozenset(kinds.get("reaction", {})),
        not_reactions=frozenset(kinds.get("not_reaction", {})),
        logistics=frozenset(kinds.get("logistics", {})),
    )


def _text(row: Mapping[str, str]) -> Text:
    return Text(row["zh"], row["en"])


def _de_minimis(rows: Mapping[str, Mapping[str, str]]) -> DeMinimis | None:
    if "value" not in rows:
        return None
    if "weight" not in rows:
        return DeMinimis(int(rows["value"]["value"]))
    first, last = rows["weight_chapters"]["value"].split("-")
    return DeMinimis(int(rows["value"]["value"]), int(rows["weight"]["value"]), (int(first), int(last)))
