"""How every command speaks: the reader's language, text or JSON, and a refusal with exit code 1. Free of Django."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from zimao.kernel.errors import Problem, ZimaoError

__all__ = ["AsJson", "language", "output", "refused"]

AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON · Print JSON")]


def language() -> str:
    """English where the terminal's locale is, otherwise Chinese."""
    return "en" if os.environ.get("LANG", "").startswith("en") else "zh"


def output(found: Any, lines: Sequence[str], as_json: bool) -> None:
    """Print ``found`` as JSON, or ``lines`` for people."""
    typer.echo(json.dumps(found, ensure_ascii=False, indent=1, default=str) if as_json else "\n".join(lines))


def refused(error: ZimaoError, as_json: bool, code: int = 1) -> typer.Exit:
    """Say what is wrong: every problem with its place on standard error, or a problem document; raise what this answers."""
    if as_json:
        output(error.as_problem(language()), (), as_json)
    else:
        typer.echo("\n".join(_line(one) for one in error.problems), err=True)
    return typer.Exit(code)


def _line(one: Problem) -> str:
    place = " ".join(str(part) for part in (one.row, one.column) if part) or one.field
    return f"{place}: {one.sentence.into(language())}" if place else one.sentence.into(language())
