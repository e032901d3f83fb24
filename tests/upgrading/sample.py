"""A little of everything that a database holds, written by the code of a release into an empty installation.

Run there, before its database is dumped: see docs/upgrading.md. It uses only what later releases keep, too: the API
and the ledger's verbs.
"""

import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.core.management import call_command
from django.test import Client

from saas.accounts.callers import Caller
from saas.accounts.models import Role
from saas.backoffice.organizations import add_member, bootstrap, ensure_user
from saas.closing.actions import close
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from tokens import actions as ledger_actions
from tokens.kinds import QuotaScope, Source

PASSWORD = "milepost-demo"


def write() -> None:
    """Fill the database, and verify it."""
    roastery = bootstrap(
        organization="Harbour Roastery", email="dana@demo.example", password=PASSWORD, plan="enterprise"
    )
    erin = ensure_user(email="erin@demo.example", password=PASSWORD)
    add_member(organization=roastery.organization, user=erin, role=Role.MEMBER)
    assert roastery.api_key
    _work(roastery.api_key)
    with tenancy.organization(roastery.organization.id):
        _buckets(erin.pk)
    kiosk = bootstrap(organization="Closed Kiosk", email="finn@demo.example", password=PASSWORD, plan="pro")
    owner = Caller(organization_id=kiosk.organization.id, user_id=kiosk.user.pk, role="owner")
    with tenancy.organization(kiosk.organization.id):
        close(caller=owner, name="Closed Kiosk")
    call_command("verify_ledger")
    call_command("verify_audit")


def _work(api_key: str) -> None:
    goal = _post(api_key, "/goals", {"title": "Roast 2,000 kg a month", "target_amount": "20000.00"})["id"]
    _post(api_key, "/quests", {"goal": goal, "count": 2})
    time.sleep(4)  # no two requests for AI within 3 seconds
    _post(api_key, "/lead-lists", {"goal": goal, "brief": "Cafes near the harbour"})
    amounts = {"settled": 9, "released": 5, "open": 10}
    holds = {}
    for purpose, amount in amounts.items():
        time.sleep(4)
        holds[purpose] = _post(api_key, "/tokens/holds", {"amount": amount, "purpose": purpose})["id"]
    _post(api_key, f"/tokens/holds/{holds['settled']}/settle", {"amount": 7})
    _post(api_key, f"/tokens/holds/{holds['released']}/release", {})
    today = str(database_now().date())
    _post(api_key, "/revenue-entries", {"goal": goal, "amount": "120.50", "received_on": today})
    _post(api_key, "/webhook-endpoints", {"url": "https://example.com/hook", "events": ["quest.created"]})


def _buckets(member: Any) -> None:
    ledger_actions.set_quota(scope=QuotaScope.USER, subject_id=member, tokens=100)
    ledger_actions.grant(source=Source.PURCHASE, tokens=500, business_key="sample:pack")
    later = database_now() + timedelta(days=3650)
    ledger_actions.grant(source=Source.PROMO, tokens=60, business_key="sample:frozen", expires_at=later)
    ledger_actions.freeze(business_key="sample:frozen", frozen=True, reason="under review")
    ledger_actions.grant(source=Source.PURCHASE, tokens=80, business_key="sample:refunded")
    ledger_actions.claw(business_key="sample:refunded", tokens=80, reason="refunded")


def _post(api_key: str, path: str, body: Any) -> Any:
    headers = {"Authorization": f"Bearer {api_key}", "Idempotency-Key": str(uuid4())}
    answer = Client(SERVER_NAME="localhost").post(f"/api/v1{path}", body, "application/json", headers=headers)
    assert answer.status_code < 300, (path, answer.content)
    return answer.json()


write()
