"""The monthly margin check: what a past month earned, saved once, with an alert below the target.

Plans own the target and so the check; the figures are handed in by who can read money and work.
"""

from audit.actions import record
from plans.events import MarginBelowTarget, MarginChecked
from plans.margins import MarginLine
from plans.models import MarginCheck
from saas.accounts.lock import serialized


def by_rule(check: MarginCheck) -> MarginLine:
    """Return the month at the rule's cost of a token."""
    return MarginLine(str(check), check.revenue, check.cost_by_rule, check.fees)


def measured(check: MarginCheck) -> MarginLine:
    """Return the month at the measured cost."""
    return MarginLine(str(check), check.revenue, check.cost_measured, check.fees)


def on_target(check: MarginCheck) -> bool:
    """Return True if the month's margin is above the target both by rule and measured, fees left out."""
    return by_rule(check).on_target and measured(check).on_target


def saved_checks(*, mode: str) -> list[MarginCheck]:
    """Return the checks of one mode's money, newest month first. Needs the system context."""
    return list(MarginCheck.objects.filter(mode=mode))


def save(check: MarginCheck) -> MarginCheck:
    """Save a month's figures and record the event; return the saved check, the earlier one where there is one.

    Safe twice, late and in parallel. Needs the system context.
    """
    with serialized():
        earlier = MarginCheck.objects.filter(mode=check.mode, month=check.month).first()
        if earlier is not None:
            return earlier
        check.save(force_insert=True)
        record(_event(check))
    return check


def _event(check: MarginCheck) -> MarginChecked | MarginBelowTarget:
    kind = MarginChecked if on_target(check) else MarginBelowTarget
    return kind(
        month=f"{check.month:%B %Y}",
        mode=check.mode,
        revenue=f"{check.revenue:.2f}",
        fees=f"{check.fees:.2f}",
        tokens=check.tokens,
        cost_by_rule=f"{check.cost_by_rule:.2f}",
        cost_measured=f"{check.cost_measured:.2f}",
        attempts_unpriced=check.attempts_unpriced,
        margin=by_rule(check).percent,
        margin_measured=measured(check).percent,
    )
