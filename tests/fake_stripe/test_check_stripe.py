"""`manage.py check_stripe` takes all its steps on the fake Stripe, over HTTP; it refuses what could touch money."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse

from fake_stripe.models import FakeObject
from marketplace.management.commands import check_stripe
from marketplace.models import StripeEvent
from marketplace.stripe import gateway, tasks
from marketplace.stripe.checking.run import Outcome, StepVerdict, run
from marketplace.stripe.checking.stage import CheckStage
from marketplace.stripe.checking.steps import STEPS, CheckStep
from marketplace.stripe.gateway import client as gateway_client
from marketplace.stripe.gateway import clocks, recording
from marketplace.stripe.gateway.client import BreakingClient
from marketplace.stripe.gateway.permissions import PERMISSIONS
from marketplace.stripe.handlers import HANDLERS
from saas.kernel import tenancy
from tests.conftest import Person
from tests.fake_stripe.over_http import FakeStripeServer, fake_stripe_server
from tests.stripe_contract import recordings

pytestmark = pytest.mark.own_database
ROOT = Path(__file__).parent.parent.parent
GATEWAY = ROOT / "marketplace" / "stripe" / "gateway"
ONLY_REAL = {"draft hour", "debit", "downgrade with coupon and quantity", "pause"}
"""Steps that the sandbox may not be able to play."""


@pytest.fixture
def server(
    business: Callable[..., Person], settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FakeStripeServer]:
    """The fake Stripe over HTTP, and the gateway's own client that asks it."""
    monkeypatch.setattr(gateway_client, "_transport", lambda: BreakingClient(timeout=60))
    monkeypatch.setattr(tasks, "wake", lambda event_pk: None)
    monkeypatch.setattr(clocks, "sleep", lambda seconds: None)
    with fake_stripe_server(business("starter").organization_id) as running:
        settings.STRIPE_API_BASE = f"http://127.0.0.1:{running.server_port}"
        gateway_client.client.cache_clear()
        yield running
    gateway_client.client.cache_clear()


def taken(steps: tuple[CheckStep, ...], record: Path | None = None) -> dict[str, Outcome]:
    """Take steps, and leave nothing behind."""
    stage = CheckStage(arrived=check_stripe.event_arrived)
    outcomes = run(steps, stage, lambda line: None, record)
    assert stage.close() == []
    return {outcome.step.name: outcome for outcome in outcomes}


def test_all_steps_are_right_on_the_fake_and_leave_nothing(
    server: FakeStripeServer, settings: LazySettings, tmp_path: Path
) -> None:
    gateway.create_endpoint(url=settings.BASE_URL + reverse("stripe_webhook"), events=HANDLERS)
    outcomes = taken(STEPS, tmp_path)
    said = {name: (outcome.verdict, outcome.seen) for name, outcome in outcomes.items()}
    wrong = {name: seen for name, (verdict, seen) in said.items() if verdict == StepVerdict.WRONG}
    assert wrong == {}
    assert {name for name, (verdict, _) in said.items() if verdict == StepVerdict.NOT_IN_SANDBOX} <= ONLY_REAL
    assert {name for name, (verdict, _) in said.items() if verdict == StepVerdict.SKIPPED} == {"tax"}
    with tenancy.system():
        left = FakeObject.objects.filter(kind__in=["customer", "test_helpers.test_clock"])
        assert not left.filter(organization_id=server.organization_id).exists()
        living = FakeObject.objects.filter(organization_id=server.organization_id, kind="subscription")
        assert {each.data["status"] for each in living} <= {"canceled", "incomplete_expired"}
        assert StripeEvent.objects.filter(type="customer.subscription.deleted").exists()
    calls = recordings.calls_of(tmp_path)
    assert len(calls) > 100
    assert recordings.breaches(calls) == []
    assert not re.search(r"whsec_sandbox|@example\.com|https?://", "".join(p.read_text() for p in tmp_path.iterdir()))
    for real in recordings.runs():
        of_stripe = recordings.calls_of(real)
        assert recordings.breaches(of_stripe) == [], real
        assert recordings.differences(recordings.shapes(of_stripe), recordings.shapes(calls)) == [], real


