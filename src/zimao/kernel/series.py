"""Numbers that are never reused and never skipped."""

from __future__ import annotations

from zimao.kernel.models import Series

__all__ = ["next_number"]


def next_number(name: str) -> int:
    """The next number of series ``name``, from 1.

    Call it inside the operation's transaction: the row stays locked until that ends, so a rollback gives the number back.
    """
    Series.objects.get_or_create(name=name)
    row = Series.objects.select_for_update().get(name=name)
    row.last += 1
    row.save(update_fields=["last"])
    return row.last
