"""What the kernel knows of a service: one manifest each, registered when the service's app is ready.

The kernel never imports a service. Addresses, API, command line, home page and demonstration are built from what is
registered here, so a zone switches a service on by adding its app to the installed ones and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zimao.kernel.text import Text

if TYPE_CHECKING:
    from zimao.kernel.operations import Actor
    from zimao.kernel.parties.roles import Role

__all__ = ["HomeCard", "ServiceManifest", "cards_for", "register_cards", "register_service", "services"]


@dataclass(frozen=True, slots=True)
class HomeCard:
    """One card of the home page: what it leads to, and how many things wait there (None: nothing is counted)."""

    title: Text
    body: Text
    url: str
    icon: str = ""
    count: int | None = None


Cards = Callable[["Actor | None"], Sequence[HomeCard]]


@dataclass(frozen=True, slots=True)
class ServiceManifest:
    """One service.

    ``number`` is the item of the notice (1 to 13) and the order on the home page. ``start_url`` is where an applicant begins,
    ``public_url`` what anybody may read before signing in. ``urls`` names a module, ``api`` a ``module:router`` and ``cli`` a
    ``module:app``; the Typer app's own name is the command, or the key where it has none. ``demo(at)`` loads the service's
    demonstration and may be called again.
    """

    key: str
    number: int
    name: Text
    summary: Text
    start_url: str
    roles: tuple[Role, ...]
    cards: Cards
    urls: str
    api: str
    cli: str
    public_url: str = ""
    demo: Callable[..., object] | None = None


_SERVICES: dict[str, ServiceManifest] = {}
_CARDS: list[Cards] = []


def register_service(manifest: ServiceManifest) -> None:
    """Make a service known; called from its app's ``ready``. The same key replaces; ValueError when another has the number."""
    taken = [one.key for one in _SERVICES.values() if one.number == manifest.number and one.key != manifest.key]
    if taken:
        raise ValueError(f"services {taken[0]!r} and {manifest.key!r} are both number {manifest.number}")
    _SERVICES[manifest.key] = manifest


def services() -> tuple[ServiceManifest, ...]:
    """The registered services in the notice's order."""
    return tuple(sorted(_SERVICES.values(), key=lambda one: one.number))


def register_cards(cards: Cards) -> None:
    """Let a part of the kernel put cards on the home page; a function that is registered twice counts once."""
    if cards not in _CARDS:
        _CARDS.append(cards)


def cards_for(actor: Actor | None) -> tuple[HomeCard, ...]:
    """The cards that this actor (None: not signed in) sees: the kernel's in order of registration, then the services'."""
    found = [*_CARDS, *(one.cards for one in services())]
    return tuple(card for cards in found for card in cards(actor))
