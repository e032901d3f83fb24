"""Alert staff of items that jobs set aside, once each; repeat or drop them with a reason. See `saas.kernel.items`."""

from itertools import groupby

from django.db.models import Q
from django.db.models.functions import Now

from audit.actions import record
from saas.accounts.lock import serialized
from saas.backoffice.events import JobItemDropped, JobItemRepeated, JobItemSetAside
from saas.kernel import items, tenancy
from saas.kernel.errors import Conflict, Invalid
from saas.kernel.models import SetAsideItem


def alert_staff() -> int:
    """Alert staff of what was set aside since: once per item, all new ones of a job in one event; return how many."""
    patient = Q(may_pass=False) | Q(attempts__gt=items.PATIENT_ATTEMPTS)
    with tenancy.system(), serialized():
        waiting = SetAsideItem.objects.filter(patient, alerted_at=None).order_by("job", "first_seen_at")
        new = list(waiting.select_for_update(skip_locked=True)[:1_000])
        for job, group in groupby(new, key=lambda item: item.job):
            _alert(job, list(group))
        SetAsideItem.objects.filter(id__in=[item.id for item in new]).update(alerted_at=Now())
    return len(new)


def _alert(job: str, new: list[SetAsideItem]) -> None:
    record(
        JobItemSetAside(
            job=job,
            items=len(new),
            errors=", ".join(sorted({item.error for item in new}))[:500],
            first=new[0].item,
            of_organization=new[0].organization_id,
        )
    )


def repeat(*, item: SetAsideItem, reason: str) -> None:
    """Let the job try the item with its next run. Raises Invalid without a reason, Conflict when it is solved."""
    _require_reason(reason)
    with tenancy.system(), serialized():
        if not SetAsideItem.objects.filter(id=item.id).update(retry_at=Now()):
            raise Conflict("This was solved meanwhile.")
        record(JobItemRepeated(job=item.job, item=item.item), reason=reason)


def drop(*, item: SetAsideItem, reason: str) -> None:
    """Drop the item. A dropped event is never tried again; other items are when the job meets them again.

    Raises Invalid without a reason, Conflict when it is solved.
    """
    _require_reason(reason)
    with tenancy.system(), serialized():
        dropped, _ = SetAsideItem.objects.filter(id=item.id).delete()
        if not dropped:
            raise Conflict("This was solved meanwhile.")
        record(JobItemDropped(job=item.job, item=item.item), reason=reason)


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid("This needs a reason.")
