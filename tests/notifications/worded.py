"""What to do for each kind of event that people are notified of, but those about money: see `tests.fake_stripe.worded`.

A kind stands beside the row of `tests.architecture.audited` that records it, or beside what else does.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from licensing import actions as license_actions
from plans.trials import actions as trial_actions
from quests import actions as quest_actions
from saas.accounts.models import Organization
from saas.kernel.clock import database_now
from saas.team.actions import requests
from saas.webhooks import actions as webhooks
from saas.webhooks.models import DisabledReason
from tests.architecture.audited import ACTIONS, Call, World
from tokens import actions as ledger_actions
from tokens.queries import position
from tokens.tasks import watch

Scene = Callable[[World], Call]


def _overdue(days: int) -> Scene:
    def scene(world: World) -> Call:
        failed = partial(license_actions.payment_failed, at=database_now() - timedelta(days=days))
        return lambda: (failed(), license_actions.advance_all())

    return scene


def _spent(share: float) -> Scene:
    def scene(world: World) -> Call:
        left = position().available
        spent = int(left * share)
        ledger_actions.settle(transaction_id=world.hold(spent), tokens=spent)
        return watch

    return scene


def _quota_reached(world: World) -> Call:
    world.quota(2)
    return lambda: (world.alice.post("/tokens/holds", {"amount": 3, "purpose": "ours"}), watch())


def _answered(answer: Callable[..., object], **how: object) -> Scene:
    return lambda world: partial(answer, request_id=world.request(), by=world.alice.user, **how)


def _given_up(world: World) -> Call:
    return partial(webhooks.switch_off, endpoint_id=world.endpoint(), because=DisabledReason.GONE)


def _goal_reached(world: World) -> Call:
    goal = world.goal()
    amount, today = goal.target_amount, database_now().date()
    return lambda: quest_actions.record_revenue(
        goal_id=goal.id, amount=amount, received_on=today, by=world.alice.user.pk
    )


def _trial_ending(world: World) -> Call:
    ACTIONS["plans.trials.actions.begin_trial"](world)()
    Organization.objects.filter(id=world.watched).update(clock_offset=timedelta(days=12))
    return trial_actions.advance_trial


WORDED: dict[str, Scene] = {
    "trial.begun": ACTIONS["plans.trials.actions.begin_trial"],
    "trial.ending": _trial_ending,
    "trial.ended": ACTIONS["plans.trials.actions.advance_trial"],
    "license.payment_failed": ACTIONS["licensing.actions.payment_failed"],
    "license.stage_coming": _overdue(days=12),
    "license.changed": _overdue(days=31),
    "license.payment_succeeded": ACTIONS["licensing.actions.payment_succeeded"],
    "license.paused": ACTIONS["licensing.actions.pause"],
    "license.resumed": ACTIONS["licensing.actions.resume"],
    "balance.low": _spent(0.85),
    "balance.used_up": _spent(1),
    "quota.reached": _quota_reached,
    "request.made": ACTIONS["saas.team.actions.requests.ask_for_tokens"],
    "request.approved": _answered(requests.approve_request, for_good=False),
    "request.declined": _answered(requests.decline_request),
    "goal.reached": _goal_reached,
    "organization.exported": ACTIONS["saas.team.actions.organizations.note_export"],
    "organization.closed": ACTIONS["saas.team.actions.organizations.shut_organization"],
    "organization.reopened": ACTIONS["saas.team.actions.organizations.reopen_organization"],
    "member.joined": ACTIONS["saas.team.actions.people.accept_invitation"],
    "webhook_endpoint.given_up": _given_up,
    "block.started": ACTIONS["abuse.actions.record_block"],
    "flag.raised": ACTIONS["abuse.actions.record_flag"],
}

ELSEWHERE = {
    "step.due": "tests/notifications/test_step_reminders.py",
    "goals.behind": "tests/notifications/test_summaries.py",
    "month.ended": "tests/notifications/test_summaries.py",
    "balance.running_out": "tests/tokens/test_low_balance.py",
    "margin.below_target": "tests/backoffice/test_monthly.py",
    "job.item_set_aside": "tests/faults/test_one_bad_item.py",
    "payment.bought_nothing": "tests/marketplace/test_dashboard_hands.py",
    "subscription.months_moved": "tests/marketplace/test_billed_months.py",
    "subscription.held_back": "tests/marketplace/test_billed_months.py",
    "subscription.quantity_changed": "tests/marketplace/test_billed_months.py",
    "customer.deleted": "tests/marketplace/test_billed_months.py",
    "subscription.unknown_price": "tests/marketplace/test_dashboard_hands.py",
    "webhook.parked": "tests/marketplace/test_inbox.py",
}
"""Kinds that take days, months or another Stripe: where what is recorded is read."""
