"""Goals, what the AI made of them, and what changed when.

The `version` of a goal, a quest and a revenue entry is written by a trigger, see `sql/changes.sql`.
"""

import json
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q
from rest_framework.utils.encoders import JSONEncoder

from quests.features.projection import Method
from saas.accounts.models import User
from saas.accounts.tenancy import TenantModel
from saas.kernel.clock import OrganizationNow
from saas.kernel.isolation import TenantForeignKey


class GoalStatus(models.TextChoices):
    """The state of a goal. Archived is chosen by a person; reached follows from its amounts."""

    ACTIVE = "active"
    REACHED = "reached"
    ARCHIVED = "archived"


class Goal(TenantModel):
    """An amount to reach by a day, in the organization's currency. Progress is the sum of its revenue entries.

    The column `status` says only whether it is archived; `state` says where it stands.
    """

    title = models.CharField(max_length=120)
    description = models.TextField(max_length=2000, blank=True)
    target_amount = models.DecimalField(max_digits=14, decimal_places=2)
    current_amount = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    due_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=8, choices=GoalStatus, default=GoalStatus.ACTIVE)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(db_default=OrganizationNow(), editable=False)
    updated_at = models.DateTimeField(db_default=OrganizationNow(), editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(target_amount__gt=0), name="goal_target_positive"),
            models.CheckConstraint(condition=Q(status__in=GoalStatus.values), name="goal_status_known"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_reached(self) -> bool:
        """Return True if the amount is there."""
        return self.current_amount >= self.target_amount

    @property
    def state(self) -> GoalStatus:
        """Return the state of the goal: archived, or else reached or active."""
        if self.status == GoalStatus.ARCHIVED:
            return GoalStatus.ARCHIVED
        return GoalStatus.REACHED if self.is_reached else GoalStatus.ACTIVE

    @property
    def left_amount(self) -> Decimal:
        """Return what is missing, never below 0."""
        return max(self.target_amount - self.current_amount, Decimal(0))

    @property
    def progress_percent(self) -> int:
        """Return how much is reached, 0 to 100, rounded down."""
        share = 100 * self.current_amount / self.target_amount
        return int(min(max(share, Decimal(0)), Decimal(100)))


class RevenueEntry(TenantModel):
    """Money that came in (or went back, below zero) toward a goal.

    `import_key` names the file and the line it was imported from, so that a file is imported once.
    """

    goal = TenantForeignKey(Goal, on_delete=models.CASCADE, related_name="revenue_entries")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    received_on = models.DateField()
    note = models.CharField(max_length=200, blank=True)
    import_key = models.CharField(max_length=80, null=True, editable=False)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(db_default=OrganizationNow(), editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = "revenue entry"
        verbose_name_plural = "revenue entries"
        db_table = "quests_revenue_entry"
        indexes = [
            models.Index(fields=["organization", "goal", "received_on"], name="revenue_by_goal"),
            models.Index(fields=["organization", "received_on", "id"], name="revenue_by_day"),
        ]
        constraints = [models.UniqueConstraint(fields=["organization", "import_key"], name="revenue_imported_once")]

    def __str__(self) -> str:
        return f"{self.amount} on {self.received_on}"


class GeneratedContent(TenantModel):
    """Something that an AI operation made; its transaction id leads to the receipt."""

    title = models.CharField(max_length=160)
    summary = models.TextField()
    transaction_id = models.UUIDField()
    provider = models.CharField(max_length=40)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(db_default=OrganizationNow(), editable=False)

    class Meta:
        abstract = True


class QuestRating(models.IntegerChoices):
    """What people think of a quest."""

    NOT_USEFUL = -1
    USEFUL = 1


class Quest(GeneratedContent):
    """Concrete steps toward a goal, written by an AI operation.

    `steps` is a list of {"title", "amount", "due_on", "done"}, and once people worked with them "id", "note" and
    "assignee" (the id of a user); amounts are decimal strings.
    """

    goal = TenantForeignKey(Goal, on_delete=models.CASCADE, related_name="quests")
    steps = models.JSONField()
    rating = models.SmallIntegerField(null=True, choices=QuestRating)
    archived_at = models.DateTimeField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        indexes = [models.Index(fields=["organization", "transaction_id"], name="quest_by_transaction")]
        constraints = [
            models.CheckConstraint(
                condition=Q(rating=None) | Q(rating__in=QuestRating.values), name="quest_rating_known"
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def numbered_steps(self) -> list[dict[str, Any]]:
        """Return the steps with all their fields: the `id` of a quest that nobody edited is the place, from 0."""
        return [{"id": place, "note": "", "assignee": None, **step} for place, step in enumerate(self.steps)]

    @property
    def dated_steps(self) -> list[dict[str, Any]]:
        """Return the steps with all their fields, due days as dates and amounts as numbers."""
        return [
            {**step, "due_on": date.fromisoformat(step["due_on"]), "amount": Decimal(step["amount"] or 0)}
            for step in self.numbered_steps
        ]

    @property
    def done_count(self) -> int:
        """Return how many steps are done."""
        return sum(step["done"] for step in self.steps)


class LeadState(models.TextChoices):
    """How far a lead is."""

    NEW = "new"
    CONTACTED = "contacted"
    ANSWERED = "answered"
    WON = "won"


class LeadList(GeneratedContent):
    """Profiles of customers to look for, written by an AI operation.

    `leads` is a list of objects; those that people worked with have a `state`, and a won one `won_amount` (a decimal
    string) and `revenue_entry` (its id).
    """

    goal = TenantForeignKey(Goal, on_delete=models.CASCADE, related_name="lead_lists")
    brief = models.CharField(max_length=500, blank=True)
    leads = models.JSONField()

    class Meta:
        db_table = "quests_lead_list"
        indexes = [models.Index(fields=["organization", "transaction_id"], name="lead_list_by_transaction")]

    def __str__(self) -> str:
        return self.title

    @property
    def stated_leads(self) -> list[dict[str, Any]]:
        """Return the leads with all their fields; one that nobody worked with is new."""
        return [
            {"state": LeadState.NEW.value, "won_amount": None, "revenue_entry": None, **lead} for lead in self.leads
        ]

    @property
    def won_count(self) -> int:
        """Return how many leads are won."""
        return sum(lead.get("state") == LeadState.WON for lead in self.leads)


class RecordType(models.TextChoices):
    """The records that clients keep copies of."""

    GOAL = "goal"
    QUEST = "quest"
    REVENUE_ENTRY = "revenue_entry"


class ExactDecoder(json.JSONDecoder):
    """Reads amounts to the last digit."""

    def __init__(self, **options: Any) -> None:
        super().__init__(parse_float=Decimal, **options)


class Change(TenantModel):
    """The newest change of a record, by its number in the organization; only a trigger of `sql/changes.sql` writes it.

    `removed` is the last state of a record that is gone, None while it is there.
    """

    type = models.CharField(max_length=16, choices=RecordType)
    record_id = models.UUIDField()
    seq = models.BigIntegerField()
    version = models.PositiveIntegerField()
    edited_version = models.PositiveIntegerField()
    removed = models.JSONField(null=True, decoder=ExactDecoder)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "type", "record_id"], name="change_of_record_once"),
            models.UniqueConstraint(fields=["organization", "seq"], name="change_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.type} {self.record_id}"


class ChangeHead(models.Model):
    """The number of an organization's newest change."""

    organization_id = models.UUIDField(primary_key=True)
    seq = models.BigIntegerField()

    class Meta:
        db_table = "quests_change_head"

    def __str__(self) -> str:
        return f"{self.organization_id} at {self.seq}"


class RevenueForecast(GeneratedContent):
    """Revenue of months to come, computed from the months that were and explained by an AI operation.

    `months` is a list of {"month", "p10", "p50", "p90"}, `total` has the last three, `history` is a list of
    {"month", "amount"}: months like 2027-01, amounts as decimal strings in `currency`. `made_from` is the fingerprint
    of what it was made from, empty where none was stored yet.
    """

    driver = models.TextField()
    method = models.CharField(max_length=10)
    currency = models.CharField(max_length=3)
    months = models.JSONField()
    total = models.JSONField()
    history = models.JSONField()
    made_from = models.CharField(max_length=64, blank=True, db_default="", editable=False)

    class Meta:
        db_table = "quests_revenue_forecast"
        indexes = [models.Index(fields=["organization", "transaction_id"], name="forecast_by_transaction")]
        constraints = [
            models.CheckConstraint(
                condition=Q(method__in=[each.value for each in Method]), name="forecast_method_known"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PushedChange(TenantModel):
    """A change that a client pushed and what became of it: pushed again, it is answered from here.

    `client_change_id` is the client's own; `request_hash` is the SHA-256 of what came with it.
    """

    client_change_id = models.CharField(max_length=64)
    request_hash = models.BinaryField(max_length=32)
    result = models.JSONField(encoder=JSONEncoder)
    created_at = models.DateTimeField(db_default=OrganizationNow(), editable=False)

    class Meta:
        db_table = "quests_pushed_change"
        constraints = [
            models.UniqueConstraint(fields=["organization", "client_change_id"], name="pushed_change_once"),
        ]

    def __str__(self) -> str:
        return self.client_change_id


class ConflictResolution(models.TextChoices):
    """The edit that a resolved conflict kept."""

    MINE = "mine"
    THEIRS = "theirs"


class SyncConflict(TenantModel):
    """Two edits of one version of a record: `mine` was pushed (None deletes), `theirs` was here (None is gone)."""

    type = models.CharField(max_length=16, choices=RecordType)
    record_id = models.UUIDField()
    client_change_id = models.CharField(max_length=64)
    base_version = models.PositiveIntegerField()
    mine = models.JSONField(null=True)
    theirs = models.JSONField(null=True, encoder=JSONEncoder)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(db_default=OrganizationNow(), editable=False)
    kept = models.CharField(max_length=6, choices=ConflictResolution, blank=True)
    resolved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, editable=False)
    resolved_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        db_table = "quests_sync_conflict"
        constraints = [
            models.CheckConstraint(
                condition=Q(kept="", resolved_at=None, resolved_by=None)
                | Q(kept__in=ConflictResolution.values, resolved_at__isnull=False, resolved_by__isnull=False),
                name="sync_conflict_resolved_whole",
            ),
        ]
        indexes = [models.Index(fields=["organization", "id"], name="sync_conflict_open", condition=Q(kept=""))]

    def __str__(self) -> str:
        return f"{self.type} {self.record_id}"


class CalendarFeed(TenantModel):
    """A person's steps as a calendar, read by whoever has its secret, of which the SHA-256 is stored."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", editable=False)
    secret_hash = models.BinaryField(max_length=32, unique=True, editable=False)
    created_at = models.DateTimeField(db_default=OrganizationNow(), editable=False)

    class Meta:
        db_table = "quests_calendar_feed"
        constraints = [models.UniqueConstraint(fields=["organization", "user"], name="calendar_feed_once")]

    def __str__(self) -> str:
        return f"calendar of {self.user_id}"
