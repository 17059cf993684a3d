"""Electronic seals and who may use them; documents, their states and their history."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from zimao.kernel.parties.fields import EncryptedTextField

__all__ = ["Document", "DocumentEvent", "ESeal", "SealAuthority"]


class ESeal(models.Model):
    """An electronic seal of an agency unit: what it looks like, its certificate chain, and where its key is.

    The key itself is never here: ``key_reference`` names it to a signer (keys.py).
    """

    class Status(models.TextChoices):
        ACTIVE = "active", "启用 Active"
        REVOKED = "revoked", "废止 Revoked"

    zone = models.ForeignKey("parties.Zone", on_delete=models.PROTECT)
    unit = models.ForeignKey("parties.Unit", on_delete=models.PROTECT, null=True, blank=True)
    code = models.CharField(max_length=40)
    name_zh = models.CharField(max_length=40, help_text="the words on the arc")
    name_en = models.CharField(max_length=200)
    agency_zh = models.CharField(max_length=60, help_text="the issuing authority as printed")
    agency_en = models.CharField(max_length=200)
    inscription = models.CharField(max_length=12, blank=True, help_text="the words beneath the star, such as 专用章")
    diameter_mm = models.PositiveSmallIntegerField(default=42, help_text="国发〔1999〕25号: 42 mm for a county-level agency")
    svg = models.TextField(blank=True, help_text="the seal's registered image; drawn from the words when empty")
    chain = models.TextField(help_text="PEM: the seal's certificate first, the root last")
    key_reference = models.CharField(max_length=200)
    valid_from = models.DateField()
    valid_to = models.DateField()
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.ACTIVE)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["zone", "code"], name="seal_code_once")]

    def __str__(self) -> str:
        return f"{self.name_zh} {self.inscription}".strip()


class SealAuthority(models.Model):
    """A user may put a seal on documents of the listed kinds from the first to the last day, both included.

    ``ship.*`` stands for every kind below ``ship``, ``*`` for every kind.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="seal_authorities")
    seal = models.ForeignKey(ESeal, on_delete=models.PROTECT, related_name="authorities")
    kinds = models.JSONField(default=list)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="seal_authorities_granted")

    class Meta:
        verbose_name_plural = "seal authorities"

    def __str__(self) -> str:
        return f"{self.user_id} {self.seal_id}"


class Document(models.Model):
    """A certificate or letter that was issued: one signed PDF, found by its SHA-256. Rows and files are never deleted."""

    class Status(models.TextChoices):
        VALID = "valid", "有效 Valid"
        SUSPENDED = "suspended", "暂停 Suspended"
        REVOKED = "revoked", "撤销 Revoked"
        SUPERSEDED = "superseded", "已换发 Superseded"

    zone = models.ForeignKey("parties.Zone", on_delete=models.PROTECT)
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=100, help_text="the case")
    version = models.PositiveIntegerField(default=1)
    series = models.CharField(max_length=100)
    serial = models.PositiveBigIntegerField()
    number = models.CharField(max_length=100)
    title_zh = models.CharField(max_length=100)
    title_en = models.CharField(max_length=200)
    holder = models.ForeignKey("parties.Party", on_delete=models.PROTECT, null=True, blank=True, related_name="documents")
    seal = models.ForeignKey(ESeal, on_delete=models.PROTECT, related_name="documents")
    data = EncryptedTextField(help_text="JSON that was printed")
    facts = models.JSONField(default=list, help_text="what a verifier sees; personal values already masked")
    template = models.CharField(max_length=100)
    template_sha256 = models.CharField(max_length=64)
    request_sha256 = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    issued_on = models.DateField()
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="documents_issued")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True, help_text="the last day; empty: without limit")
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.VALID)
    pdf_sha256 = models.CharField(max_length=64, unique=True)
    pdf_size = models.PositiveIntegerField()
    code = models.CharField(max_length=24, unique=True, help_text="verification code without separators")
    supersedes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="superseded_by")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["zone", "kind", "subject", "version"], name="document_once"),
            models.UniqueConstraint(fields=["series", "serial"], name="document_serial_once"),
            models.UniqueConstraint(fields=["zone", "kind", "number"], name="document_number_once"),
        ]
        indexes = [models.Index(fields=["subject"], name="document_subject")]

    def __str__(self) -> str:
        return f"{self.title_zh} {self.number}"


class DocumentEvent(models.Model):
    """One line of a document's history."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="events")
    verb = models.CharField(max_length=40)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True)
    reason = EncryptedTextField(blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.document_id} {self.verb}"
