"""``zimao evidence``: verify proof files, sign checkpoints, export cases, audit the log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from django.utils import timezone

from zimao.kernel import evidence
from zimao.kernel.console import AsJson, language, output, refused
from zimao.kernel.errors import ZimaoError
from zimao.kernel.evidence.verifier import verify
from zimao.kernel.text import t

app = typer.Typer(no_args_is_help=True, help="存证日志 The evidence log")


app.command()(verify)


@app.command()
def checkpoint(as_json: AsJson = False) -> None:
    """签署检查点 · Sign a checkpoint of the log as it is now."""
    try:
        signed = evidence.checkpoint(timezone.now())
    except ZimaoError as error:
        raise refused(error, as_json) from error
    output({"size": signed.size, "checkpoint": signed.note, "vkey": signed.vkey}, [signed.note, signed.vkey], as_json)


@app.command()
def export(
    subject: Annotated[str, typer.Argument(help="存证对象 · The subject")],
    out: Annotated[Path, typer.Option("--out", help="输出文件 · Where to write the proof file")],
    private: Annotated[bool, typer.Option("--private", help="披露非公开内容 · Disclose the private parts")] = False,
    as_json: AsJson = False,
) -> None:
    """导出一个对象的全部存证及证明 · Write every entry about a subject, with proofs, into one file."""
    try:
        evidence.checkpoint(timezone.now())
        found = evidence.case_bundle(subject, private=private)
    except ZimaoError as error:
        raise refused(error, as_json) from error
    out.write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")
    count = len(found["entries"])
    told = t("已导出 {count} 条：{out}", "{count} entries written: {out}").fill(count=count, out=out)
    output({"subject": subject, "entries": count, "size": found["size"], "file": str(out)}, [told.into(language())], as_json)


@app.command()
def audit(
    kept: Annotated[
        list[Path] | None, typer.Option("--checkpoint", help="另处保存的检查点文件 · A checkpoint kept elsewhere", exists=True)
    ] = None,
    key: Annotated[str | None, typer.Option("--key", help="该检查点的公钥 · The key of those checkpoints")] = None,
    as_json: AsJson = False,
) -> None:
    """由全部条目重算日志并逐一比对 · Recompute the log from its entries and compare; exit code 1 at the first difference."""
    if kept and not key:
        raise typer.BadParameter(t("请用 --key 给出公钥", "give the key with --key").into(language()))
    result = evidence.audit([(path.read_text(encoding="utf-8"), key or "") for path in kept or []])
    told = t(
        "已比对 {leaves} 条、{checkpoints} 个检查点、{parts} 个非公开部分",
        "Compared {leaves} entries, {checkpoints} checkpoints, {parts} private parts",
    ).fill(leaves=result.leaves, checkpoints=result.checkpoints, parts=result.private_parts)
    verdict = result.difference or t("未发现差异", "No difference found")
    output(result.as_dict(language()), [told.into(language()), verdict.into(language())], as_json)
    raise typer.Exit(0 if result.sound else 1)
