"""A pack for another business: paid by one organization, taken by another, and exact whatever the money does."""

from collections import Counter
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.core import mail
from django.db import OperationalError

from audit.models import Event
from marketplace.gifts import endings, gifted_packs, mailing, offers, queries
from marketplace.gifts.endings import NotYours
from marketplace.gifts.links import link_of, secret_of
from marketplace.gifts.sweeps import look_after_gifts
from marketplace.models import Customer, Payment
from marketplace.models.gifts import Gift, GiftStatus
from marketplace.packs import orders
from marketplace.stripe.objects import PAYMENT
from saas.accounts.keys import secret_hash
from saas.kernel import tenancy
from saas.kernel.errors import Conflict, NotFound
from tests.conftest import Person, open_business
from tests.machinery import at_once
from tests.marketplace.double import CHARGE, Body, Double, sells_by_invoice
from tests.marketplace.giving import late
from tokens import actions as ledger_actions
from tokens.queries import balance, position
from tokens.verification import verify

pytestmark = pytest.mark.own_database


@pytest.fixture
def shop(stripe_double: Double, customer: Customer) -> Double:
    """A Stripe that charges cards."""

    stripe_double.on_post = {}
    sells_by_invoice(stripe_double, str(customer.customer_id))
    return stripe_double


def give(giver: Person, **values: Any) -> Gift:
    with giver.acting():
        data = {"pack_key": "pack_500", "email": "friend@example.org", "note": "Welcome!", **values}
        return offers.give_pack(caller=giver.caller, **data)


def take(taker: Person, gift: Gift) -> Gift:
    with taker.acting():
        return gifted_packs.accept_link(caller=taker.caller, secret=secret_of(gift.id))


def money(shop: Double, giver: Person, *, refunded: int = 0, dispute: str = "") -> None:
    """Have Stripe say something else of the only payment, and hear of it."""
    with giver.acting():
        intent_id = Payment.objects.get().payment_intent_id
        shop.put("refund", id="re_only", payment_intent=intent_id, amount=refunded, status="succeeded")
        if dispute:
            shop.put("dispute", id="du_only", payment_intent=intent_id, amount=2900, status=dispute)
        PAYMENT.sync(intent_id)


def tokens_of(*people: Person) -> list[int]:
    """Return what each organization could spend, less its debt, beyond the 200 of its plan."""
    found = []
    for person in people:
        with person.acting():
            now = position()
            found.append(now.available - now.debt - 200)
            assert verify().breaches == 0
    return found


def spend(person: Person, tokens: int) -> None:
    with person.acting():
        transaction_id = uuid4()
        who = {"user_id": person.user.pk, "department_id": None}
        ledger_actions.hold(
            transaction_id=transaction_id, tokens=tokens, operation="quest", price_book_version=None, seconds=60, **who
        )
        ledger_actions.settle(transaction_id=transaction_id, tokens=tokens)


def test_a_paid_gift_is_offered_mailed_once_and_taken_once(alice: Person, mallory: Person, shop: Double) -> None:
    address = f"{uuid4().hex}@example.org"
    gift = give(alice, email=address)
    assert (gift.status, tokens_of(alice)) == (GiftStatus.OFFERED, [0])
    with tenancy.system():
        mailing.send_due()
        mailing.send_due()
    [sent] = [each for each in mail.outbox if each.to == [address]]
    link = link_of(gift)
    assert link is not None and link in sent.body and "Welcome!" in sent.body
    takers = [mallory, *(open_business() for _ in range(3))]
    answers = at_once([partial(take, taker, gift) for taker in takers * 2])
    assert Counter(map(type, answers))[Gift] == 2, "the winner asks twice"
    assert sorted(tokens_of(*takers)) == [0, 0, 0, 500]
    assert tokens_of(alice) == [0]
    assert gifted_packs.deliver_undelivered() == 0


def test_who_took_it_reads_it_and_their_people_are_not_named_to_the_giver(
    alice: Person, mallory: Person, shop: Double
) -> None:
    gift = give(alice)
    with mallory.acting(), pytest.raises(NotFound):
        queries.gift(gift.id)
    taken = take(mallory, gift)
    with mallory.acting():
        [seen] = queries.gifts()
        assert (seen.id, seen.kind, seen.note) == (taken.id, "received", "Welcome!")
        assert seen.from_name.startswith("Juniper")
        assert [bucket.source for bucket in balance().buckets] == ["plan", "gift"]
        for do in (endings.accept, endings.decline, endings.withdraw):
            with pytest.raises(NotYours):
                do(caller=mallory.caller, gift_id=taken.id)
            with pytest.raises(NotFound):
                do(caller=mallory.caller, gift_id=gift.id)
    with alice.acting():
        accepted = Event.objects.get(kind="gift.accepted")
        assert str(mallory.user.pk) not in str([accepted.actor, accepted.data])


@pytest.mark.parametrize("totals", [{"refunded": 2900}, {"dispute": "lost"}])
def test_money_taken_back_before_acceptance_withdraws_the_gift(
    alice: Person, mallory: Person, shop: Double, totals: Body
) -> None:
    gift = give(alice)
    money(shop, alice, **totals)
    with pytest.raises(NotFound):
        take(mallory, gift)
    assert tokens_of(alice, mallory) == [0, 0]
    with alice.acting():
        assert queries.gift(gift.id).status == GiftStatus.WITHDRAWN


