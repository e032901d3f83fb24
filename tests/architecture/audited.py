"""Every public action that changes something, and how to call it once.

A row makes what the action needs and returns the call itself; `NO_EVENT` says why an action has no row.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import psycopg
from django.db.models import F
from django.test import Client

import audit.actions
from abuse import actions as abuse
from abuse.models import Block, Review
from abuse.rules import Limits, Subject, Verdict
from licensing import actions as license_actions
from licensing.models import License
from plans import actions as plans
from plans.models import OverrideKind, Subscription, TrialEnd
from plans.trials import actions as trial_actions
from quests import actions as quest_actions
from quests.calendar import actions as calendar_actions
from quests.events import GoalArchived
from quests.leads import actions as lead_actions
from quests.models import LeadList, LeadState, Quest, QuestRating, RecordType, SyncConflict
from quests.spreadsheet import RevenueLine
from quests.steps import actions as step_actions
from quests.sync import actions as sync
from saas.accounts.lock import serialized
from saas.accounts.models import Membership, Organization, Role
from saas.closing.actions import closing, erasing, purging
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.ids import uuid7
from saas.kernel.transactions import transaction
from saas.team import actions as team
from saas.team.actions import (
    activity,
    credentials,
    departments,
    organizations,
    people,
    requests,
    staff,
    test_organization,
)
from saas.team.actions import erasing as forgetting
from saas.webhooks import actions as webhooks
from saas.webhooks.models import Delivery, DisabledReason
from tests.conftest import PASSWORD, Person, hire, make_goal, open_business
from tokens import actions as ledger_actions
from tokens.kinds import QuotaScope, Source
from tokens.queries import organizations_to_sweep

Call = Callable[[], object]

LINE = RevenueLine(number=1, received_on=date(2026, 1, 2), amount=Decimal(5), note="")


@dataclass
class World:
    """alice's organization on Enterprise, which the call is made for, staff, and whose chain must grow."""

    alice: Person
    oscar: Any
    superuser: psycopg.Connection

    def __post_init__(self) -> None:
        self.watched = self.alice.organization_id

    def platform(self, call: Call) -> Call:
        """Watch Milepost's own chain instead, which has what concerns people and no single organization."""
        self.watched = audit.actions.PLATFORM
        return call

    def bob(self, role: str = "member") -> Person:
        """Hire somebody; they have a key."""
        return hire(self.alice, role)

    def of_bob(self, act: Callable[..., object]) -> Call:
        """Do something to somebody who was hired, with a reason."""
        return partial(act, user_id=self.bob().user.pk, reason="a test")

    def membership(self, person: Person) -> UUID:
        """Return the id of a membership."""
        return Membership.objects.get(user=person.user).id

    def goal(self) -> Any:
        """Set a goal."""
        return make_goal(self.alice)

    def quest(self) -> Quest:
        """Write down a quest with two steps."""
        made = {"transaction_id": uuid4(), "provider": "builtin", "created_by_id": self.alice.user.pk, "summary": "Why"}
        steps = [{"title": each, "amount": "1.00", "due_on": "2026-01-01", "done": False} for each in ("Call", "Write")]
        return Quest.objects.create(goal=self.goal(), title="Quest", steps=steps, **made)

    def lead_list(self) -> LeadList:
        """Write down a lead list of one."""
        made = {"transaction_id": uuid4(), "provider": "builtin", "created_by_id": self.alice.user.pk, "summary": "Why"}
        return LeadList.objects.create(goal=self.goal(), title="Leads", leads=[{"name": "The offices"}], **made)

    def revenue(self) -> Any:
        """Record revenue."""
        today = database_now().date()
        return quest_actions.record_revenue(
            goal_id=self.goal().id, amount=Decimal(5), received_on=today, by=self.alice.user.pk
        )

    def hold(self, tokens_held: int = 5, seconds: int = 60) -> UUID:
        """Hold tokens."""
        transaction_id = uuid7()
        ledger_actions.hold(
            transaction_id=transaction_id,
            tokens=tokens_held,
            operation="quest",
            price_book_version=None,
            user_id=self.alice.user.pk,
            department_id=None,
            seconds=seconds,
        )
        return transaction_id

    def granted(self) -> str:
        """Grant tokens; return their key."""
        key = str(uuid4())
        ledger_actions.grant(source=Source.GIFT, tokens=50, business_key=key, reason="a test")
        return key

    def quota(self, limit: int = 10) -> UUID:
        """Limit alice."""
        return ledger_actions.set_quota(scope=QuotaScope.USER, subject_id=self.alice.user.pk, tokens=limit)

    def request(self) -> UUID:
        """Ask for more than the quota."""
        self.quota()
        return requests.ask_for_tokens(caller=self.alice.caller, tokens=5, note="").id

    def key(self) -> UUID:
        """Make an API key."""
        made = team.create_api_key(name="test", scopes=["read"], by=self.alice.user)
        return made.key.id

    def endpoint(self) -> UUID:
        """Make a webhook endpoint."""
        return webhooks.create_endpoint(url=f"https://example.com/{uuid4()}", kinds=["*"]).endpoint.id

    def delivery(self, endpoint_id: UUID) -> UUID:
        """Make a delivery."""
        made = Delivery.objects.create(
            endpoint_id=endpoint_id, event_id=uuid4(), seq=1, kind="goal.created", body="{}", status="delivered"
        )
        return made.id

    def invitation(self) -> tuple[UUID, str]:
        """Invite somebody."""
        invited = people.invite(
            email=f"{uuid4().hex}@example.com", role=Role.MEMBER, department_id=None, by=self.alice.user
        )
        return invited.invitation.id, invited.mailed_secret

    def overdue(self, days: int = 0) -> None:
        """Let a payment have failed so many days ago, of which no job knows yet."""
        license_actions.payment_failed()
        License.objects.update(past_due_at=F("past_due_at") - timedelta(days=days))

    def verdict(self, tokens_asked: int = 11, times: int = 5) -> tuple[Subject, Verdict]:
        """Ask too much, until there is a block."""
        subject = Subject(organization_id=self.alice.organization_id, user_id=self.alice.user.pk)
        limits = Limits(minimum_gap_seconds=0, hourly_tokens_flag=5)
        verdicts = [abuse.admit(subject=subject, tokens=tokens_asked, limits=limits) for _ in range(times)]
        return subject, verdicts[-1]

    def block(self) -> Block:
        """Keep a block."""
        subject, verdict = self.verdict()
        assert verdict.pause
        return abuse.record_block(subject=subject, pause=verdict.pause)

    def change(self, version: int = 0, **fields: Any) -> sync.Pushed:
        """Return a client's change of a goal."""
        data = {"title": "Offline", "target_amount": "10.00", **fields}
        values = {**data, "target_amount": Decimal(data["target_amount"])}
        return sync.Pushed(str(uuid4()), RecordType.GOAL, uuid7(), version, data, values)


