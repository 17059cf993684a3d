"""What the pages share: where to go back to, masked names, pages of a list, the answer to an operation that was refused."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language

from zimao.kernel.cases.models import Case
from zimao.kernel.cases.policies import files_for_applicant
from zimao.kernel.operations import Actor
from zimao.kernel.parties.models import User, Zone
from zimao.kernel.parties.queries import masked
from zimao.kernel.text import Text, t
from zimao.kernel.web import actor_of

__all__ = ["applicant_name", "back_to", "holder_name", "language", "page_of", "success", "today_for"]

PAGE_SIZE = 25


def language() -> str:
    """The reader's language, ``zh`` or ``en``."""
    return "en" if (get_language() or "zh").startswith("en") else "zh"


def today_for(request: HttpRequest) -> date:
    """Today in the zone that the reader has switched on; the zones were read when the actor was found."""
    wanted = actor_of(request).zone
    known: list[Zone] = getattr(request, "zones", [])
    zone = next((one for one in known if one.code == wanted), None) or Zone.objects.filter(pk=wanted).first()
    return zone.day(timezone.now()) if zone else timezone.localdate()


def back_to(request: HttpRequest, otherwise: str) -> HttpResponse:
    """Go to the address of the form field ``next`` when it is on this site, else to ``otherwise``."""
    wanted = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        wanted = otherwise
    return HttpResponseRedirect(wanted)


def success(request: HttpRequest, sentence: Text) -> None:
    """Say on the next page that it was done."""
    messages.success(request, sentence.into(language()))


def page_of(rows: QuerySet[Any], request: HttpRequest, size: int = PAGE_SIZE) -> Page[Any]:
    """The page that was asked for; the nearest one when there is no such page."""
    return Paginator(rows, size).get_page(request.GET.get("page"))


def applicant_name(actor: Actor, case: Case) -> str:
    """The applicant's name: in full for who files for the applicant, with its middle hidden for others.

    An enterprise's name is public and is never hidden.
    """
    party = case.applicant
    return party.name if files_for_applicant(actor, case) else masked(party).name


def holder_name(user: User | None, actor: Actor) -> Text | None:
    """Who holds a task; None when nobody does."""
    if user is None:
        return None
    if user.pk == actor.user_id:
        return t("我", "Me")
    return Text(user.party.name, user.party.name)
