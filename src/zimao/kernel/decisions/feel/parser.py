"""FEEL text to its tree: expressions and the unary tests of table cells (DMN 1.3, 10.3.1.2). Nothing is evaluated here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from zimao.kernel.decisions.feel.lexer import Token, normal_name, tokens
from zimao.kernel.decisions.feel.syntax import (
    ANY,
    Binary,
    Call,
    Compare,
    Equal,
    FeelError,
    If,
    In,
    ListOf,
    Literal,
    Name,
    Negative,
    Node,
    Path,
    Range,
    Test,
    Truth,
    UnaryTests,
    names_in,
)
from zimao.kernel.decisions.feel.temporal import at_literal
from zimao.kernel.text import t

__all__ = ["INPUT", "parse_expression", "parse_unary_tests"]

INPUT = "?"
_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_WORDS = {"true": True, "false": False, "null": None}
_DEPTH = 60
_LENGTH = 4000


def parse_expression(text: str, names: Iterable[str] = ()) -> Node:
    """The tree of an expression over the variables ``names``. FeelError if it is none or reads a name that is not there."""
    parser = _Parser(text, names)
    node = parser.expression()
    parser.end()
    return node


def parse_unary_tests(text: str, names: Iterable[str] = ()) -> UnaryTests:
    """The tests of a cell; an empty cell and ``-`` match anything. FeelError as for expressions."""
    if text.strip() in ("", "-"):
        return ANY
    parser = _Parser(text, (*names, INPUT))
    found = parser.unary_tests()
    parser.end()
    return found


class _Parser:
    """Recursive descent over the tokens; one method a level of precedence."""

    def __init__(self, text: str, names: Iterable[str]) -> None:
        if len(text) > _LENGTH:
            raise FeelError(t("表达式过长", "the expression is too long"))
        self.names = frozenset(normal_name(name) for name in names)
        self.tokens: list[Token] = list(tokens(text, self.names))
        self.at = 0
        self.depth = 0

    # --- reading tokens

    def peek(self) -> Token:
        return self.tokens[self.at]

    def next(self) -> Token:
        token = self.tokens[self.at]
        self.at += token.kind != "end"
        return token

    def take(self, *values: str) -> str | None:
        """The operator or keyword that comes next, if it is one of ``values``; it is consumed."""
        token = self.peek()
        if token.kind in ("op", "keyword") and token.value in values:
            self.at += 1
            return str(token.value)
        return None

    def need(self, value: str) -> None:
        if self.take(value) is None:
            raise self.wrong(t("此处应为“{value}”", "“{value}” is expected here").fill(value=value))

    def end(self) -> None:
        if self.peek().kind != "end":
            raise self.wrong(t("此处表达式应当结束", "the expression should end here"))

    def wrong(self, what: object) -> FeelError:
        token = self.peek()
        seen = t("末尾", "the end") if token.kind == "end" else t(f"“{token.value}”", f"“{token.value}”")
        return FeelError(t("第{at}个字符，{seen}：{what}", "character {at}, {seen}: {what}").fill(at=token.start + 1, seen=seen, what=what))

    # --- unary tests

    def unary_tests(self) -> UnaryTests:
        start = self.at
        if self.peek().kind == "name" and self.peek().value == "not" and self.tokens[self.at + 1].value == "(":
            self.at += 2
            tests = self.tests()
            if self.take(")") and self.peek().kind == "end":
                return UnaryTests(tests, negated=True)
            self.at = start
        return UnaryTests(self.tests())

    def tests(self) -> tuple[Test, ...]:
        found = [*self.test()]
        while self.take(","):
            found += self.test()
        return tuple(found)

    def test(self) -> list[Test]:
        op = self.take("<", "<=", ">", ">=", "=", "!=")
        if op is not None:
            return [Compare(op, self.additive())]
        node = self.expression()
        if isinstance(node, Range):
            return [node]
        if isinstance(node, ListOf):
            return [item if isinstance(item, Range) else Equal(item) for item in node.items]
        return [Truth(node) if INPUT in names_in(node) else Equal(node)]

    # --- expressions, loosest first

    def expression(self) -> Node:
        self.depth += 1
        if self.depth > _DEPTH:
            raise FeelError(t("表达式嵌套过深", "the expression is nested too deeply"))
        try:
            return self.conditional() if self.take("if") else self.chain(("or",), lambda: self.chain(("and",), self.comparison))
        finally:
            self.depth -= 1

    def conditional(self) -> Node:
        test = self.expression()
        self.need("then")
        yes = self.expression()
        self.need("else")
        return If(test, yes, self.expression())

    def chain(self, ops: tuple[str, ...], part: Callable[[], Node]) -> Node:
        node = part()
        while (op := self.take(*ops)) is not None:
            node = Binary(op, node, part())
        return node

    def comparison(self) -> Node:
        left = self.additive()
        if (op := self.take(*_COMPARISONS)) is not None:
            return Binary(op, left, self.additive())
        if self.take("between"):
            low = self.additive()
            self.need("and")
            return In(left, UnaryTests((Range(low, self.additive(), True, True),)))
        if self.take("in"):
            return In(left, UnaryTests(self.group()))
        return left

    def group(self) -> tuple[Test, ...]:
        """What may follow ``in``: one test, or several in brackets; ``(1..2)`` is an interval and not a group."""
        start = self.at
        if self.take("("):
            tests = self.tests()
            if self.take(")"):
                return tests
            self.at = start
        return tuple(self.test())

    def additive(self) -> Node:
        return self.chain(("+", "-"), lambda: self.chain(("*", "/"), lambda: self.chain(("**",), self.negation)))

    def negation(self) -> Node:
        """A minus sign binds tighter than a power: ``-3 ** 2`` is 9 (grammar rule 4)."""
        if self.take("-"):
            operand = self.postfix() if self.peek().value != "-" else self.double_negation()
            number = isinstance(operand, Literal) and isinstance(operand.value, Decimal)
            return Literal(operand.value.copy_negate()) if number and isinstance(operand, Literal) else Negative(operand)
        return self.postfix()

    def double_negation(self) -> Node:
        self.depth += 1
        if self.depth > _DEPTH:
            raise FeelError(t("表达式嵌套过深", "the expression is nested too deeply"))
        try:
            return self.negation()
        finally:
            self.depth -= 1

    def postfix(self) -> Node:
        node = self.primary()
        while self.take("."):
            token = self.next()
            if token.kind != "name":
                raise self.wrong(t("“.”之后应为名称", "a name is expected after “.”"))
            node = Path(node, str(token.value))
        return node

    def primary(self) -> Node:
        token = self.next()
        if token.kind in ("number", "string"):
            return Literal(token.value)
        if token.kind == "at":
            return Literal(at_literal(str(token.value)))
        if token.kind == "keyword" and token.value in _WORDS:
            return Literal(_WORDS[str(token.value)])
        if token.kind == "name" or token.value == INPUT:
            return self.named(str(token.value))
        if token.value in ("(", "[", "]"):
            return self.bracket(str(token.value))
        self.at -= token.kind != "end"
        raise self.wrong(t("此处应为一个值", "a value is expected here"))

    def named(self, name: str) -> Node:
        if self.take("("):
            return self.call(name)
        if name not in self.names:
            self.at -= 1
            raise self.wrong(t("没有名为“{name}”的输入或决策", "there is no input or decision named “{name}”").fill(name=name))
        return Name(name)

    def call(self, name: str) -> Node:
        arguments: list[Node] = []
        keys: list[str] = []
        while not self.take(")"):
            if arguments:
                self.need(",")
            if self.peek().kind == "name" and self.tokens[self.at + 1].value == ":":
                keys.append(str(self.next().value))
                self.at += 1
            arguments.append(self.expression())
        if keys and len(keys) != len(arguments):
            raise self.wrong(t("参数要么全部带名，要么全部不带名", "either all arguments are named or none"))
        return Call(name, tuple(arguments), tuple(keys))

    def bracket(self, opening: str) -> Node:
        if opening == "[" and self.take("]"):
            return ListOf(())
        node = self.expression()
        if self.take(".."):
            high = self.expression()
            closing = self.take("]", ")", "[")
            if closing is None:
                raise self.wrong(t("区间没有结束", "the interval does not end"))
            return Range(node, high, opening == "[", closing == "]")
        if opening == "(":
            self.need(")")
            return node
        if opening == "]":
            raise self.wrong(t("区间应写作 ]a..b]", "an interval is written ]a..b]"))
        items = [node]
        while self.take(","):
            items.append(self.expression())
        self.need("]")
        return ListOf(tuple(items))
