"""What the command line does beyond showing a plan: an application from a file, where one stands, one run through every desk."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from zimao.kernel.cases.materials import Upload, give_material
from zimao.kernel.errors import Missing, NotAllowed, Refused
from zimao.kernel.operations import Act
from zimao.kernel.parties.actors import actor_for
from zimao.kernel.parties.models import User
from zimao.kernel.text import t
from zimao.services.ship_registry.examples import example
from zimao.services.ship_registry.models import Application, Ship
from zimao.services.ship_registry.office import Office
from zimao.services.ship_registry.operations import save_application, start_application, submit_application
from zimao.services.ship_registry.queries import numbered
from zimao.services.ship_registry.readiness import materials_of

__all__ = ["apply_file", "run_demo_case", "status_of"]


def apply_file(file: Path, *, user: str, zone: str, submit: bool) -> Application:
    """An application made of a JSON file ``{"values": {...}, "materials": {"<kind>": "<path>"}}``, whole or not at all.

    Refused for a file that cannot be read, naming what is wrong; Missing when there is no such account.
    """
    wanted = _read(file)
    account = User.objects.select_related("party").filter(username=user, is_active=True).first()
    if account is None:
        raise Missing("user", t("没有账户“{user}”", "There is no account “{user}”").fill(user=user), "user")
    now = timezone.now()
    act = Act(actor_for(account, zone, timezone.localdate(now)), now)
    with transaction.atomic():
        number = start_application(act).number
        application = save_application(act, number=number, values=wanted.get("values", {}))
        belongs = {line.need.material: line.belongs_to for line in materials_of(application).lines}
        for kind, path in wanted.get("materials", {}).items():
            _hand_in(act, application, kind, file.parent / str(path), belongs.get(kind))
        if submit:
            submit_application(act, number=number)
    return Application.objects.get(number=number)


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise Refused("file", t("文件不是有效的 JSON：{why}", "The file is not valid JSON: {why}").fill(why=str(error)), "file") from error
    if not isinstance(found, dict) or not isinstance(found.get("values", {}), dict) or not isinstance(found.get("materials", {}), dict):
        raise Refused("file", t("文件应为含 values 和 materials 的对象", "The file should be an object with values and materials"), "file")
    return found


def _hand_in(act: Act, application: Application, kind: str, path: Path, belongs_to: str | None) -> None:
    field = f"materials.{kind}"
    if belongs_to is None:
        raise Refused("material_kind", t("材料清单中没有这一项", "There is no such material on the list"), field)
    if not path.is_file():
        raise Refused("file_missing", t("没有文件 {path}", "There is no file {path}").fill(path=str(path)), field)
    about = application.number if belongs_to == "ship" else ""
    upload = Upload(path.name, path.read_bytes())
    give_material(act, owner_id=application.applicant_id, service="ship_registry", kind=kind, upload=upload, about=about)


def status_of(number: str) -> dict[str, Any]:
    """Where an application stands, without anything personal. Missing when there is none."""
    found = numbered(number).select_related("case").first()
    if found is None:
        raise Missing("application", t("没有这份申请", "There is no such application"), "number")
    certificates = found.certificates.order_by("pk")
    return {
        "number": number,
        "ship": found.ship_name,
        "status": found.case.status if found.case else "draft",
        "submitted_at": found.case.submitted_at if found.case else None,
        "closed_at": found.case.closed_at if found.case else None,
        "certificates": [
            {"certificate": one.kind, "status": one.status, "number": one.number, "valid_to": one.valid_to} for one in certificates
        ],
    }


def run_demo_case(at: datetime) -> str:
    """One example application, submitted and taken through every desk at ``at``; its number.

    NotAllowed outside a demonstration: certificate numbers are never given back.
    """
    if not settings.DEMO:
        sentence = t("只有演示环境（ZIMAO_DEMO=1）可以这样做", "Only a demonstration (ZIMAO_DEMO=1) may do this")
        raise NotAllowed("not_demo", sentence)
    serial = Ship.objects.count() + 101
    identity = {"name_zh": f"演示{serial}", "name_en": f"DEMO {serial}", "identification_number": f"CN2025{serial:07d}", "imo_number": ""}
    values = example(ship={**identity, "call_sign": "", "alternatives": []}, insurance={"ship_name": identity["name_zh"]})
    office = Office("FZ")
    case = office.submit("owner", values, at)
    office.run(case, at)
    return case.number
