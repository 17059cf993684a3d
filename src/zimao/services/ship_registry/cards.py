"""What the home page offers of this service, by role."""

from __future__ import annotations

from zimao.kernel.manifest import HomeCard
from zimao.kernel.operations import Actor
from zimao.kernel.text import t
from zimao.services.ship_registry.queries import my_drafts

__all__ = ["cards"]

_START = t("办理新造船舶七证", "Register a new ship")
_START_BODY = t(
    "回答五个问题，看需要哪些证书和材料，再提交一份申请。",
    "Five questions tell which certificates and materials are needed; then file one application.",
)
_ROOM = t("批量制证用章", "Make and seal certificates")
_ROOM_BODY = t("已批准待制证的证书，可一次制作、用章。", "Certificates that were approved, made and sealed in one go.")
_DESKS = t("岗位负荷与超期", "Load of the desks")
_DESKS_BODY = t("每个岗位有多少任务、多少超期、瓶颈在哪里。", "How much each desk has, how much is late, where it jams.")


def cards(actor: Actor | None) -> list[HomeCard]:
    """The cards of this service for ``actor``; an officer gets those of the own desks."""
    if actor is None:
        return [HomeCard(_START, _START_BODY, "/ships/start", "ship")]
    found = []
    if actor.has("applicant"):
        found.append(HomeCard(_START, _START_BODY, "/ships/start", "ship", len(my_drafts(actor)) or None))
    if actor.has("ship_registry.certificate_room"):
        found.append(HomeCard(_ROOM, _ROOM_BODY, "/ships/certificate-room", "stamp"))
    if actor.has("ship_registry.supervisor"):
        found.append(HomeCard(_DESKS, _DESKS_BODY, "/ships/desks", "gauge"))
    return found
