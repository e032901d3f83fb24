"""The evidence for a dispute, as staff read it."""

from typing import Any
from uuid import uuid4

import pytest

from marketplace.models import Payment
from marketplace.packs import orders
from marketplace.payments import evidence
from tests.fake_stripe.shop import Shop, subscribe
from tokens import actions as ledger_actions

pytestmark = pytest.mark.own_database


def test_the_evidence_for_a_dispute_says_who_bought_what_and_what_was_used(opened: Shop) -> None:
    shop, owner = opened, opened.owner
    subscribe(shop, "pro")
    with owner.acting():
        order = orders.buy_pack(caller=owner.caller, pack_key="pack_500")
        made: dict[str, Any] = {"transaction_id": uuid4(), "tokens": 250}
        who = {"user_id": owner.user.pk, "department_id": None}
        ledger_actions.hold(operation="quest", price_book_version=None, seconds=60, **made, **who)
        ledger_actions.settle(**made)
        text = evidence.evidence(Payment.objects.get(order=order))
    assert "PAYMENT of 29.00 USD" in text and "Bought: 500 tokens" in text and "Invoice " in text
    assert f"by {owner.user} <{owner.user.email}>" in text
    assert "500 tokens on the organization's balance" in text
    assert "USED: 1 operations" in text and "quest, 50 tokens" in text
    assert "None" not in text


def test_the_evidence_for_a_plan_claims_nothing_of_who_agreed_and_fits_into_its_field(
    opened: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(opened, "pro")
    with opened.owner.acting():
        payment = Payment.objects.get()
        text = evidence.evidence(payment)
        assert "owners at present" in text and "agreed" not in text
        monkeypatch.setattr(evidence, "CHARACTERS_MAX", 200)
        short = evidence.evidence(payment)
    assert len(short) == 200 and short.startswith(text[:150]) and short.endswith(evidence.CUT)
