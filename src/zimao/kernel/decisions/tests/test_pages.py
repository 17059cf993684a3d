"""Pages, API and command line over one registered file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from django.test import Client, RequestFactory
from typer.testing import CliRunner

from zimao.kernel.decisions import registry
from zimao.kernel.decisions.api import RowsIn, evaluate, index, one
from zimao.kernel.decisions.cli import app
from zimao.kernel.decisions.tests.builders import one_table
from zimao.kernel.errors import Missing, Refused
from zimao.kernel.text import t

RULES = [["< 18", "false", "民法典第十七条", "未成年", "A minor"], ["(18..60]", "true", "民法典第十八条", "成年", "An adult"]]


@pytest.fixture
def name(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    if "zimao.kernel.decisions" not in settings.INSTALLED_APPS:
        settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "zimao.kernel.decisions"]
    monkeypatch.setattr(registry, "_DECISIONS", {})
    path = tmp_path / "age.dmn"
    path.write_bytes(one_table({"age": "number"}, {"full": "boolean"}, RULES, annotations=["source", "reason_zh", "reason_en"]))
    registry.register_decision("age", t("行为能力", "Capacity to act"), path)
    yield "age"
    registry._loaded.cache_clear()


def test_a_name_is_taken_once(name: str, tmp_path: Path) -> None:
    registry.register_decision(name, t("行为能力", "Capacity to act"), tmp_path / "age.dmn")
    with pytest.raises(ValueError, match="age"):
        registry.register_decision(name, t("别的", "Another"), tmp_path / "other.dmn")


@pytest.mark.django_db
def test_the_page_shows_rules_sources_and_findings(name: str, client: Client) -> None:
    assert "行为能力" in client.get("/decisions").content.decode()
    page = client.get(f"/decisions/{name}").content.decode()
    for words in ("唯一（U）", "&lt; 18", "民法典第十七条", "未成年", "没有规则适用于 age = 18", "没有规则适用于 age = 61"):
        assert words in page
    english = client.get(f"/decisions/{name}", headers={"accept-language": "en"}).content.decode()
    assert "A minor" in english
    assert "no rule applies to age = 18" in english
    assert client.get("/decisions/none").status_code == 404


def test_the_api_decides_rows(name: str) -> None:
    request = RequestFactory().get("/")
    assert [row.name for row in index(request)] == ["age"]
    assert [found["kind"] for found in one(request, name)["findings"]] == ["gap", "gap"]
    made = evaluate(request, name, RowsIn(rows=[{"age": 17.5}, {"age": "18"}]))
    assert made["rows"][0] == {
        "outputs": {"full": False},
        "rules": ["r1"],
        "sources": ["民法典第十七条"],
        "reasons": [{"zh": "未成年", "en": "A minor"}],
        "conflict": False,
    }
    assert made["rows"][1]["outputs"] == {"full": None}
    with pytest.raises(Refused) as caught:
        evaluate(request, name, RowsIn(rows=[{"age": 1}, {"age": "many"}]))
    assert caught.value.problems[0].row == 2
    with pytest.raises(Missing):
        evaluate(request, "none", RowsIn(rows=[]))


def _run(*arguments: str) -> SimpleNamespace:
    done = CliRunner().invoke(app, list(arguments))
    return SimpleNamespace(code=done.exit_code, text=done.output)


def test_the_command_line(name: str, tmp_path: Path) -> None:
    assert json.loads(_run("list", "--json").text)[0]["name"] == "age"
    assert "< 18" in _run("show", name).text
    assert json.loads(_run("show", name, "--json").text)["decisions"][0]["hit_policy"] == "UNIQUE"
    found = _run("check", name, "--json")
    assert (found.code, [one["example"] for one in json.loads(found.text)]) == (1, [{"age": "18"}, {"age": "61"}])
    rows, out = tmp_path / "rows.csv", tmp_path / "out.parquet"
    rows.write_text("age\n17\n20\n")
    assert _run("run", name, str(rows), "--output", str(out)).code == 0
    assert pl.read_parquet(out)["full"].to_list() == [False, True]
    rows.write_text("age\nmany\n")
    assert _run("run", str(tmp_path / "age.dmn"), str(rows)).code == 2
    assert _run("check", "none").code == 2
