"""The command line as a whole: every command speaks JSON, and an error of the platform is a sentence and exit code 1."""

from __future__ import annotations

import json

import pytest
import typer
from typer.main import get_command

from zimao.cli import PARTS, build, main
from zimao.kernel.errors import Refused
from zimao.kernel.text import t


def _commands(group, trail=()):
    """Every command with the words that call it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*trail, name))
        else:
            yield (*trail, name), command


COMMANDS = dict(_commands(get_command(build())))


def test_the_commands_of_every_part_are_there():
    first = {words[0] for words in COMMANDS}
    assert set(PARTS) | {"serve", "demo", "migrate", "openapi", "worker", "ships"} <= first


@pytest.mark.parametrize("words", sorted(COMMANDS), ids=" ".join)
def test_every_command_takes_json(words):
    assert any("--json" in option.opts for option in COMMANDS[words].params)


@pytest.mark.parametrize("words", sorted(COMMANDS), ids=" ".join)
def test_every_command_says_what_it_does(words):
    assert (COMMANDS[words].help or "").strip()


def test_openapi_is_json_with_the_parts_in_it(capsys):
    with pytest.raises(SystemExit) as end:
        main(["openapi"])
    schema = json.loads(capsys.readouterr().out)
    assert end.value.code == 0
    assert {"/api/v1/cases", "/api/v1/parties/me", "/api/v1/ships/applications"} <= set(schema["paths"])


def test_openapi_into_a_file(tmp_path, capsys):
    out = tmp_path / "openapi.json"
    with pytest.raises(SystemExit):
        main(["openapi", "--out", str(out), "--json"])
    assert json.loads(capsys.readouterr().out)["bytes"] == out.stat().st_size
    assert json.loads(out.read_text(encoding="utf-8"))["info"]["title"]


@pytest.fixture
def refusing(monkeypatch):
    """A command that is refused, whatever it is asked."""

    def refuse(*_: object, **__: object) -> None:
        raise Refused("disk.full", t("磁盘已满", "The disk is full"), "path")

    monkeypatch.setattr("zimao.cli.call_command", refuse)


def test_a_refusal_is_a_sentence_on_standard_error(refusing, capsys):
    with pytest.raises(SystemExit) as end:
        main(["migrate"])
    told = capsys.readouterr()
    assert (end.value.code, told.out) == (1, "")
    assert told.err.strip() in {"path: 磁盘已满", "path: The disk is full"}


def test_a_refusal_with_json_is_a_problem_document(refusing, capsys):
    with pytest.raises(SystemExit) as end:
        main(["migrate", "--json"])
    problem = json.loads(capsys.readouterr().out)
    assert (end.value.code, problem["status"], problem["code"]) == (1, 422, "disk.full")
    assert problem["errors"][0]["field"] == "path"


def test_the_help_of_the_whole_is_shown_without_a_command(capsys):
    with pytest.raises((SystemExit, typer.Exit)):
        main([])
    assert "serve" in capsys.readouterr().out
