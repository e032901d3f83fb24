"""Begin and end trials."""

from datetime import timedelta
from typing import Any

from audit.actions import record
from plans.events import TrialBegun, TrialEnded, TrialEnding, TrialStopped
from plans.models import Trial, TrialEnd
from plans.price_book import PlanTerms
from plans.queries import entitlements
from plans.trials import queries
from saas.accounts import queries as accounts
from saas.accounts.callers import Caller
from saas.accounts.lock import serialized
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.items import for_each_organization
from saas.kernel.secret_keys import secret_keys
from saas.kernel.transactions import Statement, run_batch
from tokens import actions as ledger_actions
from tokens import queries as ledger
from tokens.kinds import Source

WARNED_BEFORE = timedelta(days=3)
"""How long before its end people are told of it; of a shorter trial, half of it."""


def begin_trial(*, caller: Caller) -> Trial:
    """Begin the organization's trial with its tokens, and claim it for its owners; all or nothing.

    Raises Forbidden for who is no owner and for a test organization, NotVerified, and NoTrial where none is offered or
    the organization, an owner or one of their addresses had one.
    """
    with serialized():
        entitled = entitlements(tenancy.current_organization_id()).fetch()
        offered = queries.require_trial(caller, entitled)
        _claim(offered)
        trial = Trial.objects.create(
            plan_key=offered.plan.key,
            tokens=offered.tokens,
            started_by_id=caller.user_id,
            started_at=entitled.now,
            ends_at=entitled.now + timedelta(days=offered.days),
        )
        ledger_actions.grant(
            source=Source.PROMO,
            tokens=offered.tokens,
            business_key=trial.business_key,
            expires_at=trial.ends_at,
            reason=f"trial of {offered.plan.name}",
        )
        record(TrialBegun(**_about(trial, offered.plan), tokens=trial.tokens))
    return trial


def _about(trial: Trial, plan: PlanTerms) -> dict[str, Any]:
    return {"trial": trial.pk, "plan": plan.key, "what": plan.name, "ends_at": trial.ends_at}


def _claim(offered: queries.TrialOffer) -> None:
    """Claim the trial for every owner: an address that is claimed at the same moment elsewhere is waited for."""
    subjects, keys = queries.subjects(accounts.owners()), secret_keys()
    new, known = queries.hashes(subjects, secret_keys=keys[:1]), queries.hashes(subjects, secret_keys=keys)
    [[(claimed,)]] = run_batch(Statement("SELECT plans_claim_trial(%s, %s)", (new, known)))
    if not claimed:
        raise queries.NoTrial(queries.had_before(offered.plan))


def stop_trial(*, ended_as: TrialEnd) -> bool:
    """End a trial before its time, for a plan or because the organization closes; return True if one ran.

    Its tokens stay until they expire, which is when the trial would have ended.
    """
    with serialized():
        trial = Trial.objects.filter(ended_at=None).first()
        if trial is None:
            return False
        now = database_now()
        is_over = trial.ends_at <= now
        as_ = TrialEnd.EXPIRED if is_over else ended_as
        Trial.objects.filter(pk=trial.pk).update(ended_at=now, ended_as=as_)
        record(TrialStopped(trial=trial.pk, plan=trial.plan_key, because=as_))
    return True


ADVANCE = "advance_trials"


def advance_trials() -> int:
    """Record the end of every trial whose time is over, and warn of those that end soon; return how many there were.

    Readers do not wait for it. Safe twice, late and in parallel.
    """
    with tenancy.system():
        organizations = queries.due(warned_before=WARNED_BEFORE)
    return sum(for_each_organization(ADVANCE, organizations, advance_trial))


def advance_trial() -> bool:
    """Record that the organization's trial is over, or warn of its end; return True if either was due."""
    with serialized():
        trial = Trial.objects.filter(ended_at=None).first()
        if trial is None:
            return False
        now = database_now()
        plan = entitlements(tenancy.current_organization_id()).fetch().book.plans[trial.plan_key]
        if trial.ends_at <= now:
            Trial.objects.filter(pk=trial.pk).update(ended_at=now, ended_as=TrialEnd.EXPIRED)
            record(TrialEnded(**_about(trial, plan)))
            return True
        before = min(WARNED_BEFORE, (trial.ends_at - trial.started_at) / 2)
        if trial.warned_at is not None or trial.ends_at - before > now:
            return False
        Trial.objects.filter(pk=trial.pk).update(warned_at=now)
        left, monthly = ledger.remaining(trial.business_key), plan.monthly_tokens
        about = _about(trial, plan)
        record(TrialEnding(**about, left=left, tokens=monthly, amount=plan.monthly_price, currency="usd"))
    return True
