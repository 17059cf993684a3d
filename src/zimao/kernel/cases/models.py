"""Cases, the work in them, what they wait for, and what was handed in."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from zimao.kernel.text import Text

__all__ = [
    "Case",
    "CaseEvent",
    "CaseMaterial",
    "Deadline",
    "Extension",
    "InboxMessage",
    "Material",
    "ProcessRelease",
    "Suspension",
    "WorkItem",
]


class ProcessRelease(models.Model):
    """A released version of a diagram. It is never edited: a running case names it by its hash."""

    key = models.CharField(max_length=80)
    version = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    xml = models.TextField()
    released_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="process_version_once")]

    def __str__(self) -> str:
        return f"{self.key}-v{self.version}"


class Case(models.Model):
    """One procedure of one applicant. This row is the lock under which every step of the case is taken."""

    class Status(models.TextChoices):
        OPEN = "open", "办理中 Open"
        COMPLETED = "completed", "已办结 Completed"
        NOT_ACCEPTED = "not_accepted", "不予受理 Not accepted"
        WITHDRAWN = "withdrawn", "已撤回 Withdrawn"

    number = models.CharField(max_length=40, unique=True)
    zone = models.ForeignKey("parties.Zone", on_delete=models.PROTECT)
    service = models.CharField(max_length=40)
    process_key = models.CharField(max_length=80)
    process_version = models.PositiveIntegerField()
    process_sha256 = models.CharField(max_length=64)
    # text, never a JSON column: the engine's state depends on the order of its keys
    state_text = models.TextField()
    engine_format = models.CharField(max_length=20)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.OPEN)
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    applicant = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="cases")
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    suspended = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["zone", "service", "status"]), models.Index(fields=["applicant", "status"])]

    @property
    def title(self) -> Text:
        return Text(self.title_zh, self.title_en)

    def __str__(self) -> str:
        return self.number


class WorkItem(models.Model):
    """A user task that somebody has to do, or did. An index of the engine's state, kept in the same transaction."""

    class Status(models.TextChoices):
        OPEN = "open", "待办 Open"
        DONE = "done", "已办 Done"
        CANCELLED = "cancelled", "已取消 Cancelled"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="work_items")
    task_guid = models.CharField(max_length=36)
    element = models.CharField(max_length=80)
    track = models.CharField(max_length=40, blank=True)
    role = models.CharField(max_length=60)
    form = models.CharField(max_length=60, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.OPEN)
    opened_at = models.DateTimeField()
    due_on = models.DateField(null=True, blank=True)
    due_provisional = models.BooleanField(default=False)
    assigned_to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reminded_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    done_by_name = models.CharField(max_length=200, blank=True)
    decision = models.CharField(max_length=40, blank=True)
    # the filled form as JSON text: reasons and findings may speak of persons, so they stay out of the evidence log
    values = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "task_guid"], name="work_item_once")]
        indexes = [models.Index(fields=["status", "role", "due_on"])]

    def __str__(self) -> str:
        return f"{self.element} {self.status}"


class Deadline(models.Model):
    """A timer of the engine that waits, with its due instant where it can be searched."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="deadlines")
    work_item = models.ForeignKey(WorkItem, on_delete=models.PROTECT, null=True, related_name="deadlines")
    timer_guid = models.CharField(max_length=36)
    element = models.CharField(max_length=80)
    kind = models.CharField(max_length=80)
    due_at = models.DateTimeField(null=True, db_index=True)
    fired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "timer_guid"], name="deadline_once")]

    def __str__(self) -> str:
        return f"{self.element} {self.due_at}"


class Suspension(models.Model):
    """A stretch in which the clock of a case stands still: from the day after the notice until the answer is complete."""

    class Kind(models.TextChoices):
        CORRECTION = "correction", "补正 Correction"
        EXPERT_REVIEW = "expert_review", "专家评审 Expert review"
        SITE_CHECK = "site_check", "现场核查 Site check"
        HEARING = "hearing", "听证 Hearing"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="suspensions")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    noticed_on = models.DateField()
    answered_on = models.DateField(null=True, blank=True)
    reason = models.TextField()

    def __str__(self) -> str:
        return f"{self.kind} {self.noticed_on}"


class Extension(models.Model):
    """More working days for one open task, given once by a supervisor with a reason."""

    work_item = models.OneToOneField(WorkItem, on_delete=models.PROTECT, related_name="extension")
    days = models.PositiveIntegerField()
    reason = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"+{self.days}"


class InboxMessage(models.Model):
    """A message from outside for a case. Kept until the diagram waits for it; the sender's id makes a repeat harmless."""

    message_id = models.CharField(max_length=100, unique=True)
    name = models.CharField(max_length=100)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="inbox")
    received_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.message_id}"


class CaseEvent(models.Model):
    """One thing that happened in a case: the timeline reads it, the measures count it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    type = models.CharField(max_length=40, db_index=True)
    element = models.CharField(max_length=80, blank=True)
    track = models.CharField(max_length=40, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=200, blank=True)
    data = models.TextField(default="{}")

    class Meta:
        indexes = [models.Index(fields=["case", "at"])]

    def __str__(self) -> str:
        return f"{self.type} {self.element}"


class Material(models.Model):
    """A file somebody gave once. Stored by its content; what the platform holds is not asked for again."""

    sha256 = models.CharField(max_length=64)
    owner = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="materials")
    kind = models.CharField(max_length=60)
    # what it is about, in the service's words (an application, a ship); empty: about its owner, good for every case of his
    about = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    valid_to = models.DateField(null=True, blank=True)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "kind", "about", "sha256"], name="material_once")]

    def __str__(self) -> str:
        return self.name


class CaseMaterial(models.Model):
    """A material used by a case; ``reused`` when the applicant did not have to hand it in for this case."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="materials")
    material = models.ForeignKey(Material, on_delete=models.PROTECT, related_name="uses")
    reused = models.BooleanField(default=False)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "material"], name="case_material_once")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.material_id}"