def _record_block(world: World) -> Call:
    subject, verdict = world.verdict()
    assert verdict.pause
    return partial(abuse.record_block, subject=subject, pause=verdict.pause)


def _record_flag(world: World) -> Call:
    subject, verdict = world.verdict(tokens_asked=6, times=1)
    return partial(abuse.record_flag, subject=subject, crossing=verdict.flags[0])


def _record_verdict(world: World) -> Call:
    subject, verdict = world.verdict()
    return partial(abuse.record, subject=subject, verdict=verdict)


def _record_event(world: World) -> Call:
    def call() -> None:
        with transaction():
            audit.actions.record(GoalArchived(goal=uuid4()))

    return call


def _extend_grace(world: World) -> Call:
    world.overdue()
    return partial(license_actions.extend_grace, until=database_now() + timedelta(days=3), reason="a test")


def _advance(call: Call) -> Callable[[World], Call]:
    def prepare(world: World) -> Call:
        world.overdue(days=40)
        return call

    return prepare


def _resume_license(world: World) -> Call:
    license_actions.pause(at=database_now())
    return license_actions.resume


def _payment_succeeded(world: World) -> Call:
    world.overdue()
    return license_actions.payment_succeeded


def _next_month(world: World) -> Subscription:
    month = timedelta(days=40)
    Subscription.objects.update(anchor_at=F("anchor_at") - month, allowance_until=database_now())
    return Subscription.objects.get()


def _refresh(world: World) -> Call:
    return partial(plans.refresh, subscription=_next_month(world), now=database_now())


def _refresh_due(world: World) -> Call:
    _next_month(world)
    return plans.refresh_due


def _subscribe(world: World) -> Call:
    plans.end_subscription()
    return partial(plans.subscribe, plan_key="pro")


def _upgrade(world: World) -> Call:
    plans.end_subscription()
    plans.subscribe(plan_key="pro")
    return partial(plans.upgrade, plan_key="enterprise")


def _starter(world: World) -> None:
    """Make the organization one that never had a plan."""
    Subscription.objects.all().delete()


