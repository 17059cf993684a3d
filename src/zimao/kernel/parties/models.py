"""Persons, enterprises and agencies; units and officers; zones; who holds which role where and when."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from zimao.kernel.parties.fields import BlindIndexField, EncryptedTextField, blind_index

__all__ = [
    "AccessRecord",
    "ApiToken",
    "KeyRotation",
    "Mandate",
    "Membership",
    "OpenIdLink",
    "Party",
    "RecoveryCode",
    "Throttle",
    "Unit",
    "User",
    "Zone",
]


class Zone(models.Model):
    """A free-trade zone (or an area of one) that runs services with its own parameters."""

    code = models.CharField(max_length=20, primary_key=True)
    name_zh = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    time_zone = models.CharField(max_length=40, default="Asia/Shanghai")

    def __str__(self) -> str:
        return self.name_zh

    def day(self, at: datetime) -> date:
        """The calendar day that it is in the zone at ``at``: roles and mandates are valid by days."""
        return at.astimezone(ZoneInfo(self.time_zone)).date()


class Party(models.Model):
    """A person, an enterprise or an agency. The identifier, the name and the ways to reach it are encrypted."""

    class Kind(models.TextChoices):
        PERSON = "person", "自然人 Person"
        ENTERPRISE = "enterprise", "企业 Enterprise"
        AGENCY = "agency", "机关 Agency"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    name = EncryptedTextField()
    name_en = models.CharField(max_length=200, blank=True)
    scheme = models.CharField(max_length=20, blank=True, help_text="a key of identifiers.SCHEMES: uscc, resident_id, passport")
    identifier = EncryptedTextField(blank=True)
    identifier_index = BlindIndexField(of="identifier")
    phone = EncryptedTextField(blank=True)
    email = EncryptedTextField(blank=True)
    address = EncryptedTextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "identifier_index"], condition=~models.Q(identifier_index=""), name="party_identifier_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @staticmethod
    def index_of(identifier: str) -> str:
        """The blind index under which an identifier is found without being stored in the clear."""
        return blind_index(identifier)


class Unit(models.Model):
    """A desk or department of an agency, in one zone."""

    zone = models.ForeignKey(Zone, on_delete=models.PROTECT)
    agency = models.ForeignKey(Party, on_delete=models.PROTECT)
    code = models.CharField(max_length=40)
    name_zh = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["zone", "code"], name="unit_code_once")]

    def __str__(self) -> str:
        return self.name_zh


class UserManager(BaseUserManager["User"]):
    """Users are found by their sign-in name."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=username)


class User(AbstractBaseUser):
    """A sign-in: a password and, once confirmed, a TOTP secret. What it acts for is its party.

    ``holder`` is the natural person who uses the sign-in of an enterprise; a person's own sign-in leaves it empty.
    """

    username = models.CharField(max_length=100, unique=True)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="users")
    holder = EncryptedTextField(blank=True)
    language = models.CharField(max_length=10, default="zh")
    totp_secret = EncryptedTextField(blank=True)
    totp_confirmed = models.BooleanField(default=False)
    totp_last_step = models.BigIntegerField(default=0, help_text="last accepted time step: a code works once")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "username"

    def __str__(self) -> str:
        return self.username


class RecoveryCode(models.Model):
    """A code that takes the place of a TOTP code once; only its SHA-256 is kept (the code has 80 random bits)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {'used' if self.used_at else 'open'}"


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Memberships by day."""

    def valid_on(self, day: date) -> MembershipQuerySet:
        """Those that are valid on ``day``, both ends included."""
        return self.filter(models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=day), valid_from__lte=day)


class Membership(models.Model):
    """A user holds a role in a zone, perhaps at one unit, from the first to the last day (both included)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    zone = models.ForeignKey(Zone, on_delete=models.PROTECT)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True)
    role = models.CharField(max_length=60)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "zone", "role", "valid_from"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}@{self.zone_id}"

    def holds(self, day: date) -> bool:
        """True when the role is held on ``day``."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class MandateQuerySet(models.QuerySet["Mandate"]):
    """Mandates by day and service."""

    def valid_on(self, day: date, service: str = "") -> MandateQuerySet:
        """Those valid on ``day``, both ends included; with ``service`` those that cover it (``*`` covers every service)."""
        found = self.filter(valid_from__lte=day, valid_to__gte=day)
        return found.filter(service__in=[service, "*"]) if service else found


class Mandate(models.Model):
    """A dated power of attorney: the agent may act for the principal in the named service, or in all (``*``)."""

    principal = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="mandates_given")
    agent = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="mandates_held")
    service = models.CharField(max_length=40)
    valid_from = models.DateField()
    valid_to = models.DateField()

    objects = MandateQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.agent_id} for {self.principal_id}"

    def holds(self, day: date) -> bool:
        """True when the agent may act on ``day``."""
        return self.valid_from <= day <= self.valid_to


class AccessRecord(models.Model):
    """Somebody looked at a personal field in the clear: who, in which zone, whose, which, what for."""

    at = models.DateTimeField(db_index=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="looks")
    zone = models.ForeignKey(Zone, on_delete=models.PROTECT, null=True)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="looked_at")
    field = models.CharField(max_length=40)
    purpose = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"{self.user_id} {self.field} of {self.party_id}"


class ApiToken(models.Model):
    """A key for programs: shown once, kept as a SHA-256, never more than its maker's roles at the time of making."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    zone = models.ForeignKey(Zone, on_delete=models.PROTECT)
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list, help_text="read, write")
    roles = models.JSONField(default=list, help_text="roles of the maker when it was made")
    created = models.DateTimeField()
    expires = models.DateTimeField()
    last_used = models.DateTimeField(null=True, blank=True)
    revoked = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.user_id} {self.name}"


class Throttle(models.Model):
    """How often something was tried under a name (a blind index): sign-in name, address, registration."""

    name = models.CharField(max_length=80, unique=True)
    tries = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(db_index=True)
    closed_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} {self.tries}"


class OpenIdLink(models.Model):
    """The account that an OpenID provider's subject signs in to."""

    issuer = models.CharField(max_length=200)
    subject = models.CharField(max_length=200)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="openid_links")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="openid_subject_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.issuer}"


class KeyRotation(models.Model):
    """How far a model's encrypted fields have been rewritten under a key: where a stopped run goes on."""

    key = models.CharField(max_length=16)
    model = models.CharField(max_length=100)
    last_pk = models.CharField(max_length=100, blank=True)
    rows = models.PositiveBigIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "model"], name="key_rotation_once")]

    def __str__(self) -> str:
        return f"{self.key} {self.model} {self.rows}"
