"""``zimao ships``: requirements, plan, applications."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any

import typer

from zimao.kernel.cases.schedule import Schedule
from zimao.services.ship_registry.planning import plan_before, plan_new, requirements
from zimao.services.ship_registry.rules import reduction

__all__ = ["app"]

app = typer.Typer(name="ships", no_args_is_help=True, help="船舶初始化登记 Ship initial registration")
Json = Annotated[bool, typer.Option("--json", help="print JSON")]
Zone = Annotated[str, typer.Option(help="zone code")]


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
def show_plan(start: Annotated[str, typer.Option(help="day of submission, ISO")], zone: Zone = "FZ", as_json: Json = False) -> None:
    """Print the schedule of the new and of the old diagram, each step at its upper bound."""
    day = date.fromisoformat(start)
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
    gt: Annotated[int, typer.Option(help="gross tonnage")],
    ship_type: Annotated[str, typer.Option("--type")] = "oil_tanker",
    area: str = "coastal",
    oil: str = "none",
    radio: bool = False,
    zone: Zone = "FZ",
    as_json: Json = False,
) -> None:
    """Print which certificates and materials a ship needs."""
    found = requirements(zone, ship_type=ship_type, gross_tonnage=gt, area=area, oil=oil, radio=radio)
    certificates = [
        {"kind": one.kind, "applies": one.applies, "reason": {"zh": one.reason.zh, "en": one.reason.en}} for one in found.certificates
    ]
    materials = [{"material": one.material, "source": one.source, "used_by": list(one.used_by)} for one in found.materials.needs]
    counts = {"before": found.materials.before, "now": found.materials.now, "saved": found.materials.saved}
    lines = [f"{'✓' if one.applies else '–'} {one.name}  {one.reason}" for one in found.certificates]
    lines.append(f"材料 materials: {counts['before']} → {counts['now']}")
    _show({"certificates": certificates, "materials": materials, **counts}, lines, as_json)
