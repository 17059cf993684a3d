"""``zimao evidence verify``, and ``python -m zimao.kernel.evidence``: the verdict on a proof file, from the file alone.

No database, no settings, no network and no Django: whoever receives a proof need not run the platform.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from zimao.kernel.evidence.offline import verify_bundle

__all__ = ["main", "verify"]


def verify(
    file: Annotated[Path, typer.Argument(help="证明文件 · The proof file", exists=True, dir_okay=False)],
    key: Annotated[str | None, typer.Option("--key", help="日志公钥（vkey） · The log's verifier key")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · Print JSON")] = False,
) -> None:
    """离线核验证明文件，无效时退出码为 1 · Verify a proof file offline; exit code 1 when it is not valid."""
    report = verify_bundle(file.read_bytes(), key)
    language = "en" if os.environ.get("LANG", "").startswith("en") else "zh"
    marks = [("✓ " if check.passed else "✗ ") + check.sentence.into(language) for check in report.checks]
    told = (
        json.dumps(report.as_dict(language), ensure_ascii=False, indent=1)
        if as_json
        else "\n".join([*marks, report.verdict.into(language)])
    )
    typer.echo(told)
    raise typer.Exit(0 if report.valid else 1)


def main(arguments: list[str] | None = None) -> None:
    """Run the command with ``arguments``, or with those of the process."""
    app = typer.Typer(help="存证核验 Evidence verifier", pretty_exceptions_enable=False)
    app.command()(verify)
    app(arguments, prog_name="zimao evidence verify")
