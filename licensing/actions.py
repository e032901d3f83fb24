"""Record failed and succeeded payments, extend the grace, and record transitions."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from audit.actions import record
from audit.events import AuditEvent
from licensing import stages
from licensing.events import (
    LicenseChanged,
    LicenseGraceExtended,
    LicensePaused,
    LicensePaymentFailed,
    LicensePaymentSucceeded,
    LicenseResumed,
    LicenseStageComing,
)
from licensing.models import License, LicenseState
from licensing.queries import Overdue, license_status, overdue, rules_for
from licensing.stages import Rules, Stage
from plans.actions import refresh
from plans.models import Subscription
from saas.accounts.lock import serialized
from saas.kernel import tenancy
from saas.kernel.actor import current_actor_json
from saas.kernel.clock import as_text, database_now
from saas.kernel.errors import Conflict, Invalid
from saas.kernel.parallel import in_batches
from saas.kernel.serialization import as_json
from saas.kernel.transactions import Statement, run_batch
from tokens import actions as ledger_actions


def open_license() -> None:
    """Give the organization its license, active; doing it again changes nothing."""
    License.objects.get_or_create(organization_id=tenancy.current_organization_id())


def payment_failed(*, at: datetime | None = None, reason: str = "") -> bool:
    """Begin day 0 at the failure's instant: AI off, every open hold revoked.

    A further failure while overdue changes nothing; what was paused is overdue from then on. Returns whether this was
    the first.
    """
    with serialized():
        day_0 = at or database_now()
        in_order = License.objects.filter(past_due_at=None)
        if not in_order.update(past_due_at=day_0, paused_at=None, recorded_state=LicenseState.GRACE):
            return False
        revoked = ledger_actions.suspend(reason=reason or "payment failed")
        course = [as_data(stage) for stage in license_status().stages]
        record(LicensePaymentFailed(past_due_at=day_0, revoked_holds=revoked, stages=course), reason=reason)
        _advance(overdue())
    return True


def payment_succeeded(*, reason: str = "") -> bool:
    """Restore everything at once, and grant the present period's allowance if it is still owed.

    Returns whether payment was overdue; otherwise nothing changes.
    """
    with serialized():
        overdue = License.objects.filter(past_due_at__isnull=False)
        if not overdue.update(past_due_at=None, grace_until=None, recorded_state=LicenseState.ACTIVE, warned_state=""):
            return False
        ledger_actions.resume(reason=reason or "payment succeeded")
        subscription = Subscription.objects.filter(ended_at=None).first()
        if subscription is not None:
            refresh(subscription=subscription, now=database_now())
        record(LicensePaymentSucceeded(), reason=reason)
    return True


def pause(*, at: datetime, reason: str = "") -> bool:
    """Turn AI off because nothing is billed from `at` on: every open hold is revoked, nothing is granted or lost.

    What was overdue is not any more. Returns whether it was not paused before; otherwise nothing changes.
    """
    with serialized():
        running = License.objects.filter(paused_at=None)
        values = {"past_due_at": None, "grace_until": None, "warned_state": "", "recorded_state": LicenseState.PAUSED}
        if not running.update(paused_at=at, **values):
            return False
        revoked = ledger_actions.suspend(reason=reason or "paused")
        record(LicensePaused(paused_at=at, revoked_holds=revoked), reason=reason)
    return True


def resume(*, reason: str = "") -> bool:
    """Turn AI on again; return whether it was paused. What is granted then is for the caller to say."""
    with serialized():
        paused = License.objects.filter(paused_at__isnull=False)
        if not paused.update(paused_at=None, recorded_state=LicenseState.ACTIVE):
            return False
        ledger_actions.resume(reason=reason or "resumed")
        record(LicenseResumed(), reason=reason)
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
        if not License.objects.filter(past_due_at__isnull=False).update(grace_until=until, warned_state=""):
            raise Conflict("No payment is overdue, so there is no grace to extend.")
        record(LicenseGraceExtended(until=until), reason=reason)
        _advance(overdue())


def advance() -> bool:
    """Record the new state of the organization's license and notify people; return True if there was one.

    The state itself is computed by readers: late or twice, this skips and repeats nothing.
    """
    with serialized():
        return _advance(overdue()) == 1


ADVANCE = "advance_licenses"


def advance_all() -> int:
    """Record the new state of every overdue license and notify people; return how many changed.

    Safe twice, late and in parallel. Organizations that somebody is writing to wait for the next run.
    """
    with tenancy.system():
        return in_batches(ADVANCE, partial(_advance, statement=TOGETHER), overdue())


ONE_BY_ONE, TOGETHER = "SELECT licensing_tell(%s, %s)", "SELECT licensing_record_many(%s, %s)"


def _advance(licenses: Sequence[Overdue], *, statement: str = ONE_BY_ONE) -> int:
    """Record the new states of these licenses in one commit; return how many changed."""
    rules = rules_for([each.organization_id for each in licenses])
    transitions = [row for each in licenses if (row := _pending(each, rules[each.organization_id]))]
    if not transitions:
        return 0
    arguments = (as_json(transitions), current_actor_json())
    [[(count,)]] = run_batch(Statement(statement, arguments))
    return int(count)


def _pending(license: Overdue, rules: Rules) -> dict[str, Any] | None:
    """Return the arguments of licensing_tell, or None if nothing is pending."""
    course = stages.stages(past_due_at=license.past_due_at, grace_until=license.grace_until, rules=rules)
    pending = stages.pending_transitions(
        course=course, recorded=license.recorded, warned=license.warned, now=license.now
    )
    events: list[AuditEvent] = [_changed(stage, course) for stage in pending.begun]
    if pending.coming:
        events.append(LicenseStageComing(**as_data(pending.coming)))
    if not events:
        return None
    return {
        "organization": license.organization_id,
        "past_due_at": license.past_due_at.isoformat(),
        "grace_until": license.grace_until and license.grace_until.isoformat(),
        "recorded": license.recorded,
        "warned": license.warned,
        "now_recorded": pending.begun[-1].state if pending.begun else license.recorded,
        "now_warned": pending.coming.state if pending.coming else license.warned,
        "events": [{"kind": event.kind, "data": event.payload()} for event in events],
    }


def _changed(stage: Stage, course: list[Stage]) -> LicenseChanged:
    later = course[course.index(stage) + 1 :]
    return LicenseChanged(**as_data(stage), next=as_data(later[0]) if later else None)


def as_data(stage: Stage) -> dict[str, str]:
    """Return a stage as events show it."""
    return {"state": stage.state, "starts_at": as_text(stage.starts_at)}
