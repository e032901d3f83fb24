"""A trial of Pro: once, without a card, with tokens that end with it; nobody pays and nobody farms it."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import DatabaseError
from django.utils.crypto import get_random_string

from marketplace.packs.topup import set_topup
from plans import actions as plans
from plans.models import OverrideKind, Subscription, Trial, TrialEnd
from plans.queries import FeatureNotInPlan, entitlements
from plans.trials.actions import advance_trial, begin_trial, stop_trial
from plans.trials.queries import NoTrial, NotVerified, current_progress, offered_to
from saas.accounts.models import KeyMode, Membership, Organization, Role, mailbox
from saas.backoffice.organizations import bootstrap
from saas.closing.actions import close, erase_person
from saas.kernel import tenancy
from saas.kernel.errors import DomainError, Forbidden
from saas.team.actions import create_api_key
from saas.team.actions.test_organization import provide_test_organization
from tests.conftest import PASSWORD, Person, hire, open_business
from tests.machinery import at_once
from tests.notifications.recorded import events_after, require_declared
from tokens import queries as ledger
from tokens.verification import verify


@pytest.fixture
def newcomer() -> Person:
    """The verified owner of a new organization on Starter."""
    return open_business("starter")


def at_address(email: str) -> Person:
    """Return the verified owner of another new organization, with this address."""
    made = bootstrap(organization=f"Farm {uuid4().hex[:8]}", email=email, password=PASSWORD, plan="starter")
    assert made.api_key is not None
    return Person(made.organization.id, made.user, "owner", made.api_key)


def days_pass(person: Person, days: float) -> None:
    """Move the organization's clock, which sandbox payments allow."""
    Organization.objects.filter(id=person.organization_id).update(clock_offset=timedelta(days=days))


def test_it_brings_pro_and_nine_tokens_until_its_end(newcomer: Person) -> None:
    answer = newcomer.post("/subscription/trial")
    assert answer.status_code == 201
    assert {**answer.json(), "started_at": "", "ends_at": ""} == {
        "plan": "pro",
        "started_at": "",
        "ends_at": "",
        "days_left": 14,
        "tokens": 9,
        "tokens_left": 9,
    }
    account, balance = newcomer.get("/account").json(), newcomer.get("/tokens/balance").json()
    assert (account["plan"], account["trial"], account["license"]["trial"]) == ("pro", answer.json(), answer.json())
    assert newcomer.get("/license").json()["trial"] == answer.json()
    [bucket] = balance["buckets"]
    assert (bucket["source"], bucket["granted"], bucket["expires_at"]) == ("promo", 9, answer.json()["ends_at"])
    assert (balance["available"], balance["resets_at"]) == (9, None)
    with newcomer.acting():
        days_pass(newcomer, 13.99)
        progress = current_progress()
        assert progress is not None and progress.days_left == 1
        days_pass(newcomer, 14.001)
        assert entitlements(newcomer.organization_id).fetch().plan.key == "starter", "before any job has run"
        assert (current_progress(), ledger.position().available) == (None, 0)
        assert advance_trial() and not advance_trial()
        assert Trial.objects.get().ended_as == TrialEnd.EXPIRED
        assert verify().breaches == 0


def test_it_leaves_out_what_others_pay_for(newcomer: Person) -> None:
    with newcomer.acting():
        begin_trial(caller=newcomer.caller)
        entitled = entitlements(newcomer.organization_id).fetch()
        assert not any(entitled.has(feature) for feature in ("packs", "metering", "webhooks", "departments"))
        with pytest.raises(FeatureNotInPlan, match="trial of Pro does not include auto top-up"):
            set_topup(
                caller=newcomer.caller, enabled=True, pack_key="pack_500", below_tokens=5, monthly_cap=Decimal(90)
            )
        assert entitled.has("quest") and entitled.own_plan.key == "starter"
        twin = provide_test_organization()
    for path, body in (
        ("/purchases", {"pack": "pack_500"}),
        ("/tokens/holds", {"amount": 1, "purpose": "ours"}),
        ("/webhook-endpoints", {"url": "https://example.org/hook"}),
        ("/gifts", {"to": {"email": "friend@example.com"}, "pack": "pack_500"}),
        ("/gifts", {"to": {"user": str(newcomer.user.pk)}, "tokens": 1}),
    ):
        refused = newcomer.post(path, body)
        problem = refused.json()
        assert (refused.status_code, problem["code"], problem["needed_plan"]) == (403, "feature_not_in_plan", "pro"), (
            path
        )
        assert "Get Pro" in problem["detail"]
    with tenancy.organization(twin):
        assert entitlements(twin).fetch().plan.key == "starter", "a trial gives test keys no allowance"


