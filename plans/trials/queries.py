"""Whether an organization may have a trial, and how the one it has stands."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import digest
from math import ceil
from typing import Any
from uuid import UUID

from plans.models import Subscription, Trial
from plans.price_book import FREE_PLAN, TRIAL_PLAN, PlanTerms, PriceBookTerms
from plans.queries import Entitlements, RunningTrial, entitlements
from saas.accounts import queries as accounts
from saas.accounts.callers import Caller
from saas.accounts.models import Role, User, mailbox
from saas.kernel import tenancy
from saas.kernel.errors import Conflict, DomainError, Forbidden
from saas.kernel.secret_keys import secret_keys
from saas.kernel.transactions import Statement, run_batch
from tokens import queries as ledger

DAY = timedelta(days=1)


class NoTrial(Conflict):
    """The organization cannot have a trial (any more)."""

    title = "No trial"


class NotVerified(Forbidden):
    """The owner's address is not verified."""

    title = "Confirm your e-mail address"


@dataclass(frozen=True)
class TrialOffer:
    """What a trial would be now."""

    plan: PlanTerms
    days: int
    tokens: int


@dataclass(frozen=True)
class TrialProgress:
    """A running trial: its plan, its end, the days left (rounded up) and the tokens left of those it began with."""

    plan: PlanTerms
    started_at: datetime
    ends_at: datetime
    days_left: int
    tokens: int
    tokens_left: int


def offered_by(book: PriceBookTerms) -> TrialOffer | None:
    """Return the trial that new organizations are offered, for who is not signed up yet; or None."""
    return _offer(book, book.plans[FREE_PLAN].limits.__getitem__)


def offer(entitled: Entitlements) -> TrialOffer | None:
    """Return the trial that the price book offers the organization, with its overrides; or None."""
    return _offer(entitled.book, entitled.limit)


def _offer(book: PriceBookTerms, limit: Callable[[str], int | None]) -> TrialOffer | None:
    plan, days, tokens = book.plans.get(TRIAL_PLAN), limit("trial_days") or 0, limit("trial_tokens") or 0
    return TrialOffer(plan, days, tokens) if plan and days and tokens else None


def offered_to(caller: Caller, entitled: Entitlements) -> TrialOffer | None:
    """Return the trial that the person can begin now, or could once their address is verified; or None."""
    offered = offer(entitled)
    if entitled.subscription_id is not None or entitled.trial is not None or offered is None:
        return None
    try:
        require_trial(caller, entitled)
    except NotVerified:
        return offered
    except DomainError:
        return None
    return offered


def require_trial(caller: Caller, entitled: Entitlements) -> TrialOffer:
    """Return the trial that the person can begin now. Raises Forbidden, NotVerified, NoTrial."""
    if caller.is_test or accounts.organization(caller.organization_id).sandbox_of_id is not None:
        raise Forbidden("A test organization has no trial: it has its organization's plan. Use a live key.")
    if caller.role != Role.OWNER:
        raise Forbidden("Only an owner of the organization can begin a trial. Ask one of them.")
    if (had := Trial.objects.first()) is not None:
        raise NoTrial(_had_trial(had, entitled))
    offered = offer(entitled)
    if offered is None:
        raise NoTrial("No trial is offered at the moment. Compare the plans and get the one that fits.")
    if Subscription.objects.exists():
        raise NoTrial(f"A trial is for organizations that never had a plan. Get {offered.plan.name} to go on.")
    people = accounts.owners()
    if not any(accounts.is_verified(person) for person in people if person.pk == caller.user_id):
        raise NotVerified(
            "Confirm your e-mail address first: open the link in the mail that you were sent, or have it sent again"
            " under Settings, E-mail addresses. Then begin the trial."
        )
    if not _is_unclaimed(people):
        raise NoTrial(had_before(offered.plan))
    return offered


