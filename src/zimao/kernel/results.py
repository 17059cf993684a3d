"""What an operation answered, kept beside its idempotency key so that a repeated request gets the same answer.

Kept are: text, numbers, true, false, null, dates, instants, decimals, UUIDs, texts in two languages, enumeration members, lists, tuples,
objects with text keys, rows of the database (by their key: a repetition sees the row as it is by then), and the platform's own
dataclasses and forms made of these. Anything else, such as an open file, is not: the effect stays done once, and the
repetition is told that it was done. Secrets are never returned by an operation, so none is kept.
"""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models
from django.utils.module_loading import import_string
from pydantic import BaseModel

from zimao.kernel.errors import Conflict
from zimao.kernel.text import t

__all__ = ["keep", "restore"]

_PLAIN = (str, int, float, bool, type(None))
_SPELLED: dict[str, tuple[type, Callable[[str], Any]]] = {
    "datetime": (datetime, datetime.fromisoformat),
    "date": (date, date.fromisoformat),
    "time": (time, time.fromisoformat),
    "decimal": (Decimal, Decimal),
    "uuid": (UUID, UUID),
}
_OWN = "zimao."


class _NotKeptError(TypeError):
    """A value of a kind that is not kept."""


def keep(result: Any) -> str:
    """``result`` as JSON text, or a mark that it could not be kept."""
    try:
        return json.dumps(_down(result))
    except _NotKeptError as error:
        return json.dumps({"lost": str(error)})


def restore(text: str) -> Any:
    """What :func:`keep` was given. Conflict when that was not kept, or a row of it is no longer there."""
    kept = json.loads(text)
    if isinstance(kept, dict) and "lost" in kept:
        raise Conflict(
            "already_done", t("该请求已执行过，请刷新页面查看结果", "This was done before; load the page again to see the result")
        )
    return _up(kept)


def _down(value: Any) -> Any:
    """A tree of JSON in which every object is ``{kind: content}``, so that no text can be taken for another kind."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, models.Model):
        return {"row": [value._meta.label, _down(value.pk)]}
    if isinstance(value, list | tuple) and type(value) in {list, tuple}:
        return {type(value).__name__: [_down(one) for one in value]}
    if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
        return {"dict": {name: _down(one) for name, one in value.items()}}
    return _down_object(value)


def _down_object(value: Any) -> Any:
    kind = type(value)
    path = f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(value, enum.Enum) and path.startswith(_OWN) and "." not in kind.__qualname__:
        return {"enum": [path, value.name]}
    for name, (spelled, _) in _SPELLED.items():
        if kind is spelled:
            return {name: str(value) if name in {"decimal", "uuid"} else value.isoformat()}
    if path.startswith(_OWN) and "<" not in path and "." not in kind.__qualname__:
        if isinstance(value, BaseModel):
            return {"form": [path, {name: _down(getattr(value, name)) for name in kind.model_fields}]}
        if dataclasses.is_dataclass(value):
            fields = [field for field in dataclasses.fields(value) if field.init]
            return {"made": [path, {field.name: _down(getattr(value, field.name)) for field in fields}]}
    raise _NotKeptError(path)


def _up(kept: Any) -> Any:
    if not isinstance(kept, dict):
        return kept
    ((kind, content),) = kept.items()
    if kind in _SPELLED:
        return _SPELLED[kind][1](content)
    return _RAISED[kind](content)


def _row(content: list[Any]) -> models.Model:
    label, key = content
    found: models.Model | None = apps.get_model(label)._base_manager.filter(pk=_up(key)).first()
    if found is None:
        raise Conflict("result_gone", t("该请求已执行过，但结果已被删除", "This was done before, and its result has been deleted since"))
    return found


def _made(content: list[Any]) -> Any:
    path, fields = content
    return import_string(path)(**{name: _up(one) for name, one in fields.items()})


_RAISED: dict[str, Callable[[Any], Any]] = {
    "row": _row,
    "list": lambda content: [_up(one) for one in content],
    "tuple": lambda content: tuple(_up(one) for one in content),
    "dict": lambda content: {name: _up(one) for name, one in content.items()},
    "enum": lambda content: import_string(content[0])[content[1]],
    "form": lambda content: import_string(content[0]).model_construct(**{name: _up(one) for name, one in content[1].items()}),
    "made": _made,
}