def test_the_same_key_begins_it_once_and_another_is_told_that_it_runs(newcomer: Person) -> None:
    first, again = (newcomer.post("/subscription/trial", key="once") for _ in range(2))
    assert (again.status_code, again.json(), again["Idempotent-Replayed"]) == (201, first.json(), "true")
    other = newcomer.post("/subscription/trial")
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    assert "runs already" in other.json()["detail"]
    assert newcomer.get("/tokens/balance").json()["available"] == 9


def _unverified(person: Person) -> None:
    EmailAddress.objects.filter(user=person.user).update(verified=False)


def _had_a_plan(person: Person) -> None:
    with person.acting():
        plans.subscribe(plan_key="pro")
        plans.end_subscription()


def _switched_off(person: Person) -> None:
    with person.acting():
        plans.set_override(kind=OverrideKind.LIMIT, key="trial_tokens", value=0, reason="a test", ends_at=None, by=None)


@pytest.mark.parametrize(
    ("prepare", "refusal", "words"),
    [
        (_unverified, NotVerified, "Confirm your e-mail address first"),
        (_had_a_plan, NoTrial, "never had a plan. Get Pro"),
        (_switched_off, NoTrial, "No trial is offered"),
    ],
)
def test_who_cannot_have_one_is_told_the_next_step(
    prepare: Callable[[Person], None], refusal: type[DomainError], words: str, newcomer: Person
) -> None:
    prepare(newcomer)
    with newcomer.acting():
        with pytest.raises(refusal, match=words):
            begin_trial(caller=newcomer.caller)
        offered = offered_to(newcomer.caller, entitlements(newcomer.organization_id).fetch())
        assert bool(offered) == (refusal is NotVerified), "a page offers what can be had once the address is confirmed"
        assert not Trial.objects.exists()
    assert newcomer.post("/subscription/trial").json()["code"] == refusal.code


def test_only_an_owner_with_a_live_key_begins_one(newcomer: Person) -> None:
    admin = hire(newcomer, "admin")
    with newcomer.acting(), pytest.raises(Forbidden, match="Only an owner"):
        begin_trial(caller=admin.caller)
    with newcomer.acting():
        key = create_api_key(name="test", scopes=["billing:write"], by=newcomer.user, mode=KeyMode.TEST).secret
    tester = Person(newcomer.organization_id, newcomer.user, "owner", key)
    refused = tester.post("/subscription/trial")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Al.Ice+shop@googlemail.com", "alice@gmail.com"),
        ("ann+a@bücher.example", "ann@xn--bcher-kva.example"),
        ("\uff21NN@example.com", "ann@example.com"),
    ],
)
def test_a_mailbox_has_one_spelling(one: str, other: str) -> None:
    assert mailbox(one) == mailbox(other) == other
    assert mailbox("a.b@example.com") == "a.b@example.com", "elsewhere dots count"
    assert mailbox("+@example.com") == "+@example.com"


def test_aliases_farm_nothing() -> None:
    name = get_random_string(12).lower()
    for email, status in ((f"{name}@gmail.com", 201), (f"{name[:3]}.{name[3:]}+two@googlemail.com", 409)):
        person = at_address(email)
        answer = person.post("/subscription/trial")
        assert answer.status_code == status
    assert "one a person. Get Pro" in answer.json()["detail"]
    with person.acting():
        assert ledger.position().available == 0


def test_erasing_oneself_and_starting_again_farms_nothing(newcomer: Person) -> None:
    address = newcomer.user.email
    with newcomer.acting():
        begin_trial(caller=newcomer.caller)
        close(caller=newcomer.caller, name=Organization.objects.get(id=newcomer.organization_id).name)
    assert erase_person(user_id=newcomer.user.pk, reason="asked")
    again = at_address(address)
    assert again.user.pk != newcomer.user.pk
    assert again.post("/subscription/trial").status_code == 409


def test_a_changed_address_is_still_the_same_person(newcomer: Person) -> None:
    with newcomer.acting():
        begin_trial(caller=newcomer.caller)
    EmailAddress.objects.filter(user=newcomer.user).delete()
    newcomer.user.email = f"{uuid4().hex}@example.com"
    newcomer.user.save()
    EmailAddress.objects.create(user=newcomer.user, email=newcomer.user.email, primary=True, verified=True)
    second = open_business("starter")
    with second.acting():
        Membership.objects.create(user=newcomer.user, role=Role.OWNER)
        with pytest.raises(NoTrial, match="one a person"):
            begin_trial(caller=second.caller)