def test_with_stripe_tax_its_step_is_taken(server: FakeStripeServer, settings: LazySettings) -> None:
    settings.STRIPE_TAX = True
    [outcome] = taken(tuple(step for step in STEPS if step.name == "tax")).values()
    assert outcome.verdict in (StepVerdict.RIGHT, StepVerdict.NOT_IN_SANDBOX), outcome.seen


def test_a_key_without_a_permission_is_told_which(server: FakeStripeServer) -> None:
    server.refuses = lambda method, path: "/credit_notes" in path or (method == "get" and path == "/v1/disputes")
    [outcome] = taken(tuple(step for step in STEPS if step.name == "permissions of the key")).values()
    assert (outcome.verdict, outcome.seen) == (StepVerdict.WRONG, "refused: Disputes (read), Credit notes (write)")


def test_without_an_endpoint_the_round_trip_says_what_it_needs(server: FakeStripeServer) -> None:
    with tenancy.system():
        FakeObject.objects.filter(kind="webhook_endpoint").delete()
    [outcome] = taken(tuple(step for step in STEPS if step.name == "webhook round trip")).values()
    assert outcome.verdict == StepVerdict.SKIPPED and "manage.py stripe_webhook" in outcome.seen


# The command.


@pytest.fixture
def test_keys(settings: LazySettings) -> None:
    settings.BILLING_MODE, settings.STRIPE_SECRET_KEY = "test", "rk_test_of_nobody"
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"


def command(*arguments: str) -> tuple[int, str]:
    """Run the command; return its exit code and what it printed."""
    out = StringIO()
    try:
        call_command("check_stripe", *arguments, stdout=out, stderr=out)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue()
    return 0, out.getvalue()


