"""The facts of the notice and the tests that prove them: each fact has a test, each mark names a fact."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

from zimao.kernel.manifest import services

ROOT = Path(__file__).resolve().parent.parent
FACTS = tomllib.loads((ROOT / "docs" / "notice" / "facts.toml").read_text(encoding="utf-8"))["fact"]


def _marks() -> Iterator[tuple[str, str]]:
    """Every ``@pytest.mark.fact("…")`` on a test function, with the file it is in."""
    for path in [*ROOT.glob("tests/**/test_*.py"), *ROOT.glob("src/**/test_*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for mark in node.decorator_list:
                    if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.fact":
                        yield str(ast.literal_eval(mark.args[0])), f"{path.relative_to(ROOT)}::{node.name}"


def test_every_fact_has_a_test():
    proved = {fact for fact, _ in _marks()}
    assert [fact["id"] for fact in FACTS if fact["id"] not in proved] == []


def test_every_mark_names_a_fact():
    known = {fact["id"] for fact in FACTS}
    assert [f"{where} marks {fact}" for fact, where in _marks() if fact not in known] == []


def test_every_fact_says_what_it_is_in_both_languages():
    assert len({fact["id"] for fact in FACTS}) == len(FACTS)
    for fact in FACTS:
        assert fact["zh"].strip()
        assert fact["en"].strip()


def test_every_service_that_is_switched_on_has_facts():
    numbered = {int(fact["id"].partition("-")[0]) for fact in FACTS}
    assert {service.number for service in services()} <= numbered
