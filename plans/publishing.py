"""Draft, publish and withdraw price books. All of it needs the system context."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db.models import Model, QuerySet

from audit.actions import record
from plans import margins, price_book
from plans.events import PriceBookDrafted, PriceBookPublished, PriceBookWithdrawn
from plans.models import PriceBook, Subscription, Trial
from plans.queries import current_book
from saas.accounts.lock import serialized
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict, DomainError, Invalid, NotFound


def draft_price_book(*, reason: str) -> PriceBook:
    """Copy the price book in effect into a new draft, to be edited."""
    with serialized():
        source = PriceBook.objects.get(version=current_book().version)
        fee = {name: getattr(source, name) for name in ("fee_percent", "fee_fixed", "fee_source")}
        draft = PriceBook.objects.create(note=reason, **fee)
        _copy(source.operation_prices.all(), price_book=draft)
        _copy(source.packs.all(), price_book=draft)
        _copy(source.limits.filter(plan=None), price_book=draft)
        for plan in source.plans.all():
            features, limits = list(plan.features.all()), list(plan.limits.all())
            [copy] = _copy([plan], price_book=draft)
            _copy(features, plan=copy)
            _copy(limits, price_book=draft, plan=copy)
        _state_defaults(draft)
        record(PriceBookDrafted(version=draft.version, from_=source.version), reason=reason)
    return draft


def _state_defaults(draft: PriceBook) -> None:
    """Add the keys that the copied version lacks: see `plans.price_book`, Note [Keys that a version lacks]."""
    limits, prices = draft.limits.filter(plan=None), draft.operation_prices
    for key in price_book.DEFAULT_LIMITS.keys() - {*limits.values_list("key", flat=True)}:
        draft.limits.create(key=key, value=price_book.DEFAULT_LIMITS[key])
    for key in price_book.DEFAULT_OPERATION_PRICES.keys() - {*prices.values_list("operation", flat=True)}:
        prices.create(operation=key, tokens=price_book.DEFAULT_OPERATION_PRICES[key])


def _copy(rows: "QuerySet[Any] | list[Any]", **changes: Any) -> list[Model]:
    """Save copies of the rows with other references."""
    copies = list(rows)
    for copy in copies:
        copy.pk, copy._state.adding = None, True
        for name, value in changes.items():
            setattr(copy, name, value)
        copy.save()
    return copies


class BelowTarget(DomainError):
    """A new price is below the margin target and was not accepted with a reason."""

    code, status, title = "below_target", 409, "Below the 90 % line"


def publish_price_book(*, version: int, at: datetime | None, reason: str, why_below_target: str = "") -> datetime:
    """Let a draft take effect at an instant, now by default; return when. Its whole content is in the event.

    Raises NotFound, Conflict where it could never take effect, Invalid for what would break customers, and
    BelowTarget for new prices that do not earn the target without a word on why.
    """
    with serialized():
        now, current = database_now(), current_book()
        book = _waiting(version, now)
        if version < current.version:
            raise Conflict(f"Version {current.version} is in effect and newer. Make a new draft of it.")
        content = price_book.read(version)
        _require_complete(content, current)
        _require_possible_trial(content)
        below = margins.newly_below([*margins.lines(content), *margins.trial_lines(content)], current)
        require_reason(below, why_below_target)
        book.effective_at = max(at or now, now)
        book.save(update_fields=["effective_at"])
        published = PriceBookPublished(
            version=version,
            effective_at=book.effective_at,
            content=_as_data(content),
            below_target={line.name: line.percent for line in below},
            why_below_target=why_below_target,
        )
        record(published, reason=reason)
    return book.effective_at


def require_reason(below: list[margins.MarginLine], why: str) -> None:
    """Raise BelowTarget for prices that do not earn the target, unless it is said why."""
    if below and not why.strip():
        listed = ", ".join(f"{line.name} {line.percent}" for line in below)
        raise BelowTarget(f"New prices are not above the 90 % line: {listed}. Say why they are wanted all the same.")


def withdraw_price_book(*, version: int, reason: str) -> None:
    """Make a version that has not taken effect a draft again. Raises NotFound, Conflict."""
    with serialized():
        book = _waiting(version, database_now())
        book.effective_at = None
        book.save(update_fields=["effective_at"])
        record(PriceBookWithdrawn(version=version), reason=reason)


def _waiting(version: int, now: datetime) -> PriceBook:
    book = PriceBook.objects.filter(version=version).first()
    if book is None:
        raise NotFound(f"There is no price book {version}.")
    if book.effective_at is not None and book.effective_at <= now:
        raise Conflict(f"Version {version} is in effect and cannot change. Make a new draft of it.")
    return book


def _require_complete(content: price_book.PriceBookTerms, current: price_book.PriceBookTerms) -> None:
    """Raise Invalid when something is missing which customers have or the code asks for."""
    subscribed = Subscription.objects.filter(ended_at=None)
    used = {price_book.FREE_PLAN, *subscribed.values_list("plan_key", flat=True).distinct()}
    used |= {*subscribed.exclude(scheduled_plan_key="").values_list("scheduled_plan_key", flat=True).distinct()}
    used |= {*Trial.objects.filter(ended_at=None).values_list("plan_key", flat=True).distinct()}
    limits = set[str]().union(*(plan.limits for plan in current.plans.values()))
    missing = {
        "plans with subscribers": used - content.plans.keys(),
        "prices of operations": current.operation_prices.keys() - content.operation_prices.keys(),
        "overage prices of plans": {
            key for key, plan in content.plans.items() if "overage" in plan.features and not plan.overage_token_price
        },
        **{f"limits of {plan.name}": limits - plan.limits.keys() for plan in content.plans.values()},
    }
    gaps = [f"{what}: {', '.join(sorted(keys))}" for what, keys in missing.items() if keys]
    if gaps:
        raise Invalid(f"Version {content.version} lacks {'; '.join(gaps)}.")


def _require_possible_trial(content: price_book.PriceBookTerms) -> None:
    """Raise Invalid for a trial without an end, of tokens without a limit, or of a plan that is not sold."""
    limits = content.plans[price_book.FREE_PLAN].limits
    for key, most in (("trial_days", price_book.TRIAL_DAYS_MAX), ("trial_tokens", price_book.TRIAL_TOKENS_MAX)):
        value = limits[key]
        if value is None or value > most:
            raise Invalid(f"{key} is {'unlimited' if value is None else value}: give 0 (no trials) to {most}.")
    if limits["trial_days"] and limits["trial_tokens"] and price_book.TRIAL_PLAN not in content.plans:
        raise Invalid(f"A trial is one of {price_book.TRIAL_PLAN!r}, which this version lacks. Set trial_tokens to 0.")


def _as_data(content: price_book.PriceBookTerms) -> dict[str, Any]:
    data = asdict(content)
    for plan in data["plans"].values():
        plan["features"] = sorted(plan["features"])
    return data
