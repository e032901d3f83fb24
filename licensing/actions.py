"""Payments failing and succeeding, grace extended, transitions recorded."""

from datetime import datetime, timedelta

from audit.actions import record, serialized
from licensing.models import License, State
from licensing.queries import Standing, standing
from plans.actions import refresh
from plans.models import Subscription
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict, Invalid
from tokens import actions as tokens

WARNING_BEFORE = timedelta(days=3)
"""How long before a stage people are told that it comes."""


def open_license() -> None:
    """Give the organization its license, active; doing it again changes nothing."""
    License.objects.get_or_create(organization_id=tenancy.current_organization_id())


def payment_failed(*, at: datetime | None = None, reason: str = "") -> bool:
    """Begin day 0 at the failure's instant: AI off, every open hold revoked.

    A further failure while overdue changes nothing. Returns whether this was the first.
    """
    with serialized():
        now = database_now()
        first = License.objects.filter(past_due_at=None).update(past_due_at=at or now, recorded_state=State.GRACE)
        if not first:
            return False
        revoked = tokens.suspend(reason=reason or "payment failed")
        record(kind="license.payment_failed", data={"past_due_at": at or now, "revoked_holds": revoked}, reason=reason)
    return True


def payment_succeeded(*, reason: str = "") -> bool:
    """Restore everything at once, and grant the present period's allowance if it is still owed.

    Returns whether payment was overdue; otherwise nothing changes.
    """
    with serialized():
        overdue = License.objects.filter(past_due_at__isnull=False)
        if not overdue.update(past_due_at=None, grace_until=None, recorded_state=State.ACTIVE, warned_state=""):
            return False
        tokens.resume(reason=reason or "payment succeeded")
        subscription = Subscription.objects.filter(ended_at=None).first()
        if subscription is not None:
            refresh(subscription=subscription, now=database_now())
        record(kind="license.payment_succeeded", data={}, reason=reason)
    return True


def extend_grace(*, until: datetime, reason: str) -> None:
    """Put off the offline stage to `until`. AI stays off.

    Raises Invalid without a reason or with an end in the past, Conflict when nothing is overdue.
    """
    if not reason.strip():
        raise Invalid("Extending grace needs a reason.")
    with serialized():
        if until <= database_now():
            raise Invalid("Grace can only be extended to an instant in the future.")
        if not License.objects.filter(past_due_at__isnull=False).update(grace_until=until):
            raise Conflict("No payment is overdue, so there is no grace to extend.")
        record(kind="license.grace_extended", data={"until": until}, reason=reason)


def advance() -> State:
    """Record and tell the state the license has come to, and the next stage when it is near.

    The state itself is computed by readers: late or twice, this skips and repeats nothing.
    """
    now_standing = standing()
    with serialized():
        changed = (
            License.objects.exclude(recorded_state=now_standing.state)
            .filter(past_due_at=now_standing.past_due_at)
            .update(recorded_state=now_standing.state)
        )
        if changed:
            record(kind="license.changed", data={"state": now_standing.state})
        _warn_of_next(now_standing)
    return now_standing.state


def advance_all() -> int:
    """Advance every overdue license; return how many there are."""
    with tenancy.system():
        overdue = list(License.objects.filter(past_due_at__isnull=False).values_list("organization_id", flat=True))
    for organization_id in overdue:
        with tenancy.organization(organization_id):
            advance()
    return len(overdue)


def _warn_of_next(now_standing: Standing) -> None:
    soon = database_now() + WARNING_BEFORE
    current = [stage.state for stage in now_standing.stages].index(now_standing.state) if now_standing.stages else -1
    for stage in now_standing.stages[current + 1 : current + 2]:
        unwarned = License.objects.exclude(warned_state=stage.state)
        if stage.starts_at <= soon and unwarned.update(warned_state=stage.state):
            record(kind="license.stage_coming", data={"state": stage.state, "starts_at": stage.starts_at})
