"""The runs of the lab that were asked for, and what came of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models

__all__ = ["LabRun"]


class LabRun(models.Model):
    """One order to the lab. The worker that holds the lease computes it; the result is written once."""

    class State(models.TextChoices):
        QUEUED = "queued", "等待 Queued"
        RUNNING = "running", "运行中 Running"
        DONE = "done", "完成 Done"
        FAILED = "failed", "失败 Failed"

    service = models.CharField(max_length=40)
    zone = models.ForeignKey("parties.Zone", on_delete=models.PROTECT, related_name="+")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    cases = models.PositiveIntegerField()
    seed = models.BigIntegerField()
    # what the visitor changed, as JSON with sorted keys: {} when nothing
    options = models.TextField(default="{}")
    # the day whose tables are in force
    on = models.DateField()
    # of the diagrams, the assumptions, the tables' releases and the order: see lab.fingerprint
    inputs_sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    # percent
    progress = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    holder = models.CharField(max_length=32, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # why it failed: a key of queries.FAILURES
    error = models.CharField(max_length=40, blank=True)
    # LabResult as JSON text
    result = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "leased_until"]), models.Index(fields=["service", "zone", "state"])]

    def __str__(self) -> str:
        return f"{self.service} {self.cases} {self.state}"
