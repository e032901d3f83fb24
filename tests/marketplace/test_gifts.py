"""Gifts of tokens and of quota: offered within caps, ended once, and nothing moves twice."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from marketplace.gifts import endings, offers, queries
from marketplace.gifts.endings import GiftEnded, NotGiver, NotYours
from marketplace.gifts.offers import GiftCap
from marketplace.gifts.sweeps import look_after_gifts
from marketplace.models.gifts import Gift, GiftStatus
from plans.actions import set_override
from plans.models import OverrideKind
from plans.queries import FeatureNotInPlan
from saas.accounts.models import Membership
from saas.kernel.errors import Conflict, Invalid, NotFound
from saas.team.actions import create_department
from tests.conftest import Person, hire
from tests.machinery import at_once
from tests.marketplace.giving import kinds, late, offer
from tokens import actions as ledger_actions
from tokens.actions import InsufficientTokens, QuotaExceeded
from tokens.kinds import QuotaScope
from tokens.queries import position, quotas
from tokens.verification import verify

pytestmark = pytest.mark.own_database


def limit(person: Person, **limits: int) -> None:
    with person.acting():
        for key, value in limits.items():
            set_override(kind=OverrideKind.LIMIT, key=key, value=value, reason="a test", ends_at=None, by=None)


# From staff to an organization


def test_an_offer_is_accepted_once_however_many_accept(alice: Person) -> None:
    gift = offer(alice, 50, note="Thank you")
    with alice.acting():
        assert position().available == 200

    def accept() -> str:
        with alice.acting():
            return str(endings.accept(caller=alice.caller, gift_id=gift.id).status)

    assert Counter(map(type, at_once([accept] * 8))) == {str: 1, GiftEnded: 7}
    with alice.acting():
        assert position().available == 250
        assert verify().breaches == 0
    assert kinds(alice) == ["gift.offered", "gift.accepted"]


def test_the_caps_hold_under_parallel_offers_and_are_named(alice: Person) -> None:
    limit(alice, gift_tokens_max=60, gift_tokens_a_month_max=100)
    with pytest.raises(GiftCap, match="gift_tokens_max"):
        offer(alice, 61)
    answers = at_once([partial(offer, alice, 25)] * 8)
    assert Counter(map(type, answers)) == {Gift: 4, GiftCap: 4}
    assert all("gift_tokens_a_month_max" in answer.detail for answer in answers if isinstance(answer, GiftCap))
    declined = next(answer for answer in answers if isinstance(answer, Gift))
    with alice.acting():
        endings.decline(caller=alice.caller, gift_id=declined.id)
    offer(alice, 25)  # what was declined is not counted
    with pytest.raises(GiftCap):
        offer(alice, 1)


def test_a_double_click_offers_once_and_an_offer_needs_a_reason(alice: Person) -> None:
    first, second = (offer(alice, request_key="click") for _ in range(2))
    assert first.id == second.id
    with pytest.raises(Invalid, match="reason"):
        offer(alice, reason=" ")


def test_only_owners_answer_for_the_organization(alice: Person, bob: Person, mallory: Person) -> None:
    gift = offer(alice)
    for end in (endings.accept, endings.decline):
        with bob.acting(), pytest.raises(NotYours):
            end(caller=bob.caller, gift_id=gift.id)
        with mallory.acting(), pytest.raises(NotFound):
            end(caller=mallory.caller, gift_id=gift.id)
    with alice.acting(), pytest.raises(NotYours):
        endings.withdraw(caller=alice.caller, gift_id=gift.id)


def test_an_offer_is_reminded_of_once_and_expires(alice: Person, superuser: psycopg.Connection) -> None:
    gift = offer(alice)
    late(superuser, gift, 28)
    look_after_gifts()
    look_after_gifts()
    late(superuser, gift, 2)
    with alice.acting(), pytest.raises(GiftEnded, match="expired"):
        endings.accept(caller=alice.caller, gift_id=gift.id)
    look_after_gifts()
    with alice.acting():
        assert queries.gift(gift.id).status == GiftStatus.EXPIRED
        assert position().available == 200
    assert kinds(alice) == ["gift.offered", "gift.expiring", "gift.expired"]


def test_staff_takes_back_what_nobody_accepted(alice: Person) -> None:
    gift = offer(alice)
    with alice.acting():
        endings.withdraw_offer(gift_id=gift.id, reason="a mistake")
        with pytest.raises(GiftEnded, match="withdrawn"):
            endings.accept(caller=alice.caller, gift_id=gift.id)
        with pytest.raises(GiftEnded):
            endings.withdraw_offer(gift_id=gift.id, reason="again")


# From an owner to a member or a department


def give(giver: Person, to: Any, tokens: int, scope: QuotaScope = QuotaScope.USER) -> Gift:
    with giver.acting():
        return offers.offer_quota(caller=giver.caller, scope=scope, subject_id=to, tokens=tokens)


def spend(person: Person, tokens: int, department_id: Any = None) -> None:
    who = {"user_id": person.user.pk, "department_id": department_id}
    with person.acting():
        ledger_actions.hold(
            transaction_id=uuid4(), tokens=tokens, operation="quest", price_book_version=None, seconds=60, **who
        )


def test_a_member_accepts_more_quota_and_the_balance_stays(alice: Person, bob: Person) -> None:
    with alice.acting():
        ledger_actions.set_quota(scope=QuotaScope.USER, subject_id=bob.user.pk, tokens=5)
    gift = give(alice, bob.user.pk, 4)
    with pytest.raises(QuotaExceeded):
        spend(bob, 6)
    with alice.acting(), pytest.raises(NotYours):
        endings.accept(caller=alice.caller, gift_id=gift.id)
    with bob.acting():
        assert [each.id for each in queries.waiting_for(bob.caller)] == [gift.id]
        endings.accept(caller=bob.caller, gift_id=gift.id)
        quota: Any = quotas().get()
        assert (quota.allowed, position().available) == (9, 200)
    spend(bob, 9)
    with pytest.raises(QuotaExceeded):
        spend(bob, 1)
    with alice.acting():
        assert verify().breaches == 0


def test_who_may_use_everything_is_given_nothing(alice: Person, bob: Person, mallory: Person) -> None:
    with pytest.raises(Conflict, match="may use everything already"):
        give(alice, bob.user.pk, 4)
    with pytest.raises(NotFound):
        give(alice, mallory.user.pk, 4)
    with pytest.raises(NotGiver):
        give(bob, bob.user.pk, 4)
    with alice.acting():
        ledger_actions.set_quota(scope=QuotaScope.USER, subject_id=bob.user.pk, tokens=5)
    with pytest.raises(InsufficientTokens, match="200 are available"):
        give(alice, bob.user.pk, 201)
    with pytest.raises(GiftCap, match="quota_gift_tokens_max"):
        give(alice, bob.user.pk, 1001)
    gift = give(alice, bob.user.pk, 5)
    with alice.acting():
        ledger_actions.remove_quota(quota_id=quotas().get().id)
    with bob.acting(), pytest.raises(Conflict, match="no quota any more"):
        endings.accept(caller=bob.caller, gift_id=gift.id)
    with alice.acting():
        assert endings.withdraw(caller=alice.caller, gift_id=gift.id).status == GiftStatus.WITHDRAWN
        assert verify().breaches == 0


def test_a_departments_gift_is_accepted_at_once(business: Callable[..., Person], alice: Person) -> None:
    boss = business("enterprise")
    cook = hire(boss)
    with boss.acting():
        kitchen = create_department(name="Kitchen").id
        Membership.objects.filter(user=cook.user).update(department_id=kitchen)
        ledger_actions.set_quota(scope=QuotaScope.DEPARTMENT, subject_id=kitchen, tokens=3)
    gift = give(boss, kitchen, 4, QuotaScope.DEPARTMENT)
    assert gift.status == GiftStatus.ACCEPTED
    spend(cook, 7, kitchen)
    with pytest.raises(QuotaExceeded):
        spend(cook, 1, kitchen)
    with pytest.raises(FeatureNotInPlan):
        give(alice, kitchen, 4, QuotaScope.DEPARTMENT)