def _begin_trial(world: World) -> Call:
    _starter(world)
    return partial(trial_actions.begin_trial, caller=world.alice.caller)


def _trial_over(advance: Call) -> Callable[[World], Call]:
    def row(world: World) -> Call:
        _starter(world)
        trial_actions.begin_trial(caller=world.alice.caller)
        Organization.objects.filter(id=world.watched).update(clock_offset=timedelta(days=15))
        return advance

    return row


def _stop_trial(world: World) -> Call:
    _begin_trial(world)()
    return partial(trial_actions.stop_trial, ended_as=TrialEnd.CLOSED)


OVERRIDE: dict[str, Any] = {"kind": OverrideKind.LIMIT, "key": "minimum_gap_seconds", "reason": "a test"}


def _set_override(world: World) -> Call:
    return partial(plans.set_override, **OVERRIDE, value=0, ends_at=None, by=None)


def _end_override(world: World) -> Call:
    _set_override(world)()
    return partial(plans.end_override, **OVERRIDE)


def _resolve(world: World) -> Call:
    goal = world.goal()
    quest_actions.update_goal(goal_id=goal.id, changes={"title": "Theirs"})
    pushed = sync.Pushed(str(uuid4()), RecordType.GOAL, goal.id, 1, {"title": "Ours"}, {"title": "Ours"})
    sync.push(change=pushed, by=world.alice.user.pk)
    conflict = SyncConflict.objects.get()
    return partial(sync.resolve, conflict_id=conflict.id, keep="mine", fields={"title": "Ours"}, by=world.alice.user.pk)


def _change_member(world: World) -> Call:
    bob = world.bob()
    return partial(people.change_member, membership_id=world.membership(bob), by=world.alice.user.pk, role=Role.ADMIN)


def _accept_invitation(world: World) -> Call:
    user = open_business().user
    invited = people.invite(email=user.email, role=Role.MEMBER, department_id=None, by=world.alice.user)
    return partial(people.accept_invitation, secret=invited.mailed_secret, user=user)


def _second_factor_no_more(world: World) -> Call:
    Organization.objects.filter(id=world.alice.organization_id).update(second_factor_required=True)
    return partial(organizations.require_second_factor, required=False, by=world.alice.user)


def _reopen(world: World) -> Call:
    organizations.shut_organization(reason="a test")
    return partial(organizations.reopen_organization, reason="a test")


def _in_test_organization(call: Call) -> Callable[[World], Call]:
    def prepare(world: World) -> Call:
        sandbox_id = world.watched = test_organization.provide_test_organization()

        def inside() -> None:
            with tenancy.organization(sandbox_id):
                call()

        return inside

    return prepare


def _provide_test_organization(world: World) -> Call:
    def call() -> None:
        world.watched = test_organization.provide_test_organization()

    return call


def _open_organization(world: World) -> Call:
    def call() -> None:
        world.watched = organizations.open_organization(name="Another", owner=world.alice.user).id

    return call


def _redeliver(world: World) -> Call:
    endpoint_id = world.endpoint()
    return partial(webhooks.redeliver, endpoint_id=endpoint_id, delivery_id=world.delivery(endpoint_id))


def _switch_on(world: World) -> Call:
    endpoint_id = world.endpoint()
    webhooks.switch_off(endpoint_id=endpoint_id, because=DisabledReason.ASKED)
    return partial(webhooks.switch_on, endpoint_id=endpoint_id)


def _resume(world: World) -> Call:
    ledger_actions.suspend(reason="a test")
    return partial(ledger_actions.resume, reason="a test")


def _expired(call: Call) -> Callable[[World], Call]:
    def prepare(world: World) -> Call:
        world.hold()
        world.superuser.execute(
            "UPDATE tokens_hold SET expires_at = now() WHERE organization_id = %s", [world.alice.organization_id]
        )
        return call

    return prepare


def _swept(sweep: Callable[[list[UUID]], Any]) -> Callable[[], None]:
    def run() -> None:
        with tenancy.system():
            sweep(organizations_to_sweep())

    return run


def _end_allotments(world: World) -> Call:
    _allot(world)()
    return partial(ledger_actions.end_allotments, source=Source.OVERAGE, reason="a test")


def _allot(world: World) -> Call:
    ends_at = database_now() + timedelta(days=3)
    return partial(
        ledger_actions.allot, source=Source.OVERAGE, key=str(uuid4()), tokens=10, expires_at=ends_at, reason="a test"
    )


