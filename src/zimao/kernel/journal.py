"""What an operation leaves behind: entries for the evidence log and messages for the outbox. Plain values, no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zimao.kernel.text import Text

__all__ = ["Entry", "Message", "Verb", "register_verbs", "verb_label", "verbs"]

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the evidence log.

    ``data`` is public: identifiers of cases, tables and releases, decisions, dates. ``private`` holds what must be provable
    but may not be shown (names, reasons that speak of a person): only its salted hash enters the log.
    """

    verb: str
    subject: str
    data: Json = field(default_factory=dict)
    private: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """One event for other services and subscribers (CloudEvents 1.0): dotted ``type``, ``subject``, JSON ``data``."""

    type: str
    subject: str
    data: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verb:
    """A thing that can be recorded, with the words for it. The log writer refuses a verb that is not registered."""

    name: str
    label: Text


_VERBS: dict[str, Verb] = {}


def register_verbs(*found: Verb) -> None:
    """Make verbs known; called from an app's ``ready``."""
    for verb in found:
        _VERBS[verb.name] = verb


def verb_label(name: str) -> Text:
    """The words for ``name``; KeyError when nobody registered it."""
    return _VERBS[name].label


def verbs() -> Mapping[str, Verb]:
    """Every registered verb by name."""
    return dict(_VERBS)
