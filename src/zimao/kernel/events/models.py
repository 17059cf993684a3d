"""Messages going out and coming in, who gets them, and how far each one has come."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from zimao.kernel.parties.fields import EncryptedTextField

__all__ = ["Delivery", "HandlerRun", "Inbox", "Outbox", "PeriodicRun", "Source", "State", "Subscription"]


class State(models.TextChoices):
    """How far a run or a delivery has come."""

    PENDING = "pending", "待处理 Pending"
    DONE = "done", "已完成 Done"
    DEAD = "dead", "已停止重试 Given up"
    SKIPPED = "skipped", "已跳过 Skipped"


class Outbox(models.Model):
    """One message. Its number is the order of writing; ``origin`` is empty for our own, else the registered source's URI."""

    event_id = models.UUIDField(default=uuid.uuid4, unique=True)
    type = models.CharField(max_length=120)
    subject = models.CharField(max_length=200)
    zone = models.CharField(max_length=20, blank=True)
    data = models.TextField(help_text="JSON")
    at = models.DateTimeField()
    origin = models.CharField(max_length=300, blank=True)
    dispatched_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=models.Q(dispatched_at=None), name="outbox_waiting"),
            models.Index(fields=["subject", "id"], condition=models.Q(dispatched_at=None), name="outbox_waiting_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject}"


class HandlerRun(models.Model):
    """One handler's turn with one message. ``done`` is set in the transaction of the handler's own effect."""

    outbox = models.ForeignKey(Outbox, on_delete=models.CASCADE, related_name="runs")
    handler = models.CharField(max_length=120)
    subject = models.CharField(max_length=200, help_text="of the message: keeps order per subject without a join")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["outbox", "handler"], name="handler_once_per_message")]
        indexes = [
            models.Index(fields=["next_at", "outbox"], condition=models.Q(state="pending"), name="run_due"),
            models.Index(fields=["handler", "subject", "outbox"], condition=models.Q(state__in=["pending", "dead"]), name="run_unfinished"),
        ]

    def __str__(self) -> str:
        return f"{self.handler} {self.outbox_id} {self.state}"


class Subscription(models.Model):
    """A receiver outside: a webhook address, the message types it wants, and the secret its signatures are made with."""

    zone = models.ForeignKey("parties.Zone", on_delete=models.PROTECT)
    name = models.CharField(max_length=100)
    url = models.URLField(max_length=500)
    secret = EncryptedTextField()
    previous_secret = EncryptedTextField(blank=True)
    previous_until = models.DateTimeField(null=True, blank=True)
    types = models.JSONField(default=list, help_text="patterns: a.b.c, a.b.*, *")
    owner = models.ForeignKey("parties.Party", on_delete=models.PROTECT, null=True, blank=True)
    active = models.BooleanField(default=True)
    stopped_because = models.CharField(max_length=40, blank=True)
    consecutive_failures = models.PositiveIntegerField(default=0)
    resume_at = models.DateTimeField(null=True, blank=True, help_text="not called before, after a failure")
    created = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["zone", "name"], name="subscription_name_once")]

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One message on its way to one subscription."""

    outbox = models.ForeignKey(Outbox, on_delete=models.CASCADE, related_name="deliveries")
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    response_code = models.PositiveIntegerField(null=True, blank=True)
    error = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["outbox", "subscription"], name="delivery_once")]
        indexes = [models.Index(fields=["next_at"], condition=models.Q(state="pending"), name="delivery_due")]

    def __str__(self) -> str:
        return f"{self.outbox_id} to {self.subscription_id} {self.state}"


class Source(models.Model):
    """A sender outside whose CloudEvents are taken in: how it proves itself and which types it may send."""

    class Proof(models.TextChoices):
        SIGNATURE = "signature", "Standard Webhooks 签名 signature"
        BEARER = "bearer", "Bearer 令牌 token"

    zone = models.ForeignKey("parties.Zone", on_delete=models.PROTECT)
    name = models.CharField(max_length=100)
    uri = models.CharField(max_length=300, unique=True, help_text="the CloudEvents attribute source, exactly")
    proof = models.CharField(max_length=10, choices=Proof.choices, default=Proof.SIGNATURE)
    secret = EncryptedTextField()
    types = models.JSONField(default=list)
    owner = models.ForeignKey("parties.Party", on_delete=models.PROTECT, null=True, blank=True)
    active = models.BooleanField(default=True)
    created = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Inbox(models.Model):
    """A CloudEvent that was taken in; source and id together name it once and for all (CloudEvents 1.0, section "id")."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="received")
    message_id = models.CharField(max_length=200)
    type = models.CharField(max_length=120)
    received_at = models.DateTimeField()
    outbox = models.OneToOneField(Outbox, on_delete=models.PROTECT, related_name="inbox")
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "message_id"], name="inbox_once")]

    def __str__(self) -> str:
        return f"{self.type} {self.message_id}"


class PeriodicRun(models.Model):
    """A periodic job: when it is due, who holds it, how the last run ended."""

    name = models.CharField(max_length=120, unique=True)
    next_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    last_started_at = models.DateTimeField(null=True, blank=True)
    last_finished_at = models.DateTimeField(null=True, blank=True)
    runs = models.PositiveBigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0, help_text="in a row")
    error = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name