def _raise_quota(world: World) -> Call:
    world.quota()
    subject = world.alice.user.pk
    return partial(ledger_actions.raise_quota, scope=QuotaScope.USER, subject_id=subject, tokens=5)


def _close(world: World) -> Call:
    name = Organization.objects.get().name
    return partial(closing.close, caller=world.alice.caller, name=name)


def _purge_closed(world: World) -> Call:
    _close(world)()
    return partial(purging.purge_closed, days=0)


def _forget_organization(world: World) -> Call:
    _close(world)()
    return forgetting.forget_organization


def _forget_person(world: World) -> Call:
    user_id = world.bob().user.pk

    def call() -> None:
        with tenancy.system(), serialized():
            forgetting.forget_person(user_id=user_id, addresses=[], reason="a test")

    return world.platform(call)


def _record_activity(world: World) -> Call:
    world.alice.browser()
    return world.platform(activity.record_activity)


def _narrow_keys(world: World) -> Call:
    return partial(credentials.narrow_keys, user_id=world.bob(Role.ADMIN).user.pk, role=Role.MEMBER)


def _end_sessions(world: World) -> Call:
    Client().post("/accounts/login/", {"login": world.alice.user.email, "password": PASSWORD})
    return world.platform(partial(credentials.end_sessions, user_id=world.alice.user.pk, reason="a test"))


def _unblock_person(world: World) -> Call:
    subject: dict[str, Any] = {"user_id": world.bob().user.pk, "reason": "a test"}
    staff.block_person(**subject)
    return world.platform(partial(staff.unblock_person, **subject))


def _set_access(world: World) -> Call:
    return world.platform(world.of_bob(partial(staff.set_access, is_staff=True, is_superuser=False, groups=[])))


def _forget_endpoints(world: World) -> Call:
    world.endpoint()
    return webhooks.forget_organization


def _roll_out() -> None:
    with tenancy.system():
        plans.roll_out(feature="quest", percentage=100, reason="a test")


def _department(world: World) -> UUID:
    return departments.create_department(name=f"Kitchen {uuid4().hex[:6]}").id


def _everyone(world: World) -> dict[str, Any]:
    return {"scope": QuotaScope.USER, "subject_id": world.alice.user.pk}


def _remove_feed(world: World) -> Call:
    calendar_actions.make_feed(user_id=world.alice.user.pk)
    return partial(calendar_actions.remove_feed, user_id=world.alice.user.pk)


def _restore_quest(world: World) -> Call:
    quest = quest_actions.archive_quest(quest_id=world.quest().id)
    return partial(quest_actions.restore_quest, quest_id=quest.id)


def _unassign(world: World) -> Call:
    alice = world.alice.user.pk
    step_actions.edit_step(quest_id=world.quest().id, step_id=1, changes={"assignee": alice})
    return partial(step_actions.unassign, user_id=alice)


