"""From what a browser sends to the values of a form: dotted names become a tree, full-width digits plain ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from pydantic import BaseModel

from zimao.kernel.errors import Refused
from zimao.kernel.forms.checking import problems_of
from zimao.kernel.forms.shape import Field, Kind, as_text, default_of, shape

__all__ = ["Sent", "parse", "place_of", "plain_date", "plain_number", "plain_text", "read", "wants_rows"]

Values = dict[str, Any]
_WIDE_ALNUM = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_WIDE_ALL = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x3002: 0x2E, 0x2212: 0x2D}
_UNWRITTEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff\ufffe\uffff]")
MORE = "_more"
_INTEGER = re.compile(r"^-?(0|[1-9][0-9]{0,17})$")
_DATE = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$")


class Sent(Protocol):
    """What a form sends: a Django QueryDict, or anything like it."""

    def getlist(self, key: str) -> list[Any]:
        """Every value of ``key``."""
        raise NotImplementedError

    def __iter__(self) -> Any:
        raise NotImplementedError


def parse(model: type[BaseModel], sent: Sent, *, partial: bool = False, prefix: str = "") -> Values:
    """The values of a form as JSON, ready for ``validate`` or for keeping as a draft.

    Refused with every problem: of the whole form, or with ``partial`` only of what was sent and filled in, so that a section
    can be saved before the others are begun. With ``prefix`` names and problems carry it, as in ``bind``.
    """
    values = read(model, sent, prefix=prefix)
    problems = problems_of(model, values, partial=partial)
    if problems:
        raise Refused.of(replace(one, field=f"{prefix}.{one.field}".strip(".")) for one in problems)
    return values


def read(model: type[BaseModel], sent: Sent, *, prefix: str = "") -> Values:
    """The values of those fields that were sent, unchecked, texts tidied; fields that the form has not are left out.

    What cannot be a value of the field's type stays the text that was typed, so that the page can show it again.
    """
    return _group(shape(model), _Names(sent), f"{prefix}." if prefix else "")


def wants_rows(sent: Sent) -> bool:
    """True when the button for more rows was pressed: show the form again with what ``read`` gives; an empty row comes by itself."""
    return MORE in {str(name) for name in sent}


class _Names:
    """What was sent, with quick answers to: is there anything below this name?"""

    def __init__(self, sent: Sent) -> None:
        self.sent = sent
        self.names = {str(name) for name in sent}
        self.prefixes = {name[: at.start()] for name in self.names for at in re.finditer(r"\.", name)}

    def under(self, path: str) -> bool:
        return path in self.prefixes

    def rows(self, path: str) -> list[int]:
        found = {part for name in self.names if name.startswith(path + ".") and (part := name[len(path) + 1 :].partition(".")[0])}
        return sorted(int(part) for part in found if part.isascii() and part.isdecimal() and len(part) < 6)


def place_of(model: type[BaseModel], sent: Sent, name: str) -> str:
    """Where the field that the browser calls ``name`` stands in what ``read`` gives: rows left empty do not count there."""
    names, fields, path, place = _Names(sent), shape(model), "", []
    for part in name.split("."):
        if fields and part.isascii() and part.isdecimal():
            before = [index for index in names.rows(path) if index < int(part[:6])]
            place.append(str(sum(not _is_blank(_group(fields, names, f"{path}.{index}."), fields) for index in before)))
        else:
            place.append(part)
            fields = fields[part].fields if part in fields else {}
        path = f"{path}.{part}" if path else part
    return ".".join(place)


def _group(fields: Mapping[str, Field], sent: _Names, prefix: str) -> Values:
    values: Values = {}
    for name, field in fields.items():
        path = f"{prefix}{name}"
        if field.kind == "group":
            if sent.under(path):
                inside = _group(field.fields, sent, f"{path}.")
                values[name] = None if field.nullable and _is_blank(inside, field.fields) else inside
        elif field.kind == "rows":
            if sent.under(path) or path in sent.names:
                rows = [_group(field.fields, sent, f"{path}.{index}.") for index in sent.rows(path)]
                values[name] = [row for row in rows if not _is_blank(row, field.fields)]
        elif path in sent.names:
            values[name] = _value(field, [_as_sent(one) for one in sent.sent.getlist(path)])
    return values


def _value(field: Field, sent: list[str]) -> Any:
    if field.kind == "choices":
        return [one for one in sent if one]
    if field.kind == "lines":
        return [line for one in sent for raw in one.splitlines() if (line := plain_text(raw))]
    last = sent[-1] if sent else ""  # a checkbox sends its hidden "false" first
    if field.kind in _READERS:
        return _READERS[field.kind](last)
    if field.show.widget == "password":
        return last
    return _coded(field, plain_text(last)) or (None if field.nullable else "")


def _integer(text: str) -> int | str | None:
    """The number, when it is plainly one; what was typed otherwise, so that it can be shown again."""
    plain = plain_number(text)
    return int(plain) if plain is not None and _INTEGER.match(plain) else plain


def _yes_no(text: str) -> bool | str | None:
    plain = text.strip()
    return {"true": True, "false": False}.get(plain, plain or None)


def _datetime(text: str) -> str | None:
    return plain_text(text).translate(_WIDE_ALL) or None


def _coded(field: Field, text: str) -> str:
    """The value of a choice whose words were typed into a field with suggestions; other texts as they are."""
    if not field.show.choices or text in field.values:
        return text
    words = field.show.words()
    return text if text in words else next((value for value, said in words.items() if text in (said.zh, said.en)), text)


def _as_sent(value: object) -> str:
    return value if isinstance(value, str) else ""


def plain_text(text: str) -> str:
    """Text without what cannot be stored or seen, with plain letters and digits for full-width ones; lines end in ``\\n``."""
    return _UNWRITTEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).translate(_WIDE_ALNUM).strip()


def plain_number(text: str) -> str | None:
    """A number as typed, full-width or with thousands separators, as plain digits; None for nothing."""
    return re.sub(r"(?<=\d),(?=\d{3}(\D|$))|\s", "", plain_text(text).translate(_WIDE_ALL)) or None


def plain_date(text: str) -> str | None:
    """A date as ``2024-05-06``, also from ``2024/5/6``, ``2024.5.6`` and ``2024年5月6日``; anything else as it is, None for nothing."""
    plain = plain_text(text).translate(_WIDE_ALL).replace(" ", "")
    found = _DATE.match(plain)
    return f"{found[1]}-{found[2]:0>2}-{found[3]:0>2}" if found else plain or None


_READERS: Mapping[Kind, Callable[[str], Any]] = {
    "integer": _integer,
    "number": plain_number,
    "date": plain_date,
    "datetime": _datetime,
    "yes_no": _yes_no,
}


def _is_blank(row: Mapping[str, Any], fields: Mapping[str, Field]) -> bool:
    """True when nobody typed anything into a row: what stood there before, chosen, ticked or filled in, does not count."""
    typed = [name for name, field in fields.items() if field.kind not in {"choice", "yes_no"}] or list(fields)
    return all(_untouched(row.get(name), fields[name]) for name in typed)


def _untouched(value: Any, field: Field) -> bool:
    if isinstance(value, Mapping):
        return _is_blank(value, field.fields)
    return value in (None, "", []) or as_text(value) == as_text(default_of(field))
