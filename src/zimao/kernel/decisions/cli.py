"""``zimao decisions``: list, show, check, run, and the DMN conformance tests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from zimao.kernel.console import AsJson, language, output, refused
from zimao.kernel.decisions.describing import as_data, finding_data, last_decision
from zimao.kernel.decisions.model import Decision, Model
from zimao.kernel.decisions.reading import load
from zimao.kernel.decisions.registry import registered, registered_decision
from zimao.kernel.decisions.running import evaluate
from zimao.kernel.decisions.tck import run_folder
from zimao.kernel.errors import Refused, ZimaoError
from zimao.kernel.text import t

app = typer.Typer(no_args_is_help=True, help="决策表 Decision tables")
What = Annotated[str, typer.Argument(metavar="NAME|FILE.dmn", help="登记的名称或文件 · A registered name or a file")]


def _model(what: str) -> Model:
    path = Path(what)
    return load(path.read_bytes()) if path.suffix == ".dmn" and path.is_file() else registered_decision(what).model


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """已登记的决策表 · The registered decisions."""
    rows = [{"name": one.name, "zh": one.label.zh, "en": one.label.en} for one in registered()]
    output(rows, [f"{one.name}\t{one.label.into(language())}" for one in registered()], as_json)


@app.command()
def show(what: What, as_json: AsJson = False) -> None:
    """显示规则 · The rules of a file."""
    try:
        model = _model(what)
    except ZimaoError as error:
        raise refused(error, as_json, 2) from error
    lines = [line for decision in model.decisions.values() for line in _shown(decision)]
    output(as_data(model), lines, as_json)


def _shown(decision: Decision) -> list[str]:
    if decision.table is None:
        return [f"{decision.name} = {decision.text}"]
    table = decision.table
    head = [*(clause.text for clause in table.inputs), "→", *(output.name for output in table.outputs)]
    rows = ["\t".join([str(rule.number), *rule.test_texts, "→", *rule.output_texts, rule.source]) for rule in table.rules]
    return [f"{decision.name} [{table.hit_policy} {table.aggregator}]".replace(" ]", "]"), "\t".join(["#", *head]), *rows]


@app.command()
def check(what: What, as_json: AsJson = False) -> None:
    """检查重叠与空缺；有发现时退出码为 1 · Look for overlaps and gaps; exit code 1 when there are any, 2 when it is no S-FEEL."""
    try:
        model = _model(what)
    except ZimaoError as error:
        raise refused(error, as_json, 2) from error
    fine = t("未发现重叠或空缺", "no overlap and no gap was found").into(language())
    lines = [f"{one.decision}: {one.sentence.into(language())}" for one in model.findings] or [fine]
    output([finding_data(one) for one in model.findings], lines, as_json)
    if model.findings:
        raise typer.Exit(1)


@app.command()
def run(
    what: What,
    rows: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV、NDJSON 或 Parquet · CSV, NDJSON or Parquet")],
    target: Annotated[Path | None, typer.Option("--output", help="写入的文件 · Where to write; else printed")] = None,
    decision: Annotated[str, typer.Option("--decision", help="文件中的决策 · A decision of the file")] = "",
    as_json: AsJson = False,
) -> None:
    """逐行判断 · Decide every row of a file."""
    try:
        model = _model(what)
        made = evaluate(model, decision or last_decision(model), _read(rows))
    except ZimaoError as error:
        raise refused(error, as_json, 2) from error
    if target is not None:
        _write(made, target)
        output({"rows": made.height, "output": str(target)}, [f"{made.height} → {target}"], as_json)
    else:
        typer.echo(made.write_ndjson() if as_json else made.write_csv())


def _read(path: Path) -> pl.DataFrame:
    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path)
        return pl.read_csv(path, try_parse_dates=True) if path.suffix == ".csv" else pl.read_ndjson(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise Refused("decision_rows", t("文件无法读取：{name}", "The file cannot be read: {name}").fill(name=path.name), "rows") from error


def _write(frame: pl.DataFrame, path: Path) -> None:
    if path.suffix == ".parquet":
        frame.write_parquet(path)
    elif path.suffix == ".csv":
        frame.write_csv(path)
    else:
        frame.write_ndjson(path)


@app.command()
def tck(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="DMN TCK 的文件夹 · A folder of the DMN TCK")],
    as_json: AsJson = False,
) -> None:
    """运行 DMN 一致性测试；有失败时退出码为 1 · Run DMN conformance tests; exit code 1 when one fails."""
    try:
        results = run_folder(folder)
    except ZimaoError as error:
        raise refused(error, as_json, 2) from error
    passed = sum(one.passed for one in results)
    rows = [{"model": one.model, "case": one.case, "decision": one.decision, "passed": one.passed, "detail": one.detail} for one in results]
    lines = [f"{'PASS' if one.passed else 'FAIL'} {one.model} {one.case} {one.decision} {one.detail}".rstrip() for one in results]
    output({"passed": passed, "of": len(results), "results": rows}, [*lines, f"{passed} / {len(results)}"], as_json)
    if passed < len(results):
        raise typer.Exit(1)
