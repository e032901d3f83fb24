"""Endpoints through the API: made, changed, tested, rotated, redelivered; by whom, and by whom not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connection
from standardwebhooks import Webhook

from audit.queries import events
from plans.actions import set_override
from plans.models import OverrideKind
from saas.kernel import tenancy
from saas.webhooks import outbox
from saas.webhooks.models import Attempt, Delivery, Endpoint, Secret
from tests.conftest import Person, hire
from tests.machinery import at_once
from tests.webhooks.conftest import Handler, Hook, Receiver, work

pytestmark = pytest.mark.own_database


def test_an_endpoint_is_made_shown_changed_and_removed(alice: Person, receiver: Receiver) -> None:
    made = alice.post("/webhook-endpoints", {"url": receiver.url, "events": ["goal.created"], "description": "CRM"})
    assert made.status_code == 201
    endpoint = made.json()
    secret = endpoint.pop("secret")
    assert secret.startswith("whsec_") and len(Webhook(secret)._whsecret) == 32
    assert endpoint == {
        "id": endpoint["id"],
        "url": receiver.url,
        "events": ["goal.created"],
        "description": "CRM",
        "enabled": True,
        "disabled_because": None,
        "disabled_at": None,
        "failing_since": None,
        "created_at": endpoint["created_at"],
    }
    path = f"/webhook-endpoints/{endpoint['id']}"
    assert alice.get("/webhook-endpoints").json() == {"data": [endpoint], "next_cursor": None}
    assert alice.get(path).json() == endpoint
    changed = alice.patch(path, {"events": ["*"], "enabled": False}).json()
    assert (changed["events"], changed["enabled"], changed["disabled_because"]) == (["*"], False, "asked")
    assert alice.patch(path, {"enabled": True}).json()["disabled_at"] is None
    assert alice.delete(path).status_code == 204
    assert alice.get(path).status_code == 404


def test_a_secret_is_shown_once_and_stored_encrypted(hook: Hook, superuser: psycopg.Connection) -> None:
    stored = superuser.execute("SELECT encrypted FROM webhooks_secret WHERE endpoint_id = %s", [hook.id]).fetchall()
    secret = hook.receiver.secret
    assert len(stored) == 1 and secret.removeprefix("whsec_") not in stored[0][0]
    for path in ("/webhook-endpoints", hook.path, f"{hook.path}/deliveries"):
        assert "whsec_" not in hook.owner.get(path).content.decode()
    log = superuser.execute("SELECT data::text FROM audit_event WHERE kind LIKE 'webhook_endpoint.%'").fetchall()
    assert log and not any("whsec_" in text or "/hooks" in text for (text,) in log)


def test_a_receiver_keeps_verifying_through_a_rotation(hook: Hook, alice: Person) -> None:
    old = hook.receiver.secret
    rotated = alice.post(f"{hook.path}/rotate-secret", {"overlap_hours": 1})
    assert rotated.status_code == 200
    new = rotated.json()["secret"]
    hook.happen()
    assert work() == 1  # the receiver still has the old secret
    hook.receiver.secret = new
    hook.happen()
    assert work() == 1
    assert [each.signatures for each in hook.receiver.received] == [2, 2]
    hook.superuser.execute(
        "UPDATE webhooks_secret SET ends_at = now() WHERE ends_at IS NOT NULL AND endpoint_id = %s", [hook.id]
    )
    hook.happen()
    assert work() == 1
    assert (hook.receiver.received[-1].signatures, hook.receiver.forged) == (1, 0)
    hook.receiver.secret = old
    hook.happen()
    work()
    assert hook.receiver.forged == 1, "the old one ended"


def test_a_leaked_secret_ends_at_once(hook: Hook, alice: Person) -> None:
    for _ in range(4):
        assert alice.post(f"{hook.path}/rotate-secret").status_code == 200
    assert alice.post(f"{hook.path}/rotate-secret").json()["code"] == "conflict", "five sign already"
    hook.receiver.secret = alice.post(f"{hook.path}/rotate-secret", {"overlap_hours": 0}).json()["secret"]
    hook.happen()
    assert work() == 1
    assert [each.signatures for each in hook.receiver.received] == [1]


def test_a_test_is_sent_at_once_and_its_answer_shown(hook: Hook, alice: Person) -> None:
    hook.receiver.behaviour = lambda handler: handler.answer(418, b"short and stout")
    sent = alice.post(f"{hook.path}/test")
    assert sent.status_code == 200
    sending = sent.json()
    assert (sending["type"], sending["status"], sending["sequence"]) == ("test", "failed", None)
    assert sending["attempts"][0]["status_code"] == 418 and sending["attempts"][0]["answer"] == "short and stout"
    hook.receiver.behaviour = lambda handler: handler.answer(200)
    assert alice.post(f"{hook.path}/test").json()["status"] == "delivered"
    assert [each.message["type"] for each in hook.receiver.received] == ["test", "test"]
    assert hook.row().failing_since is None
    assert work() == 0, "a test is tried once"
    assert alice.post(f"{hook.path}/redeliver", {"since": "2026-01-01T00:00:00Z"}).json() == {"redelivered": 0}


def test_tests_are_limited(hook: Hook, alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saas.web.limits._window_end", lambda key: 4_000_000_000)
    codes = [alice.post(f"{hook.path}/test").status_code for _ in range(11)]
    assert codes == [200] * 10 + [429]


def test_the_log_and_sending_again(hook: Hook, alice: Person) -> None:
    hook.happen(3)
    work()
    page = alice.get(f"{hook.path}/deliveries", limit=2).json()
    assert len(page["data"]) == 2
    rest = alice.get(f"{hook.path}/deliveries", limit=2, cursor=page["next_cursor"]).json()
    assert (len(rest["data"]), rest["next_cursor"]) == (1, None)
    assert alice.get(f"{hook.path}/deliveries", status="failed").json()["data"] == []
    chosen = page["data"][0]
    assert chosen["payload"]["type"] == chosen["type"] == "goal.created"
    again = alice.post(f"{hook.path}/redeliver", {"delivery": chosen["id"]})
    assert (again.status_code, again.json()) == (202, {"redelivered": 1})
    assert work() == 1
    assert [each.id for each in hook.receiver.received].count(chosen["message_id"]) == 2
    everything = alice.post(f"{hook.path}/redeliver", {"since": page["data"][-1]["created_at"]})
    assert everything.json()["redelivered"] >= 2
    work()
    assert len({each.id for each in hook.receiver.received}) == 3
    assert len(hook.log()[0]["attempts"]) == 3


@pytest.mark.parametrize("body", [{}, {"delivery": str(uuid4()), "since": "2026-01-01T00:00:00Z"}, {"since": "now"}])
def test_sending_again_needs_one_choice(hook: Hook, alice: Person, body: Any) -> None:
    assert alice.post(f"{hook.path}/redeliver", body).json()["code"] == "validation_error"


def test_a_url_is_an_endpoint_once_however_often_it_is_asked_for(alice: Person, receiver: Receiver) -> None:
    made = at_once([lambda: alice.post("/webhook-endpoints", {"url": receiver.url})] * 4)
    assert sorted(each.status_code for each in made) == [201, 409, 409, 409]  # type: ignore[union-attr]


def test_there_is_room_for_as_many_as_the_plan_says(alice: Person) -> None:
    with alice.acting():
        set_override(kind=OverrideKind.LIMIT, key="webhook_endpoints", value=2, reason="small", ends_at=None, by=None)
    made = [alice.post("/webhook-endpoints", {"url": f"https://example.com/{n}"}) for n in range(3)]
    assert [each.status_code for each in made] == [201, 201, 403]
    assert (made[2].json()["code"], made[2].json()["limit"]) == ("feature_not_in_plan", 2)
    assert alice.get("/account").json()["limits"]["webhook_endpoints"] == {"value": 2, "source": "override"}


def requests_to(hook: Hook) -> list[tuple[str, str, Any]]:
    """Return every request that concerns an endpoint."""
    return [
        ("get", "/webhook-endpoints", None),
        ("post", "/webhook-endpoints", {"url": "https://example.com/"}),
        ("get", hook.path, None),
        ("patch", hook.path, {"enabled": False}),
        ("delete", hook.path, None),
        ("post", f"{hook.path}/test", {}),
        ("get", f"{hook.path}/deliveries", None),
        ("post", f"{hook.path}/redeliver", {"since": "2026-01-01T00:00:00Z"}),
        ("post", f"{hook.path}/rotate-secret", {}),
    ]


def ask(person: Person, method: str, path: str, body: Any) -> Any:
    send: Callable[..., Any] = getattr(person, method)
    return send(path) if body is None else send(path, body)


def test_starter_has_none_and_members_may_not(
    hook: Hook, bob: Person, business: Callable[..., Person], alice: Person
) -> None:
    starter, admin = business("starter"), hire(alice, "admin")
    for method, path, body in requests_to(hook):
        refused = ask(starter, method, path, body)
        assert (refused.status_code, refused.json()["code"]) == (403, "feature_not_in_plan"), path
        assert refused.json()["needed_plan"] == "pro"
        assert ask(bob, method, path, body).json()["code"] == "forbidden", path
    assert admin.get(hook.path).status_code == 200


def test_another_organizations_endpoint_does_not_exist(hook: Hook, mallory: Person) -> None:
    hook.happen()
    work()
    theirs = hook.log()[0]["id"]
    for method, path, body in requests_to(hook)[2:]:
        refused = ask(mallory, method, path, body)
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found"), path
    own = mallory.post("/webhook-endpoints", {"url": "https://example.com/"}).json()["id"]
    stolen = mallory.post(f"/webhook-endpoints/{own}/redeliver", {"delivery": theirs})
    assert stolen.status_code == 404
    assert len(hook.receiver.received) == 1 and hook.row().is_on


def test_removing_takes_secrets_and_log_along_and_stops_what_is_under_way(hook: Hook, alice: Person) -> None:
    hook.happen(2)
    work()
    hook.happen()
    with tenancy.system():
        outbox.publish()

    def remove(handler: Handler) -> None:
        assert alice.delete(hook.path).status_code == 204
        connection.close()
        handler.answer(200)

    hook.receiver.behaviour = remove
    assert work() == 1, "it was on its way"
    with alice.acting():
        assert [model.objects.count() for model in (Endpoint, Secret, Delivery, Attempt)] == [0, 0, 0, 0]
        assert events()[0].kind == "webhook_endpoint.removed"


def test_what_waits_longest_is_sent_first_and_retries_keep_their_time(hook: Hook) -> None:
    hook.receiver.behaviour = lambda handler: handler.answer(500)
    hook.happen()
    work()
    hook.receiver.behaviour = lambda handler: handler.answer(200)
    hook.happen()
    assert work() == 1, "the failed one waits for its time, the new one does not wait for it"
    [failed, arrived] = hook.deliveries()
    assert failed.status == "pending" and arrived.status == "delivered"
    assert failed.due_at - failed.created_at < timedelta(minutes=1)