def test_a_part_taken_back_before_acceptance_leaves_the_rest_with_the_buyer(alice: Person, shop: Double) -> None:
    give(alice)
    money(shop, alice, refunded=1450)
    assert tokens_of(alice) == [250]


def test_money_taken_back_after_acceptance_claws_the_recipients_tokens(
    alice: Person, mallory: Person, shop: Double
) -> None:
    take(mallory, give(alice))
    spend(mallory, 600)
    money(shop, alice, refunded=1450)
    assert tokens_of(alice, mallory) == [0, 250 - 600]
    money(shop, alice, refunded=2900)
    money(shop, alice, refunded=2900)
    assert tokens_of(alice, mallory) == [0, -600]
    with mallory.acting():
        assert position().debt == 400


def test_an_open_dispute_freezes_the_recipients_bucket_and_a_won_one_thaws_it(
    alice: Person, mallory: Person, shop: Double
) -> None:
    take(mallory, give(alice))
    money(shop, alice, dispute="needs_response")
    with mallory.acting():
        [gifted] = [each for each in balance().buckets if each.source == "gift"]
        assert gifted.frozen_at is not None
    money(shop, alice, dispute="won")
    assert tokens_of(alice, mallory) == [0, 500]


def test_what_a_crash_left_undone_is_delivered_by_the_next_sweep(
    alice: Person, mallory: Person, shop: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(gift_id: Any) -> None:
        raise OperationalError("gone")

    gift = give(alice)
    with monkeypatch.context() as broken:
        broken.setattr(gifted_packs, "deliver", crash)
        with pytest.raises(OperationalError):
            take(mallory, gift)
        money(shop, alice, refunded=1450)
        assert tokens_of(mallory) == [0]
    look_after_gifts()
    assert tokens_of(alice, mallory) == [0, 250]
    take(mallory, gift)
    assert tokens_of(mallory) == [250]


def test_refunds_and_acceptances_at_once_agree_at_last(alice: Person, mallory: Person, shop: Double) -> None:
    gift = give(alice)
    jobs: list[Any] = [partial(take, mallory, gift)] * 3
    jobs += [partial(money, shop, alice, refunded=2900)] * 3
    at_once(jobs)
    look_after_gifts()
    assert tokens_of(alice, mallory) == [0, 0]


@pytest.mark.parametrize("way", ["expire", "decline", "withdraw"])
def test_a_gift_that_nobody_took_is_the_buyers_own_pack_once(
    way: str, alice: Person, mallory: Person, shop: Double, superuser: psycopg.Connection
) -> None:
    gift = give(alice)
    for _ in range(2):
        if way == "expire":
            late(superuser, gift, 31)
            look_after_gifts()
        elif way == "decline":
            with mallory.acting():
                _quietly(partial(gifted_packs.decline_link, caller=mallory.caller, secret=secret_of(gift.id)))
        else:
            with alice.acting():
                _quietly(partial(endings.withdraw, caller=alice.caller, gift_id=gift.id))
    assert tokens_of(alice, mallory) == [500, 0]
    with alice.acting():
        assert [bucket.source for bucket in balance().buckets] == ["plan", "purchase"]
    money(shop, alice, refunded=2900)
    assert tokens_of(alice, mallory) == [0, 0]


def _quietly(do: Any) -> None:
    with suppress(Conflict, NotFound):
        do()


def test_a_gift_withdrawn_before_it_is_paid_is_an_own_pack(alice: Person, shop: Double) -> None:
    from marketplace.gifts.offers import order_gift

    with alice.acting():
        gift = order_gift(
            caller=alice.caller, pack_key="pack_500", email="a@example.org", note="", request_key="window"
        )
        assert link_of(gift) is None
        with pytest.raises(NotFound):
            queries.behind_link(secret_of(gift.id))
        endings.withdraw(caller=alice.caller, gift_id=gift.id)
        assert gift.order_id is not None
        orders.pay(caller=alice.caller, order_id=gift.order_id)
    assert tokens_of(alice) == [500]


def test_a_key_is_one_gift_and_no_pack_of_ones_own(alice: Person, shop: Double) -> None:
    first, second = (give(alice, request_key="click") for _ in range(2))
    assert (first.id, len(shop.asked("post", CHARGE))) == (second.id, 1)
    with alice.acting():
        orders.buy_pack(caller=alice.caller, pack_key="pack_500", request_key="mine")
        with pytest.raises(Conflict):
            offers.give_pack(caller=alice.caller, pack_key="pack_500", email="a@example.org", request_key="mine")


def test_a_secret_is_long_its_own_and_stored_hashed(alice: Person, bob: Person, shop: Double) -> None:
    gifts = [give(alice) for _ in range(2)]
    secrets = [secret_of(gift.id) for gift in gifts]
    assert len({*secrets}) == 2 and all(len(secret) == 43 for secret in secrets)
    with alice.acting():
        [row] = Gift.objects.filter(id=gifts[0].id).values()
        assert bytes(row["secret_hash"] or b"") == secret_hash(secrets[0])
        assert secrets[0] not in str(row) and not Event.objects.filter(data__icontains=secrets[0]).exists()
        with pytest.raises(Conflict, match="your own gift"):
            gifted_packs.accept_link(caller=alice.caller, secret=secrets[0])
    for guess in (secrets[0][:-1], str(gifts[0].id), ""):
        with alice.acting(), pytest.raises(NotFound):
            queries.behind_link(guess)
