"""A decision table to stages of column expressions: cells, rules, the rule that counts, outputs (DMN 1.3, clause 8).

Each distinct cell is tested once for all rules that share it. Priority and output order are an order of the rules known beforehand,
because their outputs are constants.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_, or_

import polars as pl

from zimao.kernel.decisions.columns import Column, Scope, cast, constant, expression, tested
from zimao.kernel.decisions.feel.scalar import mixed
from zimao.kernel.decisions.feel.syntax import FeelError, Literal, Name, Node
from zimao.kernel.decisions.model import Rule, Table
from zimao.kernel.decisions.types import DIGITS, Type, common, series_of
from zimao.kernel.text import Text, t

__all__ = ["CellError", "Check", "Stage", "TablePlan", "compile_table", "ranked", "rule_ids"]

_INDEX = pl.UInt32
Stage = list[pl.Expr]


class CellError(FeelError):
    """A FeelError with the rule's number and the column that it stands in."""

    def __init__(self, reason: Text, rule: int | None, column: str) -> None:
        super().__init__(reason)
        self.rule = rule
        self.column = column


@dataclass(frozen=True, slots=True)
class Check:
    """A value that must pass its allowed values: ``passed`` is never null."""

    column: str
    text: str
    passed: pl.Expr


@dataclass(slots=True)
class TablePlan:
    """The stages that make ``outputs`` and ``value`` (what other decisions read).

    ``index`` holds the number of the rule that counts (from 0; null for none), or the list of them when ``many`` is true.
    ``hits`` is the number of matching rules where it matters, else None.
    """

    stages: list[Stage] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    outputs: list[tuple[str, Column]] = field(default_factory=list)
    value: Column | None = None
    index: str = ""
    many: bool = False
    hits: str | None = None


def compile_table(table: Table, scope: Scope, prefix: str) -> TablePlan:
    """The plan of a table over the columns of ``scope``; its own columns start with ``prefix``. CellError with the place."""
    return _Compiler(table, scope, prefix).plan()


def ranked(table: Table) -> list[Rule]:
    """The rules in the order in which their outputs count: by the listed values, column after column; else as written."""
    if table.hit_policy not in ("PRIORITY", "OUTPUT ORDER"):
        return list(table.rules)

    def rank(rule: Rule) -> tuple[int, ...]:
        pairs = zip(table.outputs, rule.outputs, strict=True)
        return tuple(output.values.index(node.value) for output, node in pairs if output.values and isinstance(node, Literal))

    return sorted(table.rules, key=rank)


