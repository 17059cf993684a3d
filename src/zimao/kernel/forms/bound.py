"""A form with its values and its problems, laid out as a page needs it: sections, fields, rows, options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from zimao.kernel.errors import Problem
from zimao.kernel.forms.controls import YES_NO, BoundField, BoundRow, Option, choice_options, id_of, widget_of
from zimao.kernel.forms.shape import Field, as_text, default_of, is_shown, shape
from zimao.kernel.text import Text, t

__all__ = ["BoundField", "BoundForm", "BoundRow", "BoundSection", "Option", "Told", "bind"]

_ENTRY = t("第{number}项", "entry {number}")
_ONLY_IF = t("仅当“{field}”为“{values}”时填写", "Only if “{field}” is “{values}”")
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
class Told:
    """One problem for the summary. ``target`` is the id of the control, or empty when it is not on this page."""

    sentence: Text
    trail: tuple[Text, ...] = ()
    target: str = ""


@dataclass(frozen=True, slots=True)
class BoundForm:
    """The whole form, or what ``section`` left of it. ``problems`` are all that were given, wherever they belong."""

    model: type[BaseModel]
    sections: tuple[BoundSection, ...]
    problems: tuple[Problem, ...] = ()
    prefix: str = ""

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

    def summary(self) -> list[Told]:
        """Every problem, with the way to it: the labels that lead to the field, and a link when it is shown here."""
        ids: dict[str, str] = {}
        for field in self._all():
            ids[field.name] = field.id
            ids |= {row.name: row.id for row in field.rows}
        return [Told(problem.sentence, self._trail(problem.field), ids.get(problem.field, "")) for problem in self.problems]

    @property
    def has_required(self) -> bool:
        """True when a field shown here must be filled in: the page then says what the mark means."""
        return any(field.is_required for field in self._all())

    def _trail(self, name: str) -> tuple[Text, ...]:
        path = name.removeprefix(f"{self.prefix}.") if self.prefix else name
        trail: list[Text] = []
        fields = shape(self.model)
        for part in path.split("."):
            if part.isdecimal() and trail:
                trail.append(_ENTRY.fill(number=int(part[:6]) + 1))
            elif part in fields:
                trail.append(fields[part].show.label)
                fields = fields[part].fields
        return tuple(trail)

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
    return BoundForm(model, tuple(_sections(fields)), said, prefix)


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
        only_if=_only_if(beside[condition[0]], condition[1]) if condition else None,
    )
    if field.kind == "group":
        return replace(bound, fields=_fields(field.fields, value, f"{name}.", problems))
    if field.kind == "rows":
        return _with_rows(bound, value if isinstance(value, list) else [], problems)
    texts = [as_text(one) for one in value] if isinstance(value, list) else [as_text(value)]
    if bound.widget == "lines":
        texts = ["\n".join(texts)]
    return replace(bound, value=texts[0] if texts else "", options=choice_options(bound, texts))


def _only_if(other: Field, values: Iterable[str]) -> Text:
    words = YES_NO if other.kind == "yes_no" else other.show.words()
    said = [words.get(value) or t(value, value) for value in values]
    return _ONLY_IF.fill(field=other.show.label, values=t("、".join(one.zh for one in said), ", ".join(one.en for one in said)))


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
