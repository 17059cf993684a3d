"""The check of a form's values: every problem at once, each beside its field, in words."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from zimao.kernel.errors import Problem, Refused, ZimaoError
from zimao.kernel.forms.shape import Field, default_of, find, is_shown, shape
from zimao.kernel.forms.words import REQUIRED, UNREADABLE, WRONG_DATE, WRONG_SHAPE, problem

__all__ = ["draft", "field_problems", "problems_of", "validate"]

Model = TypeVar("Model", bound=BaseModel)
Values = Mapping[str, Any]
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_ISO_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}")


def validate(model: type[Model], values: Values) -> Model:
    """The form filled with ``values``; Refused with every problem when a rule is broken. Nothing else is ever raised.

    A field whose condition does not hold is not asked: its value is dropped and its default taken. A required text may not
    be empty. Dates are ISO 8601 texts, numbers are numbers or their texts. What a form's own validator says of several fields
    together is looked at once each field by itself is right.
    """
    form, problems = _checked(model, values)
    if form is None:
        raise Refused.of(problems)
    return form


def problems_of(model: type[BaseModel], values: Values, *, partial: bool = False, only: str = "") -> tuple[Problem, ...]:
    """What is wrong with ``values``; empty when nothing is.

    ``partial`` leaves out what is still to be filled in; ``only`` is the dotted path of the section or field that matters.
    """
    _, problems = _checked(model, values)
    kept = (one for one in problems if not partial or not _is_empty(_at(values, one.field)))
    return tuple(one for one in kept if not only or one.field == only or one.field.startswith(f"{only}."))


def field_problems(model: type[BaseModel], values: Values, path: str) -> tuple[Problem, ...]:
    """What is wrong with the one field at ``path``; a field that was left empty counts as wrong when it is required."""
    return tuple(one for one in problems_of(model, values) if one.field == path)


def draft(model: type[Model], values: Values) -> Model:
    """A form made of whatever is right in ``values``; what is missing or wrong is the default, or None where there is none.

    For reading a form that is being filled in, or one that was checked when it was submitted. Never refuses.
    """
    return _drafted_form(model, values)


def _drafted_form(model: type[Model], values: Any) -> Model:
    fields = shape(model)
    given = _asked(fields, values if isinstance(values, Mapping) else {})
    return model.model_construct(None, **{name: _drafted(model, field, given.get(name)) for name, field in fields.items()})


def _checked(model: type[Model], values: Any) -> tuple[Model | None, list[Problem]]:
    if not isinstance(values, Mapping):
        return None, [Problem("form.shape", "", WRONG_SHAPE)]
    fields = shape(model)
    form, broken = _outcome(model, _asked(fields, values))
    first = {one.field: one for one in _first_look(fields, values, "")}
    found = [*first.values(), *(one for one in broken if one.field not in first)]
    return (None if found else form), _in_order(found, model)


def _outcome(model: type[Model], asked: Values) -> tuple[Model | None, list[Problem]]:
    try:
        return model.model_validate(asked), []
    except ValidationError as error:
        return None, _said(model, error)
    except ZimaoError as refused:  # by a validator of the form's own or of a group's, which hides what else is wrong
        return None, [one for field in shape(model).values() for one in _alone(model, field, asked)] or list(refused.problems)


def _alone(model: type[BaseModel], field: Field, asked: Values) -> list[Problem]:
    """What is wrong with one field, looked at by itself."""
    if field.name not in asked:
        return [Problem("field.required", field.name, REQUIRED)] if field.required else []
    value = asked[field.name]
    try:
        _adapter(model, field.name).validate_python(value)
    except ValidationError as error:
        return _said(model, error, field.name)
    except ZimaoError as refused:
        parts = enumerate(value) if field.kind == "rows" else [("", value)]
        inside = ((f"{field.name}.{index}".strip("."), field.model, part) for index, part in parts)
        found = [_under(path, one) for path, of, part in inside if of is not None for one in _outcome(of, part)[1]]
        return found or [_under(field.name, one) for one in refused.problems]
    return []


def _said(model: type[BaseModel], error: ValidationError, *under: str) -> list[Problem]:
    return [problem(one, *_where(model, (*under, *one["loc"]))) for one in error.errors(include_url=False)]


def _under(path: str, one: Problem) -> Problem:
    return replace(one, field=f"{path}.{one.field}".strip("."))


def _in_order(found: list[Problem], model: type[BaseModel]) -> list[Problem]:
    """In the order in which the fields stand on the page, none twice."""

    def place(one: Problem) -> tuple[int, ...]:
        fields, places = shape(model), []
        for part in one.field.split("."):
            if part.isdecimal():
                places.append(int(part))
            elif part in fields:
                places.append(list(fields).index(part))
                fields = fields[part].fields
        return tuple(places)

    return sorted(dict.fromkeys(found), key=place)


def _first_look(fields: Mapping[str, Field], values: Values, prefix: str) -> Iterator[Problem]:
    """What Pydantic would let pass, or would say less clearly."""
    for name, field in fields.items():
        path, value = f"{prefix}{name}", values.get(name)
        if not is_shown(field, fields, values):
            continue
        if name in values or field.show.needed:
            yield from _look_at(field, value, path)
        if field.kind == "group" and value is None and field.required and not field.nullable:
            value = {}
        if field.kind == "group" and isinstance(value, Mapping):
            yield from _first_look(field.fields, value, f"{path}.")
        if field.kind == "rows" and isinstance(value, Sequence) and not isinstance(value, str):
            for index, row in enumerate(value):
                if isinstance(row, Mapping):
                    yield from _first_look(field.fields, row, f"{path}.{index}.")


def _look_at(field: Field, value: Any, path: str) -> Iterator[Problem]:
    must_hold = field.required and not field.nullable and field.kind not in {"group", "rows", "lines", "choices"}
    if _is_empty(value) and (field.show.needed or must_hold):
        yield Problem("field.required", path, REQUIRED)
    elif field.kind in {"date", "datetime"} and value is not None and not _is_date(value):
        yield Problem("field.date", path, WRONG_DATE)
    elif any(_UNSTORABLE.search(text) for text in _texts(value)):
        yield Problem("field.characters", path, UNREADABLE)


def _is_date(value: Any) -> bool:
    return not isinstance(value, (int, float)) and (not isinstance(value, str) or bool(_ISO_DATE.match(value)))


def _texts(value: Any) -> list[str]:
    several = value if isinstance(value, list) else [value]
    return [one for one in several if isinstance(one, str)]


def _asked(fields: Mapping[str, Field], values: Values) -> dict[str, Any]:
    """``values`` without those of fields that are not asked, at every depth."""
    kept: dict[str, Any] = {}
    for name, value in values.items():
        field = fields.get(name)
        if field is None:
            kept[str(name)] = value
        elif is_shown(field, fields, values):
            kept[name] = _asked_inside(field, value)
    for name, field in fields.items():  # a group nobody began: each of its fields is missing, not the group
        if field.kind == "group" and field.required and not field.nullable and kept.get(name) is None:
            kept[name] = _asked(field.fields, {})
    return kept


def _asked_inside(field: Field, value: Any) -> Any:
    if field.kind == "group" and isinstance(value, Mapping):
        return _asked(field.fields, value)
    if field.kind == "rows" and isinstance(value, list):
        return [_asked(field.fields, row) if isinstance(row, Mapping) else row for row in value]
    return value


def _where(model: type[BaseModel], loc: tuple[Any, ...]) -> tuple[str, int | None, Field | None]:
    """The dotted path of a field from Pydantic's location, the 1-based place in a list of single values, and the field."""
    path, field = "", None
    for part in loc:
        readable = str(part)[:100].encode("utf-8", "replace").decode()  # a name somebody made up may not be text at all
        longer = f"{path}.{readable}" if path else readable
        inside = find(model, longer)
        if inside is None:
            if isinstance(part, int):
                return path, part + 1, field
            return (longer if field is None or field.fields else path), None, field
        path, field = longer, inside
    return path, None, field


def _at(values: Any, path: str) -> Any:
    for part in path.split(".") if path else ():
        if isinstance(values, Mapping):
            values = values.get(part)
        elif isinstance(values, list) and part.isdecimal() and int(part) < len(values):
            values = values[int(part)]
        else:
            return None
    return values


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or value == []


def _drafted(model: type[BaseModel], field: Field, value: Any) -> Any:
    if field.model is not None and field.kind == "group":
        return None if value is None and field.nullable else _drafted_form(field.model, value)
    if field.model is not None and field.kind == "rows":
        return [_drafted_form(field.model, row) for row in value] if isinstance(value, list) else default_of(field) or []
    if value is None:
        return default_of(field)
    try:
        return _adapter(model, field.name).validate_python(value)
    except (ValidationError, ZimaoError):
        return default_of(field)


@functools.cache
def _adapter(model: type[BaseModel], name: str) -> TypeAdapter[Any]:
    info = model.model_fields[name]
    own_config = isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel)
    of: Any = Annotated[info.annotation, *info.metadata]
    return TypeAdapter(of, config=None if own_config else model.model_config)
