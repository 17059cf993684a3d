"""Persons, enterprises and agencies; units and officers; zones; who holds which role where and when."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from zimao.kernel.parties.fields import EncryptedTextField, blind_index

__all__ = ["AccessRecord", "Mandate", "Membership", "Party", "Unit", "User", "Zone"]


class Zone(models.Model):
    """A free-trade zone (or an area of one) that runs services with its own parameters."""

    code = models.CharField(max_length=20, primary_key=True)
    name_zh = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    time_zone = models.CharField(max_length=40, default="Asia/Shanghai")

    def __str__(self) -> str:
        return self.name_zh


class Party(models.Model):
    """A person, an enterprise or an agency. The identifier and, for a person, the name are encrypted."""

    class Kind(models.TextChoices):
        PERSON = "person", "自然人 Person"
        ENTERPRISE = "enterprise", "企业 Enterprise"
        AGENCY = "agency", "机关 Agency"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    name = EncryptedTextField()
    name_en = models.CharField(max_length=200, blank=True)
    scheme = models.CharField(max_length=20, blank=True, help_text="uscc, resident_id, passport")
    identifier = EncryptedTextField(blank=True)
    identifier_index = models.CharField(max_length=64, blank=True, db_index=True)
    phone = EncryptedTextField(blank=True)
    email = EncryptedTextField(blank=True)
    address = EncryptedTextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scheme", "identifier_index"], condition=~models.Q(identifier_index=""), name="party_identifier_once")
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
    """A sign-in: a password and, once confirmed, a TOTP secret. The person behind it is a party."""

    username = models.CharField(max_length=100, unique=True)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="users")
    language = models.CharField(max_length=10, default="zh")
    totp_secret = EncryptedTextField(blank=True)
    totp_confirmed = models.BooleanField(default=False)
    totp_last_step = models.BigIntegerField(default=0, help_text="last accepted time step: a code works once")
    failed_attempts = models.PositiveIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "username"

    def __str__(self) -> str:
        return self.username


class Membership(models.Model):
    """A user holds a role in a zone, perhaps at one unit, between two dates."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    zone = models.ForeignKey(Zone, on_delete=models.PROTECT)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True)
    role = models.CharField(max_length=60)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "zone", "role", "valid_from"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}@{self.zone_id}"


class Mandate(models.Model):
    """A dated power of attorney: the agent may act for the principal in the named services."""

    principal = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="mandates_given")
    agent = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="mandates_held")
    service = models.CharField(max_length=40)
    valid_from = models.DateField()
    valid_to = models.DateField()

    def __str__(self) -> str:
        return f"{self.agent_id} for {self.principal_id}"


class AccessRecord(models.Model):
    """Somebody looked at a personal field in the clear."""

    at = models.DateTimeField()
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True)
    party = models.ForeignKey(Party, on_delete=models.PROTECT)
    field = models.CharField(max_length=40)
    purpose = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"{self.user_id} {self.field} of {self.party_id}"