ACTIONS: dict[str, Callable[[World], Call]] = {
    "abuse.actions.record": _record_verdict,
    "abuse.actions.record_block": _record_block,
    "abuse.actions.record_flag": _record_flag,
    "abuse.actions.review": lambda w: partial(
        abuse.review, item=w.block(), status=Review.SEEN, note="", reviewer=w.oscar
    ),
    "audit.actions.record": _record_event,
    "licensing.actions.advance": _advance(license_actions.advance),
    "licensing.actions.advance_all": _advance(license_actions.advance_all),
    "licensing.actions.extend_grace": _extend_grace,
    "licensing.actions.pause": lambda w: partial(license_actions.pause, at=database_now()),
    "licensing.actions.resume": _resume_license,
    "licensing.actions.payment_failed": lambda w: license_actions.payment_failed,
    "licensing.actions.payment_succeeded": _payment_succeeded,
    "plans.actions.end_override": _end_override,
    "plans.actions.end_subscription": lambda w: plans.end_subscription,
    "plans.actions.refresh": _refresh,
    "plans.actions.refresh_due": _refresh_due,
    "plans.actions.roll_out": lambda w: w.platform(_roll_out),
    "plans.actions.schedule_plan": lambda w: partial(plans.schedule_plan, plan_key="pro"),
    "plans.actions.set_override": _set_override,
    "plans.actions.subscribe": _subscribe,
    "plans.actions.upgrade": _upgrade,
    "plans.trials.actions.advance_trial": _trial_over(trial_actions.advance_trial),
    "plans.trials.actions.advance_trials": _trial_over(trial_actions.advance_trials),
    "plans.trials.actions.begin_trial": _begin_trial,
    "plans.trials.actions.stop_trial": _stop_trial,
    "quests.actions.archive_goal": lambda w: partial(quest_actions.archive_goal, goal_id=w.goal().id),
    "quests.actions.create_goal": lambda w: partial(
        quest_actions.create_goal, title="Grow", target_amount=Decimal(10), by=w.alice.user.pk
    ),
    "quests.actions.import_revenue": lambda w: partial(
        quest_actions.import_revenue, goal_id=w.goal().id, fingerprint="f" * 64, lines=[LINE], by=w.alice.user.pk
    ),
    "quests.actions.mark_step": lambda w: partial(quest_actions.mark_step, quest_id=w.quest().id, step=0, done=True),
    "quests.actions.record_revenue": lambda w: w.revenue,
    "quests.actions.remove_revenue": lambda w: partial(quest_actions.remove_revenue, entry_id=w.revenue().id),
    "quests.actions.update_goal": lambda w: partial(
        quest_actions.update_goal, goal_id=w.goal().id, changes={"title": "Shrink"}
    ),
    "quests.actions.update_revenue": lambda w: partial(
        quest_actions.update_revenue, entry_id=w.revenue().id, changes={"note": "by card"}
    ),
    "quests.actions.update_steps": lambda w: partial(
        quest_actions.update_steps, quest_id=w.quest().id, done=[True, False]
    ),
    "quests.actions.mark_steps": lambda w: partial(quest_actions.mark_steps, quest_id=w.quest().id, done={1: True}),
    "quests.actions.archive_quest": lambda w: partial(quest_actions.archive_quest, quest_id=w.quest().id),
    "quests.actions.rate_quest": lambda w: partial(
        quest_actions.rate_quest, quest_id=w.quest().id, rating=QuestRating.USEFUL
    ),
    "quests.actions.restore_quest": _restore_quest,
    "quests.calendar.actions.make_feed": lambda w: partial(calendar_actions.make_feed, user_id=w.alice.user.pk),
    "quests.calendar.actions.remove_feed": _remove_feed,
    "quests.leads.actions.update_lead": lambda w: partial(
        lead_actions.update_lead, lead_list_id=w.lead_list().id, lead=0, state=LeadState.CONTACTED, by=w.alice.user.pk
    ),
    "quests.steps.actions.add_step": lambda w: partial(
        step_actions.add_step, quest_id=w.quest().id, title="Thank them", amount=Decimal(0), due_on=date(2026, 12, 1)
    ),
    "quests.steps.actions.drop_step": lambda w: partial(step_actions.drop_step, quest_id=w.quest().id, step_id=0),
    "quests.steps.actions.edit_step": lambda w: partial(
        step_actions.edit_step, quest_id=w.quest().id, step_id=0, changes={"note": "Mornings"}
    ),
    "quests.steps.actions.unassign": _unassign,
    "quests.steps.actions.update_quest": lambda w: partial(
        step_actions.update_quest, quest_id=w.quest().id, changes={"step": 0, "done": True}
    ),
    "quests.sync.actions.push": lambda w: partial(sync.push, change=w.change(), by=w.alice.user.pk),
    "quests.sync.actions.resolve": _resolve,
    "saas.closing.actions.closing.close": _close,
    "saas.closing.actions.erasing.erase_person": lambda w: w.platform(w.of_bob(erasing.erase_person)),
    "saas.closing.actions.purging.purge_closed": _purge_closed,
    "saas.team.actions.activity.record_activity": _record_activity,
    "saas.team.actions.api_keys.create_api_key": lambda w: w.key,
    "saas.team.actions.api_keys.rename_api_key": lambda w: partial(team.rename_api_key, key_id=w.key(), name="other"),
    "saas.team.actions.api_keys.revoke_api_key": lambda w: partial(team.revoke_api_key, key_id=w.key()),
    "saas.team.actions.api_keys.rotate_api_key": lambda w: partial(
        team.rotate_api_key, key_id=w.key(), overlap_hours=1, by=w.alice.user
    ),
    "saas.team.actions.credentials.end_credentials": lambda w: w.of_bob(credentials.end_credentials),
    "saas.team.actions.credentials.end_credentials_here": lambda w: w.of_bob(credentials.end_credentials_here),
    "saas.team.actions.credentials.end_keys": lambda w: w.of_bob(credentials.end_keys),
    "saas.team.actions.credentials.end_sessions": _end_sessions,
    "saas.team.actions.credentials.narrow_keys": _narrow_keys,
    "saas.team.actions.credentials.note_own_export": lambda w: w.platform(
        partial(credentials.note_own_export, user_id=w.alice.user.pk)
    ),
    "saas.team.actions.credentials.revoke_invitation": lambda w: partial(
        credentials.revoke_invitation, invitation_id=w.invitation()[0]
    ),
    "saas.team.actions.departments.change_department": lambda w: partial(
        departments.change_department, department_id=_department(w), name="Bar"
    ),
    "saas.team.actions.departments.create_department": lambda w: partial(_department, w),
    "saas.team.actions.departments.put_quota": lambda w: partial(departments.put_quota, **_everyone(w), tokens=5),
    "saas.team.actions.departments.remove_department": lambda w: partial(
        departments.remove_department, department_id=_department(w)
    ),
    "saas.team.actions.departments.remove_quota": lambda w: partial(departments.remove_quota, quota_id=w.quota()),
    "saas.team.actions.departments.set_quota": lambda w: partial(departments.set_quota, **_everyone(w), tokens=5),
    "saas.team.actions.erasing.forget_organization": _forget_organization,
    "saas.team.actions.erasing.forget_person": _forget_person,
    "saas.team.actions.erasing.remove_erased": lambda w: w.of_bob(forgetting.remove_erased),
    "saas.team.actions.organizations.note_export": lambda w: partial(organizations.note_export, by=w.alice.user),
    "saas.team.actions.organizations.open_organization": _open_organization,
    "saas.team.actions.organizations.rename_person": lambda w: partial(
        organizations.rename_person, user=w.alice.user, name="Alice"
    ),
    "saas.team.actions.organizations.reopen_organization": _reopen,
    "saas.team.actions.organizations.require_second_factor": _second_factor_no_more,
    "saas.team.actions.organizations.shut_organization": lambda w: partial(
        organizations.shut_organization, reason="a test"
    ),
    "saas.team.actions.organizations.update_organization": lambda w: partial(
        organizations.update_organization,
        name="Another name",
        timezone="Europe/Berlin",
        currency="EUR",
        trade="bakery",
    ),
    "saas.team.actions.people.accept_invitation": _accept_invitation,
    "saas.team.actions.people.change_member": _change_member,
    "saas.team.actions.people.invite": lambda w: w.invitation,
    "saas.team.actions.people.leave": lambda w: partial(people.leave, user=w.bob().user),
    "saas.team.actions.people.remove_member": lambda w: partial(
        people.remove_member, membership_id=w.membership(w.bob()), by=w.alice.user.pk
    ),
    "saas.team.actions.requests.approve_request": lambda w: partial(
        requests.approve_request, request_id=w.request(), by=w.alice.user, for_good=False
    ),
    "saas.team.actions.requests.ask_for_tokens": lambda w: w.request,
    "saas.team.actions.requests.decline_request": lambda w: partial(
        requests.decline_request, request_id=w.request(), by=w.alice.user
    ),
    "saas.team.actions.test_organization.advance_clock": _in_test_organization(
        partial(test_organization.advance_clock, by=timedelta(days=1))
    ),
    "saas.team.actions.test_organization.give_test_tokens": _in_test_organization(
        partial(test_organization.give_test_tokens, count=5)
    ),
    "saas.team.actions.test_organization.make_test_payment": _in_test_organization(
        partial(test_organization.make_test_payment, test_organization.TestPaymentResult.FAILED)
    ),
    "saas.team.actions.test_organization.provide_test_organization": _provide_test_organization,
    "saas.team.actions.staff.block_person": lambda w: w.platform(w.of_bob(staff.block_person)),
    "saas.team.actions.staff.set_access": _set_access,
    "saas.team.actions.staff.unblock_person": _unblock_person,
    "saas.webhooks.actions.change_endpoint": lambda w: partial(
        webhooks.change_endpoint, endpoint_id=w.endpoint(), description="ours"
    ),
    "saas.webhooks.actions.create_endpoint": lambda w: w.endpoint,
    "saas.webhooks.actions.forget_organization": _forget_endpoints,
    "saas.webhooks.actions.place_test": lambda w: partial(
        webhooks.place_test, endpoint_id=w.endpoint(), lease=timedelta(minutes=1)
    ),
    "saas.webhooks.actions.redeliver": _redeliver,
    "saas.webhooks.actions.redeliver_since": lambda w: partial(
        webhooks.redeliver_since, endpoint_id=w.endpoint(), since=database_now()
    ),
    "saas.webhooks.actions.remove_endpoint": lambda w: partial(webhooks.remove_endpoint, endpoint_id=w.endpoint()),
    "saas.webhooks.actions.rotate_secret": lambda w: partial(webhooks.rotate_secret, endpoint_id=w.endpoint()),
    "saas.webhooks.actions.switch_off": lambda w: partial(
        webhooks.switch_off, endpoint_id=w.endpoint(), because=DisabledReason.ASKED
    ),
    "saas.webhooks.actions.switch_on": _switch_on,
    "tokens.actions.allot": _allot,
    "tokens.actions.claw": lambda w: partial(ledger_actions.claw, business_key=w.granted(), tokens=5, reason="a test"),
    "tokens.actions.end_allotments": _end_allotments,
    "tokens.actions.extend": lambda w: partial(
        ledger_actions.extend, transaction_id=w.hold(), seconds=90, seconds_max=600
    ),
    "tokens.actions.freeze": lambda w: partial(
        ledger_actions.freeze, business_key=w.granted(), frozen=True, reason="a test"
    ),
    "tokens.actions.grant": lambda w: w.granted,
    "tokens.actions.hold": lambda w: w.hold,
    "tokens.actions.raise_quota": _raise_quota,
    "tokens.actions.release": lambda w: partial(ledger_actions.release, transaction_id=w.hold()),
    "tokens.actions.remove_quota": lambda w: partial(ledger_actions.remove_quota, quota_id=w.quota()),
    "tokens.actions.resume": _resume,
    "tokens.actions.set_quota": lambda w: w.quota,
    "tokens.actions.settle": lambda w: partial(ledger_actions.settle, transaction_id=w.hold(), tokens=3),
    "tokens.actions.suspend": lambda w: partial(ledger_actions.suspend, reason="a test"),
    "tokens.actions.sweep": _expired(ledger_actions.sweep),
    "tokens.actions.sweep_each": _expired(_swept(ledger_actions.sweep_each)),
    "tokens.actions.sweep_many": _expired(_swept(ledger_actions.sweep_many)),
}

