"""Particulars from the data of a statutory inspection certificate, with a note of what came from it. Writes nothing.

The file is one JSON object: ``certificate_number`` and ``society`` say what it is, ``issued_on`` when, ``identification_number``
and ``imo_number`` of which ship; every other name is a field of the particulars (``length``, ``gross_tonnage`` ...).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from zimao.kernel.errors import Problem, Refused
from zimao.kernel.forms import draft, problems_of
from zimao.kernel.forms.shape import as_text, shape
from zimao.kernel.text import Text, t
from zimao.services.ship_registry.forms import ApplicationForm, Particulars

__all__ = ["Certificate", "Prefilled", "merged", "parse_inspection", "prefilled_fields", "read_inspection"]

MAX_BYTES = 100_000
# what the owner chooses or the registry decides is never taken from an inspection certificate
_STATED = frozenset(Particulars.model_fields) - {"port", "radio", "oil_tonnes", "oil"}
_ABOUT = ("certificate_number", "society", "issued_on")
_OF_SHIP = ("identification_number", "imo_number")


@dataclass(frozen=True, slots=True)
class Certificate:
    """What an inspection certificate says of a ship: ``particulars`` and ``ship`` by field, the rest names the certificate."""

    number: str
    society: str
    issued_on: str
    particulars: dict[str, Any]
    ship: dict[str, str]

    @property
    def sections(self) -> dict[str, dict[str, Any]]:
        """What goes into the draft."""
        return {"particulars": self.particulars, **({"ship": self.ship} if self.ship else {})}

    def as_json(self, at: datetime) -> str:
        """What the draft remembers of it."""
        kept = {"number": self.number, "society": self.society, "issued_on": self.issued_on, "taken_at": at.isoformat()}
        return json.dumps({**kept, "particulars": self.particulars}, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Prefilled:
    """The note beside the particulars: which certificate, which fields are still as it says, which were changed since."""

    number: str
    society: str
    issued_on: str
    same: tuple[Text, ...]
    changed: tuple[Text, ...]


def parse_inspection(data: bytes) -> dict[str, Any]:
    """The object in a file. Refused when it is not JSON, not an object, or too large for a certificate."""
    if len(data) > MAX_BYTES:
        raise Refused("inspection.size", t("检验证书数据超过100 KB", "The inspection data is larger than 100 KB"), "file")
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Refused("inspection.json", t("检验证书数据不是有效的 JSON", "The inspection data is not valid JSON"), "file") from error
    if not isinstance(found, dict):
        raise Refused("inspection.shape", t("检验证书数据应为一个 JSON 对象", "The inspection data should be one JSON object"), "file")
    return found


def read_inspection(data: Mapping[str, Any], held: Mapping[str, Any]) -> Certificate:
    """The certificate in ``data`` for a draft that holds ``held``; Refused with everything that is wrong with it."""
    problems = [
        Problem("inspection.field", name[:60], t("检验证书数据中没有这一项", "Inspection data has no such field"))
        for name in map(str, data)
        if name not in _STATED and name not in _ABOUT and name not in _OF_SHIP
    ]
    about = {name: as_text(data.get(name)).strip()[:60] for name in (*_ABOUT, *_OF_SHIP)}
    problems += _wrong_about(about)
    problems += _other_ship(about, held)
    particulars = {name: data[name] for name in Particulars.model_fields if name in _STATED and data.get(name) not in (None, "")}
    if not particulars:
        problems.append(Problem("inspection.empty", "", t("检验证书数据中没有技术参数", "The inspection data states no particulars")))
    found = problems_of(ApplicationForm, {"particulars": particulars}, partial=True, only="particulars")
    problems += [Problem(one.code, one.field.partition(".")[2], one.sentence) for one in found]
    if problems:
        raise Refused.of(problems)
    plain = {name: value if isinstance(value, int) else as_text(value) for name, value in particulars.items()}
    ship = {name: about[name] for name in _OF_SHIP if about[name]}
    return Certificate(about["certificate_number"], about["society"], about["issued_on"], plain, ship)


def merged(held: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """``held`` with the fields of ``given`` put into its sections; rows and single values are replaced whole."""
    found = dict(held)
    for section, value in given.items():
        old = found.get(section)
        found[section] = {**old, **value} if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return found


def prefilled_fields(inspection: str, values: Mapping[str, Any]) -> Prefilled | None:
    """The note on what an inspection certificate filled in, beside what the draft says now; None when none did."""
    if not inspection:
        return None
    kept = json.loads(inspection)
    now = values.get("particulars")
    now = now if isinstance(now, Mapping) else {}
    fields = shape(Particulars)
    stated, said = draft(Particulars, kept["particulars"]), draft(Particulars, now)
    same: list[Text] = []
    changed: list[Text] = []
    for name in kept["particulars"]:
        if name in fields:
            (same if getattr(stated, name) == getattr(said, name) else changed).append(fields[name].show.label)
    return Prefilled(kept["number"], kept["society"], kept["issued_on"], tuple(same), tuple(changed))


def _wrong_about(about: Mapping[str, str]) -> list[Problem]:
    problems = []
    if not about["certificate_number"]:
        sentence = t("请给出检验证书编号", "Give the number of the inspection certificate")
        problems.append(Problem("inspection.number", "certificate_number", sentence))
    if about["issued_on"]:
        try:
            date.fromisoformat(about["issued_on"])
        except ValueError:
            problems.append(Problem("field.date", "issued_on", t("日期应为 YYYY-MM-DD", "The date should be YYYY-MM-DD")))
    return problems


def _other_ship(about: Mapping[str, str], held: Mapping[str, Any]) -> list[Problem]:
    ship = held.get("ship")
    ship = ship if isinstance(ship, Mapping) else {}
    sentence = t("检验证书是{theirs}的，申请的船舶是{ours}", "The certificate is of {theirs}; the application is for {ours}")
    return [
        Problem("inspection.other_ship", name, sentence.fill(theirs=about[name], ours=as_text(ship[name])[:20]))
        for name in _OF_SHIP
        if about[name] and ship.get(name) and as_text(ship[name]) != about[name]
    ]
