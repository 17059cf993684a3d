"""Released calendar years, and the days on which a zone is closed or open against the calendar."""

from __future__ import annotations

from django.db import models

__all__ = ["CalendarYear", "ZoneClosure"]


class CalendarYear(models.Model):
    """A year whose working days are known: the State Council's notice on holidays for that year."""

    year = models.PositiveIntegerField(unique=True)
    # {"2024-05-11": true, "2024-05-01": false}: weekends that are worked, weekdays that are free
    exceptions = models.TextField()
    source = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64)
    released_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.year)


class ZoneClosure(models.Model):
    """A day on which the offices of a zone are closed (a typhoon) or open although the calendar says otherwise."""

    zone = models.ForeignKey("parties.Zone", on_delete=models.PROTECT, related_name="closures")
    day = models.DateField()
    worked = models.BooleanField(default=False)
    reason_zh = models.CharField(max_length=200)
    reason_en = models.CharField(max_length=200)
    source = models.CharField(max_length=300)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["zone", "day"], name="zone_closure_once")]

    def __str__(self) -> str:
        return f"{self.zone_id} {self.day}"