READS = "changes nothing"
ERASES = "a part of `erase_person`, which is told"
COPIES = "copies a document of Stripe's; what was paid or refunded is recorded with the payment"
PURGES = "a part of `purge_closed`, which is told"
NO_EVENT = {
    "abuse.actions.admit": "counts in Redis; what comes of it is told by `record`",
    "abuse.actions.admit_integrator_hold": "counts in Redis; what comes of it is told by `record`",
    "abuse.actions.count_attempt": "counts in Redis",
    "abuse.actions.record_bad_input": "counts in Redis; what comes of it is told by `record`",
    "abuse.actions.refuse": READS,
    "abuse.actions.withdraw": "counts in Redis",
    "audit.actions.record_statement": "a statement for whoever runs it",
    "licensing.actions.as_data": READS,
    "licensing.actions.open_license": "a part of opening an organization, which is told",
    "marketplace.stripe.customers.open_portal": READS,
    "marketplace.stripe.customers.require_payer": READS,
    "marketplace.subscriptions.duplicates.refund_duplicates": "undoes each duplicate",
    "marketplace.subscriptions.duplicates.undo_duplicate": "asks Stripe; `sync_subscription` tells what came of it",
    "marketplace.forgetting.forget_contact": ERASES,
    "marketplace.forgetting.forget_organization": PURGES,
    "marketplace.forgetting.forget_person": ERASES,
    "marketplace.gifts.gifted_packs.given_away": "a step of `apply_payment`; ends a gift by `endings.end`",
    "marketplace.gifts.gifted_packs.offer_paid": "a step of `apply_payment`, for the order of `offers.give_pack`",
    "marketplace.gifts.endings.expiry": READS,
    "marketplace.gifts.endings.require_giver": READS,
    "marketplace.gifts.endings.event_payload": READS,
    "marketplace.gifts.endings.words": READS,
    "marketplace.overage.uses.compare": "asks Stripe, and tells of a difference only",
    "marketplace.stripe.customers.is_own_customer": READS,
    "marketplace.packs.orders.require_pack": READS,
    "marketplace.packs.orders.event_payload": READS,
    "marketplace.packs.orders.unanswered": READS,
    "marketplace.packs.orders.bounced": READS,
    "marketplace.payments.evidence.evidence": READS,
    "marketplace.packs.orders.look_at_processing": COPIES,
    "marketplace.payments.invoices.ask_for_missing": COPIES,
    "marketplace.payments.invoices.save_bill": COPIES,
    "marketplace.payments.invoices.save_of_payment": COPIES,
    "marketplace.payments.invoices.save_paid_bills": COPIES,
    "marketplace.payments.invoices.what_is_billed": READS,
    "marketplace.payments.refunds.clawed_target": READS,
    "marketplace.subscriptions.changes.preview": READS,
    "marketplace.subscriptions.months.begins_at": READS,
    "marketplace.subscriptions.months.follow": "a step of `apply_subscription`; moved months are told by `move_anchor`",
    "marketplace.subscriptions.months.is_paid": READS,
    "marketplace.subscriptions.months.nothing_before": READS,
    "marketplace.subscriptions.months.paused_month": READS,
    "marketplace.subscriptions.sync.end_with_customer": "a step of `apply_customer`, for what it had",
    "marketplace.subscriptions.months.report_odd_bills": "a step of `apply_subscription`, for what is new",
    "marketplace.subscriptions.pausing.paid_until": READS,
    "marketplace.packs.topup.in_flight": READS,
    "marketplace.packs.topup.spent_this_month": READS,
    "marketplace.packs.topup.wanted": READS,
    "plans.actions.allowance_key": READS,
    "plans.actions.paid_plans": READS,
    "plans.actions.rolling_keys": READS,
    "plans.actions.rollover_key": READS,
    "plans.actions.upgrade_key": READS,
    "quests.actions.find_goal": READS,
    "quests.actions.find_quest": READS,
    "quests.actions.find_revenue": READS,
    "quests.actions.forget_organization": PURGES,
    "quests.actions.no_goal": READS,
    "quests.actions.save_steps": "writes what its caller records with it",
    "quests.actions.step_id_at": READS,
    "quests.calendar.actions.forget_person": ERASES,
    "quests.steps.actions.no_step": READS,
    "quests.steps.actions.require_member": READS,
    "saas.closing.actions.closing.require_closer": READS,
    "saas.closing.actions.erasing.require_handed_over": READS,
    "saas.closing.actions.retention.enforce_retention": "tells of purging; the days are in docs/privacy.md",
    "saas.reports.actions.build": "draws the report that somebody asked for, which is told",
    "saas.reports.actions.build_waiting": "draws the reports that somebody asked for, which is told",
    "saas.reports.actions.forget_files": "a file can be built again",
    "saas.reports.actions.pdf_report": "tells of a report of more than a thousand lines: see tests/reports",
    "saas.team.actions.api_keys.find_api_key": READS,
    "saas.team.actions.departments.find_department": READS,
    "saas.team.actions.erasing.forget_invitations": "how they ended was told; the days are in docs/privacy.md",
    "saas.team.actions.people.came_by_mail": READS,
    "saas.team.actions.people.find_invitation": READS,
    "saas.team.actions.people.is_invited": READS,
    "saas.team.actions.people.mandatory": READS,
    "saas.team.actions.people.find_membership": READS,
    "saas.team.actions.people.why_not_removed": READS,
    "saas.team.actions.requests.find_request": READS,
    "saas.team.actions.requests.token_requests": READS,
    "saas.team.actions.staff.require_another_superuser": READS,
    "saas.webhooks.actions.require_webhooks": READS,
    "tokens.actions.absorb_query": "a statement for whoever runs it",
    "tokens.actions.in_debt": READS,
    "tokens.actions.insufficient": READS,
    "tokens.actions.open_account": "a part of opening an organization, which is told",
    "tokens.actions.hold_query": "a statement for whoever runs it",
    "tokens.actions.quota_reached": READS,
    "tokens.actions.receipt_expression": READS,
    "tokens.actions.refusals": READS,
    "tokens.actions.release_query": "a statement for whoever runs it",
    "tokens.actions.settle_query": "a statement for whoever runs it",
    **{
        f"marketplace.{name}": "goes through the organizations with actions that have a row"
        for name in (
            "packs.sweeps.settle_orders",
            "packs.sweeps.top_up",
            "subscriptions.sweeps.pay_with_new_cards",
            "subscriptions.sweeps.end_unpaid",
            "overage.sweeps.report_overage",
            "gifts.sweeps.look_after_gifts",
        )
    },
    **{
        f"fake_stripe.actions.{name}": "plays Stripe, which has no chain here"
        for name in ("open_store", "pass_time", "organizations_with_something_due", "move_clock")
    },
}


def head(superuser: psycopg.Connection, organization_id: UUID) -> int:
    """Return how many events the organization's chain has."""
    found = superuser.execute(
        "SELECT coalesce(max(seq), 0) FROM audit_chain_head WHERE organization_id = %s", [organization_id]
    ).fetchone()
    assert found is not None
    return int(found[0])
