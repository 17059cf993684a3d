"""``zimao ships``: requirements, plan, applications."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from django.utils import timezone

from zimao.kernel.cases.schedule import Schedule
from zimao.services.ship_registry.commands import apply_file, run_demo_case, status_of
from zimao.services.ship_registry.planning import plan_before, plan_new, requirements
from zimao.services.ship_registry.rules import reduction

__all__ = ["app"]

app = typer.Typer(name="ships", no_args_is_help=True, help="船舶初始化登记 Ship initial registration")
Json = Annotated[bool, typer.Option("--json", help="输出 JSON · Print JSON")]
Zone = Annotated[str, typer.Option(help="片区代码；空为通用参数 · Zone code; empty: the shared values")]
OneZone = Annotated[str, typer.Option("--zone", help="片区代码 · Zone code")]


def _show(found: dict[str, Any], lines: list[str], as_json: bool) -> None:
    print(json.dumps(found, ensure_ascii=False, default=str, indent=2) if as_json else "\n".join(lines))


def _schedule(found: Schedule) -> dict[str, Any]:
    tracks = [
        {
            "certificate": one.track,
            "start": one.start,
            "finish": one.finish,
            "working_day": one.finish_day,
            "due": one.due,
            "float": one.float_days,
            "critical": one.critical,
        }
        for one in found.tracks
    ]
    return {
        "start": found.start,
        "finish": found.finish,
        "working_days": found.total_days,
        "provisional": found.provisional,
        "certificates": tracks,
    }


@app.command("plan")
def show_plan(
    start: Annotated[datetime, typer.Option(help="提交日期 · Day of submission, YYYY-MM-DD", formats=["%Y-%m-%d"])],
    zone: Zone = "",
    as_json: Json = False,
) -> None:
    """新旧流程的计划，各环节按上限 · Print the schedule of the new and of the old diagram, each step at its upper bound."""
    day = start.date()
    new, old = plan_new(zone, day), plan_before(zone, day)
    found = {"new": _schedule(new), "old": _schedule(old), "reduction_percent": reduction(old.total_days, new.total_days)}
    lines = [
        *(
            f"{one.track:<12} {one.start} – {one.finish}  day {one.finish_day:>2}  {'critical' if one.critical else ''}"
            for one in new.tracks
        ),
        f"new {new.total_days} working days, {new.finish}",
        f"old {old.total_days} working days, {old.finish}",
        f"-{found['reduction_percent']} %",
    ]
    _show(found, lines, as_json)


@app.command("requirements")
def show_requirements(
    *,
    gt: Annotated[int, typer.Option(help="总吨 · Gross tonnage")],
    ship_type: Annotated[str, typer.Option("--type", help="船舶种类 · Ship type")] = "oil_tanker",
    area: Annotated[str, typer.Option(help="航区 · Navigation area")] = "coastal",
    oil: Annotated[str, typer.Option(help="载运油类 · Oil carried")] = "none",
    radio: Annotated[bool, typer.Option(help="装有需要标识码的无线电设备 · Radio that needs an identity")] = False,
    zone: Zone = "",
    as_json: Json = False,
) -> None:
    """查询所需证书和材料 · Print which certificates and materials a ship needs."""
    found = requirements(zone, ship_type=ship_type, gross_tonnage=gt, area=area, oil=oil, radio=radio)
    certificates = [
        {"kind": one.kind, "applies": one.applies, "reason": {"zh": one.reason.zh, "en": one.reason.en}} for one in found.certificates
    ]
    materials = [{"material": one.material, "source": one.source, "used_by": list(one.used_by)} for one in found.materials.needs]
    counts = {"before": found.materials.before, "now": found.materials.now, "saved": found.materials.saved}
    lines = [f"{'✓' if one.applies else '–'} {one.name}  {one.reason}" for one in found.certificates]
    lines.append(f"材料 materials: {counts['before']} → {counts['now']}")
    _show({"certificates": certificates, "materials": materials, **counts}, lines, as_json)


@app.command("apply")
def apply(
    file: Annotated[
        Path, typer.Argument(help="申请文件 · The application: {values, materials: {kind: path}}", exists=True, dir_okay=False)
    ],
    *,
    user: Annotated[str, typer.Option(help="申请账户 · The applicant's or agent's account")],
    zone: OneZone,
    submit: Annotated[bool, typer.Option(help="同时提交 · Submit it as well")] = False,
    as_json: Json = False,
) -> None:
    """由文件新建申请 · Make an application from a JSON file; paths of materials are relative to it. Nothing is kept when it is refused."""
    found = apply_file(file, user=user, zone=zone, submit=submit)
    _show({"number": found.number, "submitted": found.case_id is not None}, [found.number], as_json)


@app.command("status")
def status(number: Annotated[str, typer.Argument(help="办件编号 · Number")], as_json: Json = False) -> None:
    """办件进度 · Print where an application stands."""
    found = status_of(number)
    lines = [
        f"{number}  {found['status']}",
        *(f"  {one['certificate']:<12} {one['status']} {one['number']}" for one in found["certificates"]),
    ]
    _show(found, lines, as_json)


@app.command("issue-demo")
def issue_demo(as_json: Json = False) -> None:
    """演示：一份申请办出七证 · Take one demonstration application through every desk; needs ZIMAO_DEMO=1."""
    number = run_demo_case(timezone.now())
    found = status_of(number)
    _show(found, [number, *(one["number"] for one in found["certificates"])], as_json)
