"""A form model read once into the tree of its fields: what kind each is, its limits, its words."""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from zimao.kernel.forms.show import Show

__all__ = ["Field", "Kind", "Limits", "as_text", "default_of", "find", "is_shown", "shape"]

Kind = Literal["text", "integer", "number", "date", "datetime", "yes_no", "choice", "choices", "lines", "group", "rows"]
_KINDS: tuple[tuple[type, Kind], ...] = (
    (BaseModel, "group"),
    (Enum, "choice"),
    (bool, "yes_no"),
    (int, "integer"),
    (Decimal, "number"),
    (float, "number"),
    (datetime, "datetime"),
    (date, "date"),
    (str, "text"),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the field's type allows; None where it says nothing."""

    at_least: Any = None
    at_most: Any = None
    min_length: int | None = None
    max_length: int | None = None
    places: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One field of a form. ``model`` is set for a group and for rows, ``values`` for a choice."""

    name: str
    info: FieldInfo
    kind: Kind
    show: Show
    required: bool
    nullable: bool
    limits: Limits
    values: tuple[str, ...] = ()
    model: type[BaseModel] | None = None

    @property
    def fields(self) -> Mapping[str, Field]:
        """The fields inside a group or inside one row; empty for the others."""
        return shape(self.model) if self.model else {}


@functools.cache
def shape(model: type[BaseModel]) -> Mapping[str, Field]:
    """The fields of ``model`` by name, in order.

    TypeError when the model cannot be a form: a field without ``Show``, a type that has no control, or a condition on a
    field that does not stand before the one it governs (so no two fields can wait for each other).
    """
    found = {name: _field(model, name, info) for name, info in model.model_fields.items()}
    before: set[str] = set()
    for name, field in found.items():
        condition = field.show.shown_if
        if condition and condition[0] not in before:
            raise TypeError(f"{model.__name__}.{name} is shown if {condition[0]!r}, which is no field beside it and before it")
        before.add(name)
        if condition and field.required:
            raise TypeError(f"{model.__name__}.{name} is not always asked: give it a default, and needed=True if it must be filled in then")
    return types.MappingProxyType(found)


def find(model: type[BaseModel], path: str) -> Field | None:
    """The field at a dotted path such as ``owners.0.share``; None when there is none."""
    fields, found = shape(model), None
    for part in path.split("."):
        if found is not None and found.kind == "rows" and part.isdecimal():
            continue
        found = fields.get(part)
        if found is None:
            return None
        fields = found.fields
    return found


def is_shown(field: Field, fields: Mapping[str, Field], values: Mapping[str, Any]) -> bool:
    """True when the field is asked, given what is filled in beside it."""
    if field.show.shown_if is None:
        return True
    name, wanted = field.show.shown_if
    other = fields[name]
    value = values[name] if name in values else default_of(other)
    return is_shown(other, fields, values) and any(as_text(one) in wanted for one in (value if isinstance(value, list) else [value]))


def default_of(field: Field) -> Any:
    """The default as it is now, a copy of its own; None where the field has none."""
    found = field.info.get_default(call_default_factory=True, validated_data={})
    return None if found is PydanticUndefined else found


def as_text(value: Any) -> str:
    """A value as a form sends it; nothing for what no single control can hold."""
    if value is None or isinstance(value, (dict, list)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    return str(value)


def _field(model: type[BaseModel], name: str, info: FieldInfo) -> Field:
    show = next((one for one in info.metadata if isinstance(one, Show)), None)
    if show is None:
        raise TypeError(f"{model.__name__}.{name} has no Show: a form field needs its words")
    of, nullable = _without_none(info.annotation)
    kind, values, inner = _kind(f"{model.__name__}.{name}", of)
    return Field(name, info, kind, show, info.is_required(), nullable, _limits(info.metadata), values, inner)


def _kind(where: str, of: Any) -> tuple[Kind, tuple[str, ...], type[BaseModel] | None]:
    """The kind of a type, the values it allows, the model inside it."""
    if typing.get_origin(of) is list:
        kind, values, inner = _kind(where, _plain(typing.get_args(of)[0]))
        listed: dict[Kind, Kind] = {"group": "rows", "choice": "choices"}
        return listed.get(kind, "lines"), values, inner
    found, values = _kind_of_one(of)
    if found is None or not all(isinstance(value, str) for value in values):
        raise TypeError(f"{where}: a form has no control for {of!r}")
    return found, values, of if found == "group" else None


def _kind_of_one(of: Any) -> tuple[Kind | None, tuple[Any, ...]]:
    if typing.get_origin(of) is Literal:
        return "choice", typing.get_args(of)
    found = next((one for known, one in _KINDS if isinstance(of, type) and issubclass(of, known)), None)
    return found, tuple(one.value for one in of) if found == "choice" else ()


def _plain(of: Any) -> Any:
    return typing.get_args(of)[0] if typing.get_origin(of) is typing.Annotated else of


def _without_none(of: Any) -> tuple[Any, bool]:
    if typing.get_origin(of) in {typing.Union, types.UnionType}:
        rest = [one for one in typing.get_args(of) if one is not type(None)]
        if len(rest) == 1:
            return _plain(rest[0]), True
    return _plain(of), False


def _limits(metadata: Iterable[Any]) -> Limits:
    def first(*names: str) -> Any:
        for one in metadata:
            for name in names:
                value = getattr(one, name, None)
                if value is not None:
                    return value
        return None

    return Limits(first("ge", "gt"), first("le", "lt"), first("min_length"), first("max_length"), first("decimal_places"))
