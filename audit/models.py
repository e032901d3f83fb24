"""Events, the heads of their chains, and what these begin from: written by SQL functions only."""

import json
from typing import Any
from uuid import UUID

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from saas.kernel.ids import uuid7

PLATFORM = UUID(int=0)
"""The chain of events that belong to no organization: price book, staff, sign-ups."""


class Event(models.Model):
    """Something that happened. No foreign keys: an event outlives what it is about."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization_id = models.UUIDField()
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    actor = models.JSONField()
    reason = models.TextField()
    data = models.JSONField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        indexes = [BrinIndex(fields=["created_at"], name="audit_event_by_time", autosummarize=True)]
        constraints = [models.UniqueConstraint(fields=["organization_id", "seq"], name="audit_event_seq_once")]
        ordering = ["organization_id", "seq"]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"


class ChainHead(models.Model):
    """The newest event of a chain: what the next one's hash must cover. A view of its `OrganizationState`."""

    organization_id = models.UUIDField(primary_key=True)
    seq = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        db_table = "audit_chain_head"
        managed = False

    def __str__(self) -> str:
        return f"{self.organization_id} at {self.seq}"


class Opening(models.Model):
    """What an organization's chain and ledger begin from, since older rows were moved into a file.

    `text` is what was signed: JSON with the two numbers, the chain's hash, the ledger's sums, and the file with its
    SHA-256. The newest one counts; it sums up those before it. See docs/scaling.md.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization_id = models.UUIDField()
    number = models.IntegerField()
    event_seq = models.BigIntegerField()
    entry_seq = models.BigIntegerField()
    text = models.TextField()
    signature = models.CharField(max_length=128)
    key = models.CharField(max_length=8)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization_id", "number"], name="audit_opening_once")]
        ordering = ["organization_id", "number"]

    @property
    def says(self) -> dict[str, Any]:
        """Return what was signed, as values."""
        said: dict[str, Any] = json.loads(self.text)
        return said

    def __str__(self) -> str:
        return f"{self.organization_id} from event {self.event_seq}, entry {self.entry_seq}"


class ReaderPosition(models.Model):
    """How far a reader of the stream has come in one organization's chain."""

    reader = models.CharField(max_length=40)
    organization_id = models.UUIDField()
    seq = models.BigIntegerField(default=0)

    class Meta:
        db_table = "audit_reader_position"
        constraints = [models.UniqueConstraint(fields=["organization_id", "reader"], name="reader_position_once")]

    def __str__(self) -> str:
        return f"{self.reader} at {self.seq}"
