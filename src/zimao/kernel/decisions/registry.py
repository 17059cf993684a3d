"""The decisions of this installation by name. Services register theirs when their app is ready; files are read at first use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from zimao.kernel.decisions.model import Model
from zimao.kernel.decisions.reading import load
from zimao.kernel.errors import Missing
from zimao.kernel.text import Text, t

__all__ = ["Registered", "register_decision", "registered", "registered_decision"]


@dataclass(frozen=True, slots=True)
class Registered:
    """One DMN file: its ``name`` in addresses, its ``label``, where it lies."""

    name: str
    label: Text
    path: Path

    @property
    def model(self) -> Model:
        """The file, compiled once per process."""
        return _loaded(self.path)


_DECISIONS: dict[str, Registered] = {}


@lru_cache(maxsize=256)
def _loaded(path: Path) -> Model:
    return load(path.read_bytes())


def register_decision(name: str, label: Text, path: Path) -> None:
    """Make a DMN file known. The same file may be registered again; ValueError if another has the name."""
    taken = _DECISIONS.get(name)
    if taken is not None and taken.path != path:
        raise ValueError(f"two decisions are named {name!r}")
    _DECISIONS[name] = Registered(name, label, path)


def registered() -> tuple[Registered, ...]:
    """All of them by name."""
    return tuple(_DECISIONS[name] for name in sorted(_DECISIONS))


def registered_decision(name: str) -> Registered:
    """The one of that name. Missing if there is none."""
    found = _DECISIONS.get(name)
    if found is None:
        raise Missing("decision", t("没有名为“{name}”的决策", "There is no decision named “{name}”").fill(name=name), "name")
    return found
