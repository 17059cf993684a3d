"""``zimao lab`` runs the lab without waiting for the worker; ``zimao measures`` shows what live cases say."""

from __future__ import annotations

import json
import os
from datetime import date, timedelta
from typing import Annotated, Any

import typer
from django.utils import timezone

from zimao.kernel.console import AsJson, language, refused
from zimao.kernel.errors import Refused, ZimaoError
from zimao.kernel.measures.lab import LabResult, run_lab
from zimao.kernel.measures.orders import Wish, order_of
from zimao.kernel.measures.queries import effects_as_dict, lab_calendar, measure_now
from zimao.kernel.measures.registry import declared
from zimao.kernel.measures.results import number
from zimao.kernel.measures.scenario import LabSpec
from zimao.kernel.text import t

__all__ = ["app", "measures_app"]

app = typer.Typer(no_args_is_help=True, help="成效模拟 Simulate the old and the new procedure")
measures_app = typer.Typer(no_args_is_help=True, help="成效指标 What live cases say of the measures")
Zone = Annotated[str, typer.Option(help="片区代码，留空为全部 · Zone code; empty: shared tables, every zone")]


@app.callback()
def _lab() -> None:
    """成效模拟 · The lab."""


@app.command()
def run(
    service: Annotated[str, typer.Argument(help="事项，如 ship_registry · Service")],
    cases: Annotated[int, typer.Option(help="每种流程的办件数 · Cases of each procedure")] = 500,
    seed: Annotated[int, typer.Option(help="随机种子 · Seed")] = 1,
    *,
    arrivals: Annotated[float | None, typer.Option(help="每个工作日新收 · Arrivals a working day")] = None,
    officers: Annotated[list[str] | None, typer.Option(help="岗位=人数，可重复 · desk=number, may be repeated")] = None,
    zone: Zone = "",
    on: Annotated[str, typer.Option(help="采用该日生效的表（默认今天） · Tables in force on that day (today)")] = "",
    as_json: AsJson = False,
) -> None:
    """用新旧两种流程各办若干件并比较；同一种子得到同一结果 · Run cases of both procedures; the same seed gives the same output."""
    try:
        found = declared(service)
        day = _day(on)
        wish = Wish(cases, seed, arrivals, _desks(officers or []))
        order = order_of(found.lab, wish, zone=zone, on=day, processes=_processes(cases))
        result = run_lab(found.lab, found.on(zone, day), lab_calendar(zone), order, None if as_json else _tell())
    except ZimaoError as error:
        raise refused(error, as_json) from error
    text = json.dumps(result.as_dict(), ensure_ascii=False, indent=1, sort_keys=True)
    typer.echo(text if as_json else "\n".join(_lines(result, found.lab)))


def _processes(cases: int) -> int:
    """How many processes share the work: starting one costs about as much as simulating 500 cases."""
    return min(os.cpu_count() or 1, 8) if cases > 2000 else 1


def _tell() -> Any:
    told = -1

    def progress(share: float) -> None:
        nonlocal told
        if int(share * 10) > told:
            told = int(share * 10)
            typer.echo(f"{told * 10} %", err=True)

    return progress


def _day(given: str) -> date:
    try:
        return date.fromisoformat(given) if given else timezone.localdate()
    except ValueError as error:
        raise Refused("lab.on", t("日期格式为 年-月-日，如 2025-03-01", "Give the day as YYYY-MM-DD"), "on") from error


def _desks(given: list[str]) -> dict[str, int]:
    found = {}
    for one in given:
        role, _, count = one.partition("=")
        if not count.isdecimal():
            raise Refused("lab.officers", t("请写成 岗位=人数：{given}", "Write desk=number: {given}").fill(given=one), "officers")
        found[role] = int(count)
    return found


def _lines(result: LabResult, spec: LabSpec) -> list[str]:
    reader = language()
    words = t(
        "改革前 {old}（九成 {old90}） → 改革后 {new}（九成 {new90}）；承诺 {claim}",
        "before {old} (90 %: {old90}) -> now {new} (90 %: {new90}); claim {claim}",
    )
    lines = [f"{spec.title.into(reader)}  n={result.cases}  seed={result.seed}"]
    for one in result.measures:
        old, new = one.old.answer, one.new.answer
        told = words.fill(old=number(old.mean), old90=number(old.p90), new=number(new.mean), new90=number(new.p90), claim=number(one.claim))
        lines.append(f"{one.title[reader]} ({one.unit[reader]}): {told.into(reader)}")
    lines.append(t("假定见：{address}", "Assumptions: {address}").fill(address=f"/lab/{spec.service}").into(reader))
    return lines


@measures_app.callback()
def _measures() -> None:
    """成效指标 · Measures."""


@measures_app.command()
def show(
    service: Annotated[str, typer.Argument(help="事项，如 ship_registry · Service")],
    zone: Zone = "",
    days: Annotated[int, typer.Option(min=1, max=3660, help="最近多少天办结 · Completed in the last so many days")] = 365,
    as_json: AsJson = False,
) -> None:
    """真实办件对各项指标的回答 · What the live cases say of each measure; with few cases, that there are too few."""
    until = timezone.now()
    try:
        found = measure_now(service, zone, until - timedelta(days=days), until)
    except ZimaoError as error:
        raise refused(error, as_json) from error
    if as_json:
        typer.echo(json.dumps(effects_as_dict(service, found), ensure_ascii=False, indent=1, sort_keys=True))
        return
    for one in found:
        typer.echo(f"{one.measure.title.into(language())}: n={one.answer.n}  {number(one.answer.mean)}  {one.verdict.into(language())}")
