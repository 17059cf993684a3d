"""Working through a case step by step as its people would: what the demonstration, the benches and the tests share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from zimao.kernel.cases.materials import Upload, give_material
from zimao.kernel.cases.models import Case, WorkItem
from zimao.kernel.cases.operations import complete_task
from zimao.kernel.documents.render import render, template
from zimao.kernel.operations import Act
from zimao.kernel.parties.actors import actor_now
from zimao.kernel.parties.models import User
from zimao.kernel.text import Text
from zimao.services.ship_registry.models import Application
from zimao.services.ship_registry.operations import save_application, start_application, submit_application
from zimao.services.ship_registry.parameters import parameters_on
from zimao.services.ship_registry.readiness import materials_of

__all__ = ["Office", "material_page"]

PASS: Mapping[str, dict[str, Any]] = {
    "accept": {"decision": "accept"},
    "examine": {"decision": "pass", "checked": True},
    "preexamine": {"decision": "pass", "checked": True},
    "approve": {"decision": "approve"},
    "make": {"confirmed": True},
    "dispatch": {"kind": "electronic"},
}


def material_page(label: Text, lines: Iterable[str], at: datetime) -> bytes:
    """A PDF of one page that stands for a material."""
    data = {"zh": label.zh, "en": label.en, "lines": list(lines)}
    return render(template("ship_registry/demo_material"), data, at=at).pdf


class Office:
    """The desks of one zone and their officers by sign-in name; ``prefix`` is ``xm-`` in the second zone of the demonstration."""

    def __init__(self, zone: str = "FZ", prefix: str = "") -> None:
        self.zone = zone
        self.prefix = prefix

    def act(self, username: str, at: datetime) -> Act:
        """An act of that account at that instant."""
        return Act(actor_now(User.objects.select_related("party").get(username=username), self.zone, at), at)

    def officer(self, role: str) -> str:
        """The first officer of a desk."""
        desk = role.removeprefix("ship_registry.")
        return f"{self.prefix}{desk}" if self.prefix else f"{desk}1"

    def draft(self, username: str, values: Mapping[str, Any], at: datetime) -> str:
        """A draft with everything filled in; its number."""
        application = start_application(self.act(username, at))
        save_application(self.act(username, at), number=application.number, values=values)
        return application.number

    def hand_in(self, username: str, number: str, at: datetime) -> None:
        """Give every material that the application still lacks."""
        act = self.act(username, at)
        application = Application.objects.select_related("zone", "filed_by").get(number=number)
        for line in materials_of(application, parameters_on(self.zone, at.date())).missing:
            page = material_page(line.need.label, [application.ship_name, act.actor.name], at)
            give_material(
                act,
                owner_id=application.applicant_id,
                service="ship_registry",
                kind=line.need.material,
                upload=Upload(f"{line.need.material}.pdf", page),
                about=number if line.belongs_to == "ship" else "",
            )

    def submit(self, username: str, values: Mapping[str, Any], at: datetime) -> Case:
        """An application, filled in, with its materials, submitted."""
        number = self.draft(username, values, at)
        self.hand_in(username, number, at)
        return submit_application(self.act(username, at), number=number)

    def ready(self, case: Case) -> dict[str, WorkItem]:
        """The open work items by element."""
        return {item.element: item for item in WorkItem.objects.filter(case=case, status=WorkItem.Status.OPEN)}

    def complete(self, case: Case, element: str, at: datetime, username: str = "", **values: Any) -> WorkItem:
        """Complete one open task as the officer of its desk, with the usual answers unless ``values`` says otherwise."""
        item = self.ready(case)[element]
        usual = {} if item.role == "applicant" else PASS[element.partition("_")[0]]
        who = username or self.officer(item.role)
        return complete_task(self.act(who, at), item_id=item.pk, values={**usual, **values})

    def run(self, case: Case, at: datetime, stop_before: Iterable[str] = ()) -> list[str]:
        """Complete whatever is open, again and again, until only ``stop_before`` is left; the elements in order."""
        stop, done = set(stop_before), []
        while open_now := [element for element in sorted(self.ready(case)) if element not in stop]:
            self.complete(case, open_now[0], at)
            done.append(open_now[0])
        return done
