"""``zimao tables``: what is in force, files in and out, drafts and their approval."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from django.utils import timezone

from zimao.kernel.console import AsJson, language, output, refused
from zimao.kernel.errors import Missing, ZimaoError
from zimao.kernel.operations import Act
from zimao.kernel.parties.actors import platform_actor
from zimao.kernel.parties.models import Zone
from zimao.kernel.tables import operations, queries
from zimao.kernel.tables.differing import Difference, difference
from zimao.kernel.tables.exporting import csv_bytes, workbook_bytes
from zimao.kernel.tables.models import Release
from zimao.kernel.tables.reading import prepared, read_file
from zimao.kernel.tables.spec import registered_tables, spec_of
from zimao.kernel.text import t

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="规则表 Dated reference tables")
ZoneCode = Annotated[str, typer.Option("--zone", help="片区代码；空为各片区通用 · The zone's code; empty: shared by all")]
On = Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="查询日期，默认今天 · The day, today unless given")]
Day = Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="生效日期 · The first day")]
Until = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="失效日期（含） · The last day")]


def _act(zone: str) -> Act:
    if zone and not Zone.objects.filter(pk=zone).exists():
        raise Missing("zone.unknown", t("没有这个片区：{code}", "There is no zone {code}").fill(code=zone), "zone")
    return Act(platform_actor(zone), timezone.now())


def _day(on: datetime | None) -> date:
    return on.date() if on else timezone.localdate()


@app.command(name="list")
def show_list(zone: ZoneCode = "", on: On = None, as_json: AsJson = False) -> None:
    """列出规则表及现行版本 · List the tables and what is in force."""
    rows = []
    for spec in sorted(registered_tables().values(), key=lambda one: one.name):
        row: dict[str, Any] = {"name": spec.name, "label": spec.label.into(language()), "service": spec.service}
        try:
            found = queries.as_of(spec.name, _day(on), zone)
            row |= {"release": found.release, "from": found.effective_from, "sha256": found.sha256, "source": found.source}
        except ZimaoError as error:
            row |= {"release": None, "why": error.sentence.into(language())}
        rows.append(row)
    output(rows, [f"{row['name']:<28}{row['release'] or '–':<10}{row.get('from', '')!s:<12}{row['label']}" for row in rows], as_json)


@app.command()
def show(name: str, zone: ZoneCode = "", on: On = None, as_json: AsJson = False) -> None:
    """打印某日现行的取值 · Print the values in force on a day."""
    try:
        found = queries.as_of(name, _day(on), zone)
    except ZimaoError as error:
        raise refused(error, as_json) from error
    names = [column.name for column in found.spec.columns]
    rows = [dict(zip(names, row, strict=True)) for row in found.contents.spelled]
    facts = {"name": name, "release": found.release, "from": found.effective_from, "sha256": found.sha256, "source": found.source}
    head = f"# {name} {found.release} {found.effective_from} sha256:{found.sha256} {found.source}"
    output(facts | {"rows": rows}, [head, found.contents.text.rstrip("\n")], as_json)


@app.command(name="import")
def import_file(
    name: str,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV 或 .xlsx · CSV or .xlsx")],
    *,
    source: Annotated[str, typer.Option(help="依据文件 · The document it comes from")],
    effective_from: Day,
    effective_to: Until = None,
    zone: ZoneCode = "",
    as_json: AsJson = False,
) -> None:
    """以平台运维身份起草一个版本，由表审核人发布 · Draft a release as the platform's operator; a table approver releases it."""
    try:
        made = operations.draft_release(
            _act(zone),
            table=name,
            effective_from=effective_from.date(),
            effective_to=effective_to.date() if effective_to else None,
            source=source,
            data=prepared(spec_of(name), file.read_bytes()),
            filename=file.name,
        )
        lines = [_line(made), *_difference_lines(_compared(made))]
    except ZimaoError as error:
        raise refused(error, as_json) from error
    output(_facts(made), lines, as_json)


@app.command()
def approve(release: int, zone: ZoneCode = "", as_json: AsJson = False) -> None:
    """以平台运维身份发布他人起草的版本 · Release, as the platform's operator, what a person drafted."""
    try:
        made = operations.approve_release(_act(zone), release_id=release)
    except ZimaoError as error:
        raise refused(error, as_json) from error
    output(_facts(made), [_line(made)], as_json)


@app.command()
def export(
    name: str,
    file: Annotated[Path, typer.Argument(dir_okay=False, help="写入 .csv 或 .xlsx · The .csv or .xlsx to write")],
    zone: ZoneCode = "",
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """导出某日现行的取值 · Write the values in force on a day to a file."""
    try:
        found = queries.as_of(name, _day(on), zone)
    except ZimaoError as error:
        raise refused(error, as_json) from error
    file.write_bytes(workbook_bytes(found.contents) if file.suffix.lower() == ".xlsx" else csv_bytes(found.contents))
    facts = {"name": name, "release": found.release, "rows": len(found.contents.rows), "sha256": found.sha256, "file": str(file)}
    output(facts, [f"{file} {found.release} {len(found.contents.rows)} sha256:{found.sha256}"], as_json)


@app.command()
def diff(
    name: str,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    zone: ZoneCode = "",
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """比较文件与某日现行的取值；相同为 0，不同为 2 · Compare a file with what is in force; exit code 0 when equal, 2 when not."""
    try:
        contents = read_file(spec_of(name), file.read_bytes())
        found = difference(queries.as_of(name, _day(on), zone).contents, contents)
    except ZimaoError as error:
        raise refused(error, as_json) from error
    output(found.as_dict(), _difference_lines(found), as_json)
    raise typer.Exit(0 if found.nothing else 2)


def _compared(row: Release) -> Difference:
    base = queries.base_of(row)
    return difference(base.contents if base else None, queries.contents_of(row))


def _difference_lines(found: Difference) -> list[str]:
    lines = [f"+{len(found.added)} ~{len(found.changed)} -{len(found.removed)} ={found.same}"]
    for sign, rows in (("+", found.added), ("~", found.changed), ("-", found.removed)):
        lines += [f"{sign} {','.join(one.after or one.before or ())}" for one in rows]
    return lines


def _facts(row: Release) -> dict[str, Any]:
    names = ("id", "table", "zone", "label", "state", "effective_from", "effective_to", "sha256", "source", "rows")
    return {name: getattr(row, name) for name in names}


def _line(row: Release) -> str:
    return f"{row.pk} {row.table} {row.label} {row.state} {row.effective_from} – {row.effective_to or ''} sha256:{row.sha256}"
