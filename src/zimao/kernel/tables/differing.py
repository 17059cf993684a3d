"""What a release changes: rows added, removed and changed, by key. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zimao.kernel.tables.cells import canonical
from zimao.kernel.tables.contents import Contents, Row

__all__ = ["Difference", "RowChange", "difference"]


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row in canonical spelling: before (None: it is added), after (None: it is removed), and which columns differ."""

    before: tuple[str, ...] | None
    after: tuple[str, ...] | None
    columns: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Difference:
    """All changes, in the order of the later table, removed rows last; ``reordered``: rows that stay stand in another order."""

    names: tuple[str, ...]
    added: tuple[RowChange, ...]
    removed: tuple[RowChange, ...]
    changed: tuple[RowChange, ...]
    same: int
    reordered: bool

    @property
    def nothing(self) -> bool:
        """True when the two tables are equal."""
        return not (self.added or self.removed or self.changed or self.reordered)

    def as_dict(self) -> dict[str, Any]:
        """For the API and the command line."""
        counts = {"added": len(self.added), "removed": len(self.removed), "changed": len(self.changed), "same": self.same}
        return {
            "counts": counts,
            "reordered": self.reordered,
            "added": [self._row(one.after) for one in self.added],
            "removed": [self._row(one.before) for one in self.removed],
            "changed": [
                {"before": self._row(one.before), "after": self._row(one.after), "columns": sorted(one.columns)} for one in self.changed
            ],
        }

    def _row(self, values: tuple[str, ...] | None) -> dict[str, str]:
        return dict(zip(self.names, values or (), strict=True))


def difference(before: Contents | None, after: Contents) -> Difference:
    """What ``after`` changes; everything is added when there is nothing before."""
    spec = after.spec
    names = tuple(column.name for column in spec.columns)
    places = [names.index(column.name) for column in spec.key]

    def by_key(contents: Contents | None) -> dict[Row, tuple[str, ...]]:
        rows = contents.rows if contents else ()
        return {tuple(row[place] for place in places): tuple(canonical(value) for value in row) for row in rows}

    old, new = by_key(before), by_key(after)
    pairs = [(old[key], row) for key, row in new.items() if key in old]
    changed = tuple(
        RowChange(was, now, frozenset(name for name, a, b in zip(names, was, now, strict=True) if a != b))
        for was, now in pairs
        if was != now
    )
    return Difference(
        names=names,
        added=tuple(RowChange(None, row) for key, row in new.items() if key not in old),
        removed=tuple(RowChange(row, None) for key, row in old.items() if key not in new),
        changed=changed,
        same=len(pairs) - len(changed),
        reordered=[key for key in old if key in new] != [key for key in new if key in old],
    )