@pytest.mark.parametrize(
    ("mode", "key"),
    [
        ("sandbox", ""),
        ("test", ""),
        ("test", "sk_live_1"),
        ("live", "sk_live_1"),
        ("live", "rk_live_1"),
        ("live", "sk_test_1"),
    ],
)
def test_it_runs_with_test_keys_only(
    mode: str, key: str, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BILLING_MODE, settings.STRIPE_SECRET_KEY = mode, key
    monkeypatch.setattr(check_stripe, "run", lambda *_: pytest.fail("nothing may be asked"))
    code, said = command()
    assert code == 2
    assert "BILLING_MODE=test" in said and "sk_test_... or rk_test_..." in said
    assert ("live keys" in said) == (mode == "live" or "live" in key)


def test_live_keys_are_refused_where_a_test_object_would_be_made(settings: LazySettings) -> None:
    settings.BILLING_MODE = "live"
    with pytest.raises(RuntimeError, match="test keys only"):
        clocks.make_coupon(50)


def test_it_goes_on_after_a_step_that_fails_cleans_up_and_ends_with_1(
    test_keys: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[str] = []

    def breaks(stage: CheckStage) -> str:
        stage.at_the_end(lambda: ended.append("cleaned up"))
        raise ValueError("something else")

    def wonders(stage: CheckStage) -> str:
        return "blue"

    steps = (
        CheckStep("first", "fine", breaks),
        CheckStep("second", "green", wonders),
        CheckStep("third", "blue", wonders),
    )
    monkeypatch.setattr(check_stripe, "STEPS", steps)
    code, said = command()
    assert code == 1 and ended == ["cleaned up"]
    words = " ".join(said.split())
    assert "WRONG first expected fine seen ValueError: something else" in words
    assert "WRONG second expected green seen blue" in words and "right third expected blue seen blue" in words
    assert said.rstrip().endswith("1 right, 2 WRONG")
    assert command("third") == (0, command("third")[1])
    with pytest.raises(CommandError, match="no step 'fourth'"):
        command("fourth")
    assert "third\n    blue" in command("--list")[1]


def test_what_cannot_be_deleted_is_said(test_keys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def leaves(stage: CheckStage) -> str:
        stage.at_the_end(lambda: 1 / 0)
        return "fine"

    monkeypatch.setattr(check_stripe, "STEPS", (CheckStep("leaves", "fine", leaves),))
    assert "not deleted: ZeroDivisionError" in command()[1]


def test_no_secret_and_no_address_is_recorded(tmp_path: Path) -> None:
    answer = {
        "id": "cus_1",
        "email": "ada@example.com",
        "note": "ada@example.com, sk_test_abcdefgh, whsec_abcdefgh, https://pay.example/x?y=z, acct_1abcdef",
        "client_secret": "pi_1_secret_2",
        "amount": 2900,
        "list": [{"name": "Ada", "currency": "usd"}],
    }
    call = recording.Call("post", "/v1/customers", "", "email=ada%40example.com&name=Ada", 200, answer)
    recording.save([call], tmp_path / "a.json")
    text = (tmp_path / "a.json").read_text()
    assert not re.search(r"ada|Ada|sk_test_a|whsec_a|https|acct_1|secret_2", text), text
    [read] = recording.load(tmp_path / "a.json")
    assert (read.answer["amount"], read.answer["id"], read.answer["list"][0]["currency"]) == (2900, "cus_1", "usd")


def test_a_difference_of_the_fake_from_a_recording_is_found() -> None:
    real = recording.Call("get", "/v1/x", "", "", 200, {"object": "charge", "id": "ch_1", "amount": 1, "paid": None})
    same = replace(real, answer={**real.answer, "paid": True})
    other = replace(real, answer={**real.answer, "amount": "1", "invented": 1})
    shapes = recordings.shapes
    assert recordings.differences(shapes([real]), shapes([same])) == []
    assert recordings.differences(shapes([real]), shapes([other])) == [
        "charge.amount: int at Stripe, str here",
        "charge.invented: only the fake has it",
    ]


# The permissions.


def called() -> set[str]:
    """Return each call of Stripe's API in the text of the gateway, as `customers.create`."""
    found = set()
    for path in GATEWAY.glob("*.py"):
        if path.name == "clocks.py":  # test keys only
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and (chain := _chain(node.func)) and "v1" in chain:
                found.add(".".join(chain[chain.index("v1") + 1 :]))
    return found


def _chain(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Attribute):
        return [*_chain(node.value), node.attr]
    return [node.id] if isinstance(node, ast.Name) else []


def test_every_call_of_the_gateway_has_a_permission_and_every_permission_a_reason() -> None:
    listed = {call for permission in PERMISSIONS for call in permission.calls}
    assert called() == listed, "marketplace/stripe/gateway/permissions.py and docs/going-live.md name them"
    reading = {"list", "retrieve", "create_preview"}
    for permission in PERMISSIONS:
        writes = any(call.rpartition(".")[2] not in reading for call in permission.calls)
        assert permission.level == ("write" if writes else "read"), permission


def test_the_docs_list_the_permissions() -> None:
    page = (ROOT / "docs" / "going-live.md").read_text()
    rows = re.findall(r"^\| (?P<resource>[A-Z][\w ]+) \| (?P<level>read|write) \|", page, re.MULTILINE)
    assert rows == [(permission.resource, permission.level) for permission in PERMISSIONS]


def test_what_a_run_asks_is_asked_by_calls_that_are_listed(server: FakeStripeServer) -> None:
    """The text may call by other ways than those that are read out of it: so a run is looked at, too."""
    with recording.recorded() as calls:
        buyer = CheckStage().buyer()
        buyer.buy()
        buyer.payments()
    known = {permission.asked[1].split("/")[2] for permission in PERMISSIONS}
    assert {call.path.split("/")[2] for call in calls} - {"test_helpers"} <= known | {
        "invoice_payments",
        "invoiceitems",
    }
