"""The main job through HTTP: a paying member sets a goal, generates a quest, and sees what it cost."""

from uuid import uuid4

from tests.conftest import Person


def test_a_quest_costs_three_tokens_and_says_so_everywhere(alice: Person) -> None:
    goal = alice.post("/goals", {"title": "Win offices", "target_amount": "12000.00", "due_on": "2027-06-30"}).json()
    assert goal["current_amount"] == "0.00"

    made = alice.post("/quests", {"goal": goal["id"], "count": 1})
    assert made.status_code == 201, made.content
    tokens = made.json()["tokens"]
    assert (tokens["charged"], tokens["available"], tokens["held"]) == (3, 197, 0)
    assert made.json()["provider"] == "builtin"

    lines = alice.get("/tokens/ledger", transaction_id=tokens["transaction_id"]).json()["data"]
    assert [(line["kind"], line["tokens"], line["balance_after"]) for line in lines] == [
        ("settle", 0, 197),
        ("hold", -3, 197),
    ]
    assert alice.get("/tokens/balance").json()["available"] == 197
    assert sum(line["tokens"] for line in alice.get("/tokens/ledger").json()["data"]) == 197
    assert alice.get("/usage", group_by="feature").json()["data"] == [{"group": "quest", "tokens": 3, "operations": 1}]


def test_a_repeated_key_answers_the_same_and_charges_once(alice: Person, goal) -> None:  # type: ignore[no-untyped-def]
    key = str(uuid4())
    first, again = (alice.post("/quests", {"goal": str(goal.id)}, key=key) for _ in range(2))
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert alice.post("/quests", {"goal": str(goal.id), "count": 2}, key=key).json()["code"] == "idempotency_key_reused"
    assert alice.get("/tokens/balance").json()["available"] == 197


def test_refusals_say_what_to_do_next(alice: Person, mallory: Person, business, goal) -> None:  # type: ignore[no-untyped-def]
    foreign = mallory.post("/quests", {"goal": str(goal.id)})
    assert (foreign.status_code, foreign.json()["code"]) == (404, "not_found")
    starter = business("starter")
    own = starter.post("/goals", {"title": "Grow", "target_amount": "10.00"}).json()
    refused = starter.post("/quests", {"goal": own["id"]})
    assert (refused.status_code, refused.json()["code"]) == (403, "feature_not_in_plan")
    assert "Pro" in refused.json()["detail"]
    assert refused.headers["Content-Type"] == "application/problem+json"
    too_many = alice.post("/quests", {"goal": str(goal.id), "count": 4})
    assert (too_many.status_code, too_many.json()["code"]) == (422, "validation_error")
    assert alice.get("/tokens/balance").json()["available"] == 200


def test_the_price_list_is_public_to_keys(alice: Person) -> None:
    prices = {
        plan["key"]: (plan["monthly_price"], plan["monthly_tokens"]) for plan in alice.get("/plans").json()["data"]
    }
    assert prices == {"starter": ("0.00", 0), "pro": ("149.00", 200), "enterprise": ("399.00", 2000)}
    packs = {pack["key"]: (pack["price"], pack["tokens"]) for pack in alice.get("/packs").json()["data"]}
    assert packs["pack_500"] == ("29.00", 500)
    assert packs["pack_2000"] == ("79.00", 2000)
