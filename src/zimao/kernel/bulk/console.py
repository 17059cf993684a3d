"""How a command of a service runs a batch function: a progress bar on standard error, the outcome as text or JSON."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Unpack

import typer

from zimao.kernel.bulk.function import BatchFunction, Context
from zimao.kernel.bulk.job import Job, Outcome
from zimao.kernel.bulk.options import Given, Options
from zimao.kernel.console import language, output, refused
from zimao.kernel.errors import ZimaoError
from zimao.kernel.text import t

__all__ = ["run_command"]

_LABEL = t("处理中", "Working")
_DONE = t(
    "读入{rows_in}行，输出{rows_out}行，拒绝{rejected}行，用时{seconds}秒：{target}",
    "{rows_in} rows in, {rows_out} out, {rejected} rejected, {seconds} s: {target}",
)
_REJECTS = t("被拒绝的行见 {path}", "The rejected rows are listed in {path}")


def run_command(function: BatchFunction, source: Path, target: Path, context: Context, as_json: bool, **options: Unpack[Given]) -> Outcome:
    """Run, show how far it is, say the outcome. A refusal is said as every command says it and ends the command with code 1."""
    try:
        job = Job(function, source, target, context, Options(**options))
        _with_bar(job)
    except ZimaoError as error:
        raise refused(error, as_json) from error
    outcome = job.outcome
    lines = [_DONE.fill(**outcome.as_dict()).into(language())]
    if outcome.rejects_path:
        lines.append(_REJECTS.fill(path=outcome.rejects_path).into(language()))
    output(outcome.as_dict(), lines, as_json)
    return outcome


def _with_bar(job: Job) -> None:
    steps = job.on_engine()
    first = next(steps)
    with typer.progressbar(length=max(first.chunks, 1), label=_LABEL.into(language()), file=sys.stderr, show_pos=True) as bar:
        bar.update(first.done)
        shown = first.done
        for step in steps:
            bar.update(step.done - shown)
            shown = step.done
