"""A form with its values and its problems, laid out as a page needs it: sections, fields, rows, options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from zimao.kernel.errors import Problem
from zimao.kernel.forms.controls import BoundField, BoundRow, Option, choice_options, id_of, widget_of
from zimao.kernel.forms.shape import Field, as_text, default_of, is_shown, shape
from zimao.kernel.text import Text

__all__ = ["BoundField", "BoundForm", "BoundRow", "BoundSection", "Option", "bind"]

_CONTAINERS = frozenset({"group", "rows"})


@dataclass(frozen=True, slots=True)
class BoundSection:
    """What stands together under one heading: a group, a list of rows, or fields of the form itself (then without a heading)."""

    name: str
    label: Text | None
    help: Text | None
    fields: tuple[BoundField, ...]

    @property
    def has_problems(self) -> bool:
        """True when a problem lies anywhere in the section."""
        return any(field.has_problems for field in self.fields)


@dataclass(frozen=True, slots=True)
class BoundForm:
    """The whole form, or what ``section`` left of it. ``problems`` are all that were given, wherever they belong."""

    model: type[BaseModel]
    sections: tuple[BoundSection, ...]
    problems: tuple[Problem, ...] = ()

    def __iter__(self) -> Iterator[BoundField]:
        """Every field that stands directly in a section."""
        return (field for section in self.sections for field in section.fields)

    def section(self, name: str) -> BoundForm:
        """Only the section with that name, its fields named as in the whole form. KeyError when there is none."""
        kept = tuple(one for one in self.sections if one.name == name)
        if not kept:
            raise KeyError(name)
        return replace(self, sections=kept)

    def field(self, name: str) -> BoundField:
        """The field with that full dotted name, such as ``owners.0.share``. KeyError when there is none."""
        for field in self._all():
            if field.name == name:
                return field
        raise KeyError(name)

    def targets(self) -> Mapping[str, str]:
        """Where a link to a problem leads: the id of the control, group, list or row, by dotted name."""
        found: dict[str, str] = {}
        for field in self._all():
            found[field.name] = field.id
            found |= {row.name: row.id for row in field.rows}
        return found

    def _all(self) -> Iterator[BoundField]:
        waiting = list(self)
        while waiting:
            field = waiting.pop(0)
            yield field
            waiting[:0] = field.inside()


def bind(model: type[BaseModel], values: Mapping[str, Any] | BaseModel, problems: Iterable[Problem] = (), prefix: str = "") -> BoundForm:
    """``model`` with ``values`` (JSON values, as ``read`` gives them, or a form) and the ``problems`` of a refusal.

    Names begin with ``prefix``: two forms on one page, or ``bind(Section, values["ship"], problems, "ship")`` for one section of
    a larger form. Problems are found by that full name; what belongs to no field shown here still stands in the summary.
    """
    said = tuple(problems)
    given = values.model_dump(mode="json") if isinstance(values, BaseModel) else values
    found: dict[str, list[Problem]] = {}
    for problem in said:
        found.setdefault(problem.field, []).append(problem)
    fields = _fields(shape(model), given, f"{prefix}." if prefix else "", found)
    return BoundForm(model, tuple(_sections(fields)), said)


def _sections(fields: Iterable[BoundField]) -> Iterator[BoundSection]:
    loose: list[BoundField] = []
    for field in fields:
        if field.kind not in _CONTAINERS:
            loose.append(field)
            continue
        if loose:
            yield BoundSection(loose[0].field.name, None, None, tuple(loose))
            loose = []
        yield BoundSection(field.field.name, field.label, field.help, (field,))
    if loose:
        yield BoundSection(loose[0].field.name, None, None, tuple(loose))


def _fields(fields: Mapping[str, Field], values: Any, prefix: str, problems: Mapping[str, list[Problem]]) -> tuple[BoundField, ...]:
    given = values if isinstance(values, Mapping) else {}
    return tuple(_field(field, fields, given, prefix, problems) for field in fields.values())


def _field(
    field: Field, beside: Mapping[str, Field], values: Mapping[str, Any], prefix: str, problems: Mapping[str, list[Problem]]
) -> BoundField:
    name = f"{prefix}{field.name}"
    value = values[field.name] if field.name in values else default_of(field)
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    condition = field.show.shown_if
    bound = BoundField(
        field=field,
        name=name,
        id=id_of(name),
        widget=widget_of(field),
        errors=tuple(problem.sentence for problem in problems.get(name, ())),
        is_shown=is_shown(field, beside, values),
        depends_on=f"{prefix}{condition[0]}" if condition else "",
    )
    if field.kind == "group":
        return replace(bound, fields=_fields(field.fields, value, f"{name}.", problems))
    if field.kind == "rows":
        return _with_rows(bound, value if isinstance(value, list) else [], problems)
    texts = [as_text(one) for one in value] if isinstance(value, list) else [as_text(value)]
    if bound.widget == "lines":
        texts = ["\n".join(texts)]
    return replace(bound, value=texts[0] if texts else "", options=choice_options(bound, texts))


def _with_rows(bound: BoundField, rows: list[Any], problems: Mapping[str, list[Problem]]) -> BoundField:
    def row(index: int | str, values: Any) -> BoundRow:
        name = f"{bound.name}.{index}"
        said = tuple(problem.sentence for problem in problems.get(name, ()))
        number = index + 1 if isinstance(index, int) else 0
        return BoundRow(name, id_of(name), number, _fields(bound.field.fields, values, f"{name}.", problems), said)

    filled = tuple(row(index, values) for index, values in enumerate(rows))
    most = bound.field.limits.max_length
    extra = () if most is not None and len(rows) >= most else (replace(row(len(rows), {}), is_extra=True),)
    return replace(bound, rows=(*filled, *extra), blank=row(bound.placeholder, {}))
