"""Applications, ships on the register, their owners, the certificates and how they reach the owner."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from zimao.kernel.parties.fields import EncryptedTextField

__all__ = ["Application", "Certificate", "Delivery", "Ship", "ShipOwner"]


class Application(models.Model):
    """One application for everything. A draft until it is submitted; then its number is the number of the case."""

    number = models.CharField(max_length=40, unique=True)
    zone = models.ForeignKey("parties.Zone", on_delete=models.PROTECT)
    applicant = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # the form as JSON; owners are persons, so it is encrypted whole
    values = EncryptedTextField(default="{}")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    case = models.OneToOneField("cases.Case", on_delete=models.PROTECT, null=True, blank=True, related_name="ship_application")
    ship = models.ForeignKey("Ship", on_delete=models.PROTECT, null=True, blank=True, related_name="applications")
    # what was applied for, in the clear, for lists: no person in it
    ship_name = models.CharField(max_length=60, blank=True)
    # the ship that is applied for: what was given or found for her in an earlier application is used again
    identification_number = models.CharField(max_length=13, blank=True, db_index=True)
    # the inspection certificate that filled in particulars (prefilling.Certificate as JSON); empty when none did
    inspection = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["applicant", "case"])]

    def __str__(self) -> str:
        return self.number


class Ship(models.Model):
    """A ship on the register of a zone's port. It is entered when its ownership is approved."""

    zone = models.ForeignKey("parties.Zone", on_delete=models.PROTECT)
    register_number = models.CharField(max_length=20, unique=True)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=120, blank=True)
    # the name as it sounds: two names with one key are homophones
    name_sound = models.CharField(max_length=200, db_index=True)
    identification_number = models.CharField(max_length=13, unique=True)
    imo_number = models.CharField(max_length=7, blank=True)
    call_sign = models.CharField(max_length=8, blank=True)
    mmsi = models.CharField(max_length=9, null=True, blank=True, unique=True)
    ship_type = models.CharField(max_length=40)
    port = models.CharField(max_length=10)
    gross_tonnage = models.PositiveIntegerField()
    net_tonnage = models.PositiveIntegerField()
    particulars = models.TextField()
    registered_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["zone", "name_zh"], name="ship_name_once"),
            models.UniqueConstraint(fields=["imo_number"], condition=~models.Q(imo_number=""), name="ship_imo_once"),
        ]

    def __str__(self) -> str:
        return self.name_zh


class ShipOwner(models.Model):
    """A share of a ship, in hundredths of a percent so that shares add up exactly."""

    ship = models.ForeignKey(Ship, on_delete=models.CASCADE, related_name="owners")
    name = EncryptedTextField()
    scheme = models.CharField(max_length=20)
    identifier = EncryptedTextField()
    identifier_index = models.CharField(max_length=64, db_index=True)
    share_basis_points = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.ship_id} {self.share_basis_points}"


class Certificate(models.Model):
    """One of the seven certificates of an application, from the decision whether it applies to the moment it is handed over."""

    class Status(models.TextChoices):
        NOT_APPLICABLE = "not_applicable", "不适用 Not applicable"
        PENDING = "pending", "待审查 Waiting for examination"
        EXAMINED = "examined", "已审查 Examined"
        APPROVED = "approved", "已批准 Approved"
        REFUSED = "refused", "不予许可 Refused"
        NOT_DECIDED = "not_decided", "前置未获批，不予决定 Not decided"
        MADE = "made", "已制证 Made"
        HANDED_OVER = "handed_over", "已送达 Handed over"

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="certificates")
    kind = models.CharField(max_length=20)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.PENDING)
    reason_zh = models.CharField(max_length=300, blank=True)
    reason_en = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=300, blank=True)
    number = models.CharField(max_length=40, blank=True)
    issued_on = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    document = models.ForeignKey("documents.Document", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    letter = models.ForeignKey("documents.Document", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    findings = models.TextField(blank=True)
    decided_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "kind"], name="ship_certificate_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.status}"


class Delivery(models.Model):
    """How the certificates reach the owner: all at once, one way."""

    class Kind(models.TextChoices):
        ELECTRONIC = "electronic", "海事系统送达 Maritime system"
        POST = "post", "邮寄 Post"
        PICK_UP = "pick_up", "一次领取 One pick-up"

    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="delivery")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    tracking_number = models.CharField(max_length=40, blank=True)
    pick_up_code = models.CharField(max_length=12, blank=True)
    handed_over_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.kind