class _Compiler:
    def __init__(self, table: Table, scope: Scope, prefix: str) -> None:
        self.table = table
        self.scope = scope
        self.prefix = prefix
        self.made = TablePlan()
        self.hit = {rule.number: pl.col(f"{prefix}h{rule.number}") for rule in table.rules}

    def plan(self) -> TablePlan:
        self._match(self._inputs())
        if self.table.many or self.table.aggregator:
            self._many()
        else:
            self._single()
        return self.made

    def _inputs(self) -> list[Column]:
        """The values to be tested; one that breaks its inputValues is null for the table (and refused by a strict run)."""
        stage: Stage = []
        columns = []
        for place, clause in enumerate(self.table.inputs):
            with_type = self._placed(None, clause.label, clause.node)
            if clause.type.known and with_type.type.kind not in (clause.type.kind, "null"):
                raise CellError(mixed(clause.type.kind, with_type.type.kind).reason, None, clause.label)
            expr = with_type.expr
            if clause.allowed is not None:
                passed = tested(clause.allowed, with_type, self.scope).fill_null(False) | expr.is_null()
                self.made.checks.append(Check(clause.label, clause.allowed_text, passed))
                expr = pl.when(passed).then(expr)
            if clause.allowed is not None or not isinstance(clause.node, Name):
                name = f"{self.prefix}i{place}"
                stage.append(expr.alias(name))
                expr = pl.col(name)
            columns.append(Column(expr, with_type.type))
        self.made.stages.append(stage)
        return columns

    def _placed(self, rule: int | None, column: str, node: Node) -> Column:
        try:
            return expression(node, self.scope)
        except FeelError as error:
            raise CellError(error.reason, rule, column) from error

    def _match(self, columns: Sequence[Column]) -> None:
        """One column for each distinct cell, then one for each rule."""
        cells: dict[tuple[int, str], str] = {}
        tests: Stage = []
        hits: Stage = []
        for rule in self.table.rules:
            used = []
            for place, (cell, text) in enumerate(zip(rule.tests, rule.test_texts, strict=True)):
                if not cell.tests:
                    continue
                if (place, text) not in cells:
                    cells[place, text] = f"{self.prefix}c{len(cells)}"
                    try:
                        passed = tested(cell, columns[place], self.scope)
                    except FeelError as error:
                        raise CellError(error.reason, rule.number, self.table.inputs[place].label) from error
                    tests.append(passed.fill_null(False).alias(cells[place, text]))
                used.append(pl.col(cells[place, text]))
            hits.append((reduce(and_, used) if used else pl.lit(True)).alias(f"{self.prefix}h{rule.number}"))
        self.made.stages += [tests, hits]

    # --- one rule counts

    def _single(self) -> None:
        rules = ranked(self.table)
        any_hit = reduce(or_, self.hit.values())
        first = self._first(rules)
        self.made.index = f"{self.prefix}x"
        if self.table.hit_policy in ("UNIQUE", "ANY"):
            self.made.hits = f"{self.prefix}n"
            self.made.stages.append([_count(self.hit.values()).alias(self.made.hits)])
            first = pl.when(self._one_verdict(pl.col(self.made.hits))).then(first)
        self.made.stages.append([first.alias(self.made.index)])
        index = pl.col(self.made.index)
        last = pl.when(~any_hit).then(pl.lit(len(self.table.rules), dtype=_INDEX)).otherwise(index)
        defaults = any(output.default is not None for output in self.table.outputs)
        self._outputs(last if defaults else index)

    def _first(self, rules: Sequence[Rule]) -> pl.Expr:
        return pl.coalesce(pl.when(self.hit[rule.number]).then(pl.lit(rule.number - 1, dtype=_INDEX)) for rule in rules)

    def _one_verdict(self, hits: pl.Expr) -> pl.Expr:
        """Unique: one rule at most. Any: all that match have the same outputs."""
        if self.table.hit_policy == "UNIQUE":
            return hits <= 1
        groups: dict[tuple[Node, ...], list[pl.Expr]] = {}
        for rule in self.table.rules:
            groups.setdefault(rule.outputs, []).append(self.hit[rule.number])
        return _count(reduce(or_, group) for group in groups.values()) <= 1

    def _outputs(self, index: pl.Expr) -> None:
        stage: Stage = []
        for place, output in enumerate(self.table.outputs):
            column = self._output(place, index)
            name = f"{self.prefix}o{place}"
            stage.append(column.expr.alias(name))
            self.made.outputs.append((output.name, Column(pl.col(name), column.type)))
        self.made.stages.append(stage)
        if len(self.made.outputs) == 1:
            self.made.value = self.made.outputs[0][1]
            return
        fields = dict(self.made.outputs)
        packed = pl.struct([column.expr.alias(name) for name, column in fields.items()])
        type_ = Type("structure", fields=tuple((name, column.type) for name, column in fields.items()))
        self.made.stages.append([pl.when(index.is_not_null()).then(packed).alias(f"{self.prefix}v")])
        self.made.value = Column(pl.col(f"{self.prefix}v"), type_)

    def _entries(self, place: int) -> tuple[list[Column], Type]:
        """The entries of an output column, its default last, and the type that holds them all."""
        output = self.table.outputs[place]
        entries = [self._placed(rule.number, output.name, rule.outputs[place]) for rule in self.table.rules]
        entries.append(self._placed(None, output.name, output.default) if output.default is not None else constant(None))
        for number, entry in enumerate(entries, 1):
            if output.type.known and entry.type.kind not in (output.type.kind, "null"):
                rule = number if number <= len(self.table.rules) else None
                raise CellError(mixed(output.type.kind, entry.type.kind).reason, rule, output.name)
        try:
            found = common(entry.type for entry in entries)
        except FeelError as error:
            raise CellError(error.reason, None, output.name) from error
        if found.kind == "null" and output.type.known:
            found = output.type
        return entries, found

    def _constants(self, place: int, type_: Type) -> pl.Series | None:
        output = self.table.outputs[place]
        nodes = [rule.outputs[place] for rule in self.table.rules] + [output.default or Literal(None)]
        values = [node.value for node in nodes if isinstance(node, Literal)]
        try:
            return series_of(values, type_) if len(values) == len(nodes) else None
        except FeelError as error:
            raise CellError(error.reason, None, output.name) from error

    def _output(self, place: int, index: pl.Expr) -> Column:
        entries, type_ = self._entries(place)
        constants = self._constants(place, type_)
        if constants is not None:
            return Column(pl.lit(constants).gather(index), type_)
        chosen = pl.coalesce(pl.when(index == at).then(cast(entry, type_)) for at, entry in enumerate(entries))
        return Column(chosen, type_)

    # --- all rules that match count

    def _many(self) -> None:
        self.made.many = True
        self.made.index = f"{self.prefix}x"
        found = [pl.when(self.hit[rule.number]).then(pl.lit(rule.number - 1, dtype=_INDEX)) for rule in ranked(self.table)]
        self.made.stages.append([pl.concat_list(found).list.drop_nulls().alias(self.made.index)])
        index = pl.col(self.made.index)
        if self.table.aggregator:
            column = self._aggregated(index)
            name = f"{self.prefix}o0"
            self.made.stages.append([column.expr.alias(name)])
            self.made.value = Column(pl.col(name), column.type)
            self.made.outputs = [(self.table.outputs[0].name, self.made.value)]
            return
        self._lists(index)

    def _lists(self, index: pl.Expr) -> None:
        """A list for each output, and the list of all; both null where nothing matches."""
        columns = [self._entries(place) for place in range(len(self.table.outputs))]
        names = [output.name for output in self.table.outputs]
        one = (
            columns[0][1] if len(names) == 1 else Type("structure", fields=tuple(zip(names, (type_ for _, type_ in columns), strict=True)))
        )
        rows = [_packed(names, [(entries[at], type_) for entries, type_ in columns]) for at in range(len(self.table.rules))]
        marked = [pl.struct(hit=self.hit[rule.number], value=rows[rule.number - 1]) for rule in ranked(self.table)]
        element = pl.element()
        kept = pl.concat_list(marked).list.eval(element.filter(element.struct.field("hit")).struct.field("value"))
        self.made.stages.append([pl.when(index.list.len() > 0).then(kept).alias(f"{self.prefix}v")])
        value = Column(pl.col(f"{self.prefix}v"), Type("list", item=one))
        self.made.value = value
        if len(names) == 1:
            self.made.outputs = [(names[0], value)]
            return
        for name, (_, type_) in zip(names, columns, strict=True):
            self.made.outputs.append((name, Column(value.expr.list.eval(element.struct.field(name)), Type("list", item=type_))))

    def _aggregated(self, index: pl.Expr) -> Column:
        if self.table.aggregator == "COUNT":
            return Column(index.list.len().cast(pl.Decimal(DIGITS, 0)), Type("number", scale=0))
        entries, type_ = self._entries(0)
        if type_.kind != "number" and (self.table.aggregator == "SUM" or type_.kind in ("boolean", "structure", "list")):
            raise CellError(t("聚合的输出必须是数字", "an aggregated output is a number"), None, self.table.outputs[0].name)
        values = [pl.when(self.hit[rule.number]).then(cast(entries[rule.number - 1], type_)) for rule in self.table.rules]
        fold = {"SUM": pl.sum_horizontal, "MIN": pl.min_horizontal, "MAX": pl.max_horizontal}[self.table.aggregator]
        lacking = reduce(or_, (self.hit[rule.number] & value.is_null() for rule, value in zip(self.table.rules, values, strict=True)))
        return Column(pl.when((index.list.len() > 0) & ~lacking).then(fold(values)), type_)


def _count(hits: Iterable[pl.Expr]) -> pl.Expr:
    return pl.sum_horizontal(hit.cast(_INDEX) for hit in hits)


def _packed(names: Sequence[str], parts: Sequence[tuple[Column, Type]]) -> pl.Expr:
    exprs = [cast(column, type_) for column, type_ in parts]
    return exprs[0] if len(exprs) == 1 else pl.struct([expr.alias(name) for name, expr in zip(names, exprs, strict=True)])


def rule_ids(table: Table, plan: TablePlan) -> pl.Expr:
    """The ids of the rules that count: a text, or a list of them."""
    ids = pl.lit(pl.Series([rule.id for rule in table.rules], dtype=pl.String))
    index = pl.col(plan.index)
    return index.list.eval(ids.gather(pl.element())) if plan.many else ids.gather(index)