def had_before(plan: PlanTerms) -> str:
    """Return what is said to somebody who had a trial in another organization or under another address."""
    return f"An owner of this organization had a trial before, and there is one a person. Get {plan.name} to go on."


def _had_trial(trial: Trial, entitled: Entitlements) -> str:
    plan = entitled.book.plans[trial.plan_key].name
    if entitled.trial is not None:
        return f"The trial of {plan} runs already, until {trial.ends_at:%-d %B %Y, %H:%M} UTC. Nothing was changed."
    return f"This organization had its trial of {plan}, and there is one. Get {plan} to go on."


def progress(entitled: Entitlements) -> TrialProgress | None:
    """Return how the organization's running trial stands, or None."""
    if entitled.trial is None:
        return None
    running = entitled.trial
    return TrialProgress(
        plan=entitled.book.plans[entitled.plan.key],
        started_at=running.started_at,
        ends_at=running.ends_at,
        days_left=ceil((running.ends_at - entitled.now) / DAY),
        tokens=running.tokens,
        tokens_left=ledger.remaining(business_key(running)),
    )


def business_key(trial: RunningTrial) -> str:
    """Return the key under which a trial's tokens were granted."""
    return f"trial:{trial.id}"


def subjects(people: list[User]) -> set[str]:
    """Return what a trial is claimed for: people and their mailboxes.

    An address that nobody proved to have is left out: adding somebody's to one's own account must take no trial away.
    """
    mailboxes = {mailbox(each) for found in accounts.verified_addresses(people).values() for each in found}
    return {*(f"person:{person.pk}" for person in people), *(f"mailbox:{each}" for each in mailboxes)}


def hashes(claimed_for: Iterable[str], *, secret_keys: Iterable[str]) -> list[bytes]:
    """Return how subjects are remembered, under each of these keys; see Note [One trial a person]."""
    keys = [digest(secret_key.encode(), b"milepost trials", sha256) for secret_key in secret_keys]
    return [digest(key, subject.encode(), sha256) for key in keys for subject in claimed_for]


def _is_unclaimed(people: list[User]) -> bool:
    known = hashes(subjects(people), secret_keys=secret_keys())
    [[(unclaimed,)]] = run_batch(Statement("SELECT plans_trial_unclaimed(%s)", (known,)))
    return bool(unclaimed)


def current_progress() -> TrialProgress | None:
    """Return how the running trial of the organization acted for stands, or None."""
    return progress(entitlements(tenancy.current_organization_id()).fetch())


def names_of_trial(_: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is read of a running trial beside an alert about its tokens: `trial` is empty where none runs."""
    running = current_progress()
    if running is None:
        return {"trial": ""}
    plan = running.plan
    return {
        "trial": plan.name,
        "trial_ends_at": running.ends_at.isoformat(),
        "monthly_tokens": plan.monthly_tokens,
        "monthly_price": f"{plan.monthly_price:.2f}",
    }


def as_data(trial: TrialProgress | None) -> dict[str, Any] | None:
    """Return a running trial as the API shows it."""
    if trial is None:
        return None
    names = ("started_at", "ends_at", "days_left", "tokens", "tokens_left")
    return {"plan": trial.plan.key, **{name: getattr(trial, name) for name in names}}


def due(*, warned_before: timedelta) -> list[UUID]:
    """Return the organizations whose trial is over or near its end, by their own clocks. Needs the system context."""
    statement = Statement(
        """
        SELECT t.organization_id FROM plans_trial t JOIN accounts_organization o ON o.id = t.organization_id
        WHERE t.ended_at IS NULL AND (t.ends_at <= clock_timestamp() + o.clock_offset
            OR t.warned_at IS NULL AND t.ends_at - %s <= clock_timestamp() + o.clock_offset)
        ORDER BY t.ends_at
        """,
        (warned_before,),
    )
    [rows] = run_batch(statement)
    return [organization_id for (organization_id,) in rows]
