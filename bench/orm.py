"""The same work as the ledger's functions by ORM statements: what the functions are compared with."""

from hashlib import sha256
from typing import cast
from uuid import UUID

from django.db import transaction

from audit.models import ChainHead, Event
from saas.kernel.clock import database_now
from saas.kernel.ids import uuid7
from saas.kernel.serialization import as_json
from tokens.models import Account, Bucket, Entry, Hold, Quota
from tokens.queries import BURN_ORDER

OWNER = "owner"
"""The connection that may write the ledger's tables: the application itself may not."""
TOKENS = 3


def pair(organization_id: UUID, user_id: UUID) -> None:
    """Hold and settle TOKENS: two transactions, each with its buckets, entries, quota and chained event."""
    hold = _hold(organization_id, user_id)
    _settle(organization_id, hold)


@transaction.atomic(using=OWNER)
def _hold(organization_id: UUID, user_id: UUID) -> Hold:
    now = database_now()
    account = Account.objects.using(OWNER).select_for_update().get(organization_id=organization_id)
    hold = Hold(organization_id=organization_id, status="held", tokens=TOKENS, operation="quest", user_id=user_id)
    hold.created_at = hold.expires_at = now
    for quota in Quota.objects.using(OWNER).select_for_update().filter(subject_id__in=[organization_id, user_id]):
        quota.used_tokens += TOKENS
        quota.save(using=OWNER)
    left = TOKENS
    live = Bucket.objects.using(OWNER).select_for_update().filter(remaining__gt=0, frozen_at=None, expired_at=None)
    for bucket in live.order_by(*BURN_ORDER):
        taken = min(left, bucket.remaining)
        bucket.remaining, bucket.held, left = bucket.remaining - taken, bucket.held + taken, left - taken
        bucket.save(using=OWNER)
        _post(account, hold, bucket, "hold", -taken, taken)
        if not left:
            break
    hold.save(using=OWNER)
    account.save(using=OWNER)
    _record(organization_id, "hold.placed", hold)
    return hold


@transaction.atomic(using=OWNER)
def _settle(organization_id: UUID, hold: Hold) -> None:
    account = Account.objects.using(OWNER).select_for_update().get(organization_id=organization_id)
    parts = Entry.objects.using(OWNER).filter(transaction_id=hold.id, kind="hold")
    for part in parts.order_by("seq"):
        bucket = Bucket.objects.using(OWNER).select_for_update().get(id=cast(UUID, part.bucket_id))
        bucket.held -= part.held
        bucket.save(using=OWNER)
        _post(account, hold, bucket, "settle", 0, -part.held)
    hold.status, hold.settled_tokens, hold.ended_at = "settled", TOKENS, database_now()
    hold.save(using=OWNER)
    account.save(using=OWNER)
    _record(organization_id, "hold.settled", hold)


def _post(account: Account, hold: Hold, bucket: Bucket, kind: str, tokens: int, held: int) -> None:
    account.available += tokens
    account.held += held
    account.entry_seq += 1
    Entry.objects.using(OWNER).create(
        organization_id=hold.organization_id,
        seq=account.entry_seq,
        kind=kind,
        tokens=tokens,
        held=held,
        outside=-tokens - held,
        balance_after=account.available,
        bucket=bucket,
        transaction_id=hold.id,
        operation=hold.operation,
        user_id=hold.user_id,
        created_at=database_now(),
    )


def _record(organization_id: UUID, kind: str, hold: Hold) -> None:
    head = ChainHead.objects.using(OWNER).select_for_update().get(organization_id=organization_id)
    head.seq += 1
    data = {"transaction": str(hold.id), "operation": hold.operation, "tokens": hold.tokens}
    head.hash = sha256(bytes(head.hash) + as_json({"seq": head.seq, "kind": kind, "data": data}).encode()).digest()
    head.save(using=OWNER)
    Event.objects.using(OWNER).create(
        id=uuid7(),
        organization_id=organization_id,
        seq=head.seq,
        kind=kind,
        created_at=database_now(),
        actor={},
        reason="",
        data=data,
        hash=head.hash,
    )
