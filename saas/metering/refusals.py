"""Bad input to an AI operation: refused before the pipeline, but counted by the battery."""

from collections.abc import Iterator
from contextlib import contextmanager

from abuse import actions as abuse
from abuse.rules import Subject
from plans.queries import entitlements
from saas.accounts.callers import Caller
from saas.kernel.errors import Invalid
from saas.metering.decision import limits


@contextmanager
def counting_bad_input(caller: Caller) -> Iterator[None]:
    """Count an Invalid as a failed attempt; a caller who is blocked by now is told that instead."""
    try:
        yield
    except Invalid:
        subject = Subject(organization_id=caller.organization_id, user_id=caller.user_id)
        entitled = entitlements(caller.organization_id).ask()
        verdict = abuse.record_bad_input(subject=subject, limits=limits(entitled))
        abuse.record(subject=subject, verdict=verdict)
        if verdict.code in ("temporarily_blocked", "rate_limited"):
            abuse.refuse(verdict)
        raise
