"""Notices, who has read them, and how far each has come on each channel."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from zimao.kernel.parties.fields import EncryptedTextField
from zimao.kernel.text import Text

__all__ = ["Channel", "Hook", "Notice", "Preference", "Reading", "Sending"]


class Channel(models.TextChoices):
    """The ways out of the platform; the inbox is always there and is no channel."""

    EMAIL = "email", "电子邮件 E-mail"
    SMS = "sms", "短信 SMS"
    WEBHOOK = "webhook", "Webhook"


class Notice(models.Model):
    """One notice to one user, or to a party: then every user who may act for the party in that service sees it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="notices")
    party = models.ForeignKey("parties.Party", on_delete=models.CASCADE, related_name="notices")
    zone = models.CharField(max_length=20, blank=True)
    service = models.CharField(max_length=40)
    template = models.CharField(max_length=100)
    title_zh = EncryptedTextField()
    title_en = EncryptedTextField()
    body_zh = EncryptedTextField()
    body_en = EncryptedTextField()
    headline_zh = models.CharField(max_length=200)
    headline_en = models.CharField(max_length=300)
    link = models.CharField(max_length=300, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    dedupe = models.CharField(max_length=200, unique=True)

    class Meta:
        indexes = [
            models.Index(fields=["user", "-id"], name="notice_of_user"),
            models.Index(fields=["party", "-id"], name="notice_of_party"),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.subject}"

    @property
    def title(self) -> Text:
        """The title in both languages."""
        return Text(self.title_zh, self.title_en)

    @property
    def body(self) -> Text:
        """The body in both languages."""
        return Text(self.body_zh, self.body_en)

    @property
    def headline(self) -> Text:
        """What may be said outside the platform."""
        return Text(self.headline_zh, self.headline_en)


class Reading(models.Model):
    """A user has read a notice."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="readings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "user"], name="reading_once")]

    def __str__(self) -> str:
        return f"{self.user_id} read {self.notice_id}"


class Preference(models.Model):
    """A user wants or does not want a channel; without a row the channel is wanted."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_preferences")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    wanted = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "channel"], name="preference_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.channel} {self.wanted}"


class Hook(models.Model):
    """The webhook at which a party wants its notices."""

    party = models.OneToOneField("parties.Party", on_delete=models.CASCADE, related_name="notice_hook")
    url = models.URLField(max_length=500)
    secret = EncryptedTextField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"hook of {self.party_id}"


class Sending(models.Model):
    """One notice on one channel.

    ``unknown``: the attempt broke off at a point where the message may or may not have left, on a channel that cannot
    recognise a repetition. It is not repeated by itself.
    """

    class State(models.TextChoices):
        PENDING = "pending", "待发送 Pending"
        SENT = "sent", "已发送 Sent"
        DELIVERED = "delivered", "已送达 Delivered"
        DEAD = "dead", "已停止重试 Given up"
        UNKNOWN = "unknown", "结果不明 Unknown"

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="sendings")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    provider_id = models.CharField(max_length=200, blank=True)
    error = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "channel"], name="sending_once")]
        indexes = [models.Index(fields=["next_at"], condition=models.Q(state="pending"), name="sending_due")]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.channel} {self.state}"

    @property
    def key(self) -> str:
        """The idempotency key: the same at every attempt, so that the counterpart knows a repetition."""
        return f"notice-{self.notice_id}-{self.channel}"