def test_somebody_elses_address_that_nobody_proved_takes_no_trial_away(newcomer: Person) -> None:
    victim = open_business("starter")
    EmailAddress.objects.create(user=newcomer.user, email=victim.user.email.replace("@", "+x@"), verified=False)
    assert newcomer.post("/subscription/trial").status_code == 201
    assert victim.post("/subscription/trial").status_code == 201


def test_a_new_secret_key_forgets_nobody_while_the_old_one_is_a_fallback(
    newcomer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = newcomer.user.email
    assert newcomer.post("/subscription/trial").status_code == 201
    keys = [get_random_string(50), settings.SECRET_KEY]
    monkeypatch.setattr("plans.trials.queries.secret_keys", lambda: keys)
    monkeypatch.setattr("plans.trials.actions.secret_keys", lambda: keys)
    other = at_address(address.replace("@", "+again@"))
    with other.acting(), pytest.raises(NoTrial):
        begin_trial(caller=other.caller)


def test_an_upgrade_begins_a_normal_month_beside_the_tokens_that_are_left(newcomer: Person) -> None:
    newcomer.post("/subscription/trial")
    with newcomer.acting():
        plans.subscribe(plan_key="pro")
        entitled = entitlements(newcomer.organization_id).fetch()
        assert (entitled.trial, entitled.has("packs"), ledger.position().available) == (None, True, 209)
        assert Trial.objects.get().ended_as == TrialEnd.UPGRADED
        changed = [e for e in events_after(0, newcomer.organization_id) if e.kind == "plan.changed"]
        assert [each.data for each in changed] == [{"from": "starter", "to": "pro"}]
        plans.end_subscription()
        assert entitlements(newcomer.organization_id).fetch().plan.key == "starter", "the trial does not come back"
        days_pass(newcomer, 14.001)
        assert ledger.position().available == 200
        assert verify().breaches == 0
    assert newcomer.post("/subscription/trial").status_code == 409


def test_it_is_told_before_it_ends_once(newcomer: Person) -> None:
    with newcomer.acting():
        begin_trial(caller=newcomer.caller)
        assert not advance_trial()
        days_pass(newcomer, 11.5)
        assert advance_trial() and not advance_trial()
        days_pass(newcomer, 15)
        assert advance_trial()
        assert not stop_trial(ended_as=TrialEnd.CLOSED)
    told = [event for event in events_after(0, newcomer.organization_id) if event.kind.startswith("trial.")]
    assert [event.kind for event in told] == ["trial.begun", "trial.ending", "trial.ended"]
    assert (told[1].data["left"], told[1].data["amount"]) == (9, "149.00")
    require_declared(told)


def test_the_database_holds_it(newcomer: Person, alice: Person, superuser: psycopg.Connection) -> None:
    with newcomer.acting():
        trial = begin_trial(caller=newcomer.caller)
        for change in (
            lambda: Trial.objects.filter(pk=trial.pk).update(ends_at=trial.ends_at + timedelta(days=1)),
            lambda: Trial.objects.filter(pk=trial.pk).update(organization_id=alice.organization_id),
            lambda: trial.delete(),
            lambda: Trial.objects.create(**_again(trial)),
        ):
            with pytest.raises(DatabaseError):
                change()
    with alice.acting():
        assert not Trial.objects.exists() and Subscription.objects.exists()
        with pytest.raises(DatabaseError, match="never had a plan"):
            Trial.objects.create(**_again(trial))
    with pytest.raises(psycopg.Error, match="append-only"):
        superuser.execute("DELETE FROM plans_trial_claim")


def _again(trial: Trial) -> dict[str, Any]:
    names = ("plan_key", "tokens", "started_by_id", "started_at", "ends_at")
    return {name: getattr(trial, name) for name in names}


def test_a_race_gives_one_trial_and_one_bucket(newcomer: Person) -> None:
    name = get_random_string(12).lower()
    aliases = [at_address(f"{name}+{each}@gmail.com") for each in range(4)]

    def ask(person: Person) -> Callable[[], int]:
        return lambda: int(person.post("/subscription/trial").status_code)

    assert Counter(at_once([ask(newcomer)] * 8)) == {201: 1, 409: 7}
    assert Counter(at_once([ask(each) for each in aliases])) == {201: 1, 409: 3}
    with newcomer.acting():
        assert (Trial.objects.count(), ledger.position().available, verify().breaches) == (1, 9, 0)
