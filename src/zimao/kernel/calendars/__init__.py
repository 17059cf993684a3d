"""Working days, deadlines and what stops a clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zimao.kernel._door import lazy_door

if TYPE_CHECKING:
    from zimao.kernel.calendars.days import DueDate, Suspension, WorkingCalendar
    from zimao.kernel.calendars.operations import load_statutory_years
    from zimao.kernel.calendars.queries import calendar_of

__all__ = ["DueDate", "Suspension", "WorkingCalendar", "calendar_of", "load_statutory_years"]

__getattr__, __dir__ = lazy_door(
    __name__,
    {
        "DueDate": ".days",
        "Suspension": ".days",
        "WorkingCalendar": ".days",
        "calendar_of": ".queries",
        "load_statutory_years": ".operations",
    },
)
