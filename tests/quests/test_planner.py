"""The built-in planner: what it reads, what it works out, and that its quests are about the goal they are for."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from quests.evaluation import evaluate, read_goals
from quests.features import knowledge, quest
from quests.features.inputs import GoalInput, QuestRequest
from quests.features.language import language_of
from quests.features.planner import Study
from quests.features.speech import elided
from quests.providers.output import Unusable, read
from quests.providers.table import BUILTIN

pytestmark = pytest.mark.fast

TODAY = date(2026, 11, 30)
GOALS = Path(__file__).parent / "goals.jsonl"
HOSTILE = 64 * 1024


def goal(title: str, description: str = "", target: str = "6000", days: int = 180, **also: Any) -> GoalInput:
    """Return a goal of today."""
    due_on = TODAY + timedelta(days)
    fields = {"currency": "USD", "due_on": due_on, "today": TODAY, "revenue": (), "business": "", **also}
    return GoalInput(title, description, Decimal(target), Decimal(0), **fields)


def words_of(made: dict[str, Any]) -> str:
    """Return all the words of a quest."""
    return " ".join((made["title"], made["summary"], *(step["title"] for step in made["steps"])))


def first(asked: GoalInput, *previous: str) -> dict[str, Any]:
    """Return the first quest of a goal."""
    [made] = quest.plan(QuestRequest(asked, 1, previous))["quests"]
    return dict(made)


def test_thirty_goals_pass_and_share_neither_titles_nor_steps() -> None:
    done = evaluate(read_goals(GOALS, TODAY), (BUILTIN,))
    assert {score.goal.id: (score.missing, score.unwanted) for score in done.scores if not score.passed} == {}
    assert len(done.scores) == 30
    assert done.same_titles == [] and done.same_steps == []


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("Kiosk, 9.50 each", {"price": Decimal("9.50")}),
        ("Kiosk, 1.250,50 € das Stück", {"price": Decimal("1250.50")}),
        ("Kiosk, 1 250 € pièce", {"price": Decimal(1250)}),
        ("Kiosk, prezzo medio 12,5 €", {"price": Decimal("12.5")}),
        ("Kiosk, 2.5k per order", {"price": Decimal(2500)}),
        ("we win 25 % of our bids", {"win": Decimal("0.25")}),
        ("45 pour cent des créneaux sont libres", {"free": Decimal("0.45")}),
        ("two invoices are open: 2,900 and 1,800", {"owed": [Decimal(2900), Decimal(1800)]}),
        ("wir haben offene Rechnungen, 3.200 €", {"owed": [Decimal(3200)]}),
        ("we owe the supplier 3,000", {"owed": []}),
        ("revenue 600 a week", {"revenue": Decimal(2600)}),
        ("founded in 2019, open until 31 March", {"price": None, "counts": 0}),
        ("twelve a month now, 30 each", {"pace": (Decimal(12), "month"), "price": Decimal(30)}),
        ("from 40 to 46 a lesson", {"rise": (Decimal(40), Decimal(46))}),
        ("from 240 to 340 members", {"rise": None, "counts": 2}),
        ("two thirds of the seats are sold", {"booked": Decimal("0.66666667")}),
        ("1,400 pets on file, 35 percent have not had their check-up", {"recall": Decimal("0.65")}),
        ("Gîte, 480 € la semaine, 14 semaines réservées sur 30", {"price": Decimal(480)}),
        ("Fontanero, factura media 180 €", {"price": Decimal(180), "owed": []}),
        ("3 of 10 quotes become orders", {"win": Decimal("0.3")}),
        ("jede vierte Stunde ist frei", {"free": Decimal("0.25")}),
        ("un créneau sur cinq reste vide", {"free": Decimal("0.2")}),
        ("done in 2 of 3 weeks, half a day", {"numbers": 2}),
        ("tours in Leeds: a tour is 90, 50-60 minutes", {"price": Decimal(90), "noun": "tour"}),
        ("half of the people pay 8 for a juice box", {"price": Decimal(8), "noun": "box"}),
        ("tours at 45 pp, groups of max 8", {"price": Decimal(45), "noun": "pp"}),
        ("60 seats, guests spend 18 on average", {"price": Decimal(18), "noun": "guests"}),
        ("I build guitars, 2,400 apiece", {"price": Decimal(2400), "noun": "guitars"}),
        ("un rendez-vous sur dix n'est pas honoré", {"noshow": Decimal("0.1")}),
        ("deux clients doivent 520 et 410 €", {"owed": [Decimal(520), Decimal(410)]}),
        ("beginners course at 75", {"price": Decimal(75), "noun": "course"}),
        ("our income is low, we can spare 300 a week", {"saving": Decimal(300), "revenue": None}),
        ("we pay 900 for rent", {"price": None}),
        ("an armchair brings 340", {"price": Decimal(340), "noun": "armchair"}),
        ("we put away 250 a week and keep 700", {"saving": Decimal(250), "profit": Decimal(700), "price": None}),
    ],
)
def test_numbers_are_read_with_their_roles(description: str, expected: dict[str, Any]) -> None:
    reading = Study(goal("A new oven", description)).reading
    found = {
        "price": reading.price.value if reading.price else None,
        "counts": len(reading.counts),
        "numbers": len(reading.numbers),
        "owed": reading.owed,
        "revenue": reading.revenue,
        "pace": reading.pace and (reading.pace.value, reading.pace.period),
        "rise": reading.rise,
        "noun": reading.price and reading.price.noun,
        "saving": reading.saving and reading.saving.value,
        "profit": reading.profit,
        **reading.rates,
    }
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Neuer Ofen", "de"),
        ("Nouveau four", "fr"),
        ("Horno nuevo", "es"),
        ("Nuovo forno", "it"),
        ("Buy a van", "en"),
        ("Payer la TVA", "fr"),
        ("Pagare l'IVA", "it"),
        ("Pagar el IVA", "es"),
        ("Steuern zahlen", "de"),
        ("Werkstatt\ufdd0 \x85erweitern", "de"),
        ("Changer la camionnette. Plombier ; 9 500 € de factures impayées", "fr"),
        ("More clients", "en"),
        ("Aerial surveys. 480 per survey, two per week", "en"),
        ("E-Lastenrad. 9 € je Fahrt, 60 Fahrten pro Woche", "de"),
        ("Più clienti", "it"),
        ("100k", "en"),
        ("🎉🎉", "en"),
        ("", "en"),
    ],
)
def test_the_language_is_the_goals(text: str, language: str) -> None:
    assert language_of(text) == language


def test_every_language_knows_every_play_trade_and_phrase() -> None:
    english = knowledge.language("en").table
    for code in knowledge.LANGUAGES:
        table = knowledge.language(code).table
        for part in ("phrases", "plays", "more", "trades", "periods", "leads"):
            assert table[part].keys() == english[part].keys(), (code, part)
        for key, play in knowledge.language(code).plays.items():
            shape = [(kind, weeks, number) for kind, weeks, _, number in play.steps]
            assert shape == [(k, w, n) for k, w, _, n in knowledge.language("en").plays[key].steps], (code, key)
        assert not [title for _, title in knowledge.language(code).titles if ": " in title], code
    assert knowledge.plays().keys() == english["plays"].keys()


def every_lever() -> Iterator[GoalInput]:
    for each in read_goals(GOALS, TODAY):
        yield each.goal


def test_no_play_comes_twice_before_all_others_came() -> None:
    for asked in (*every_lever(), *(each.goal for each in read_goals(GOALS, TODAY))):
        titles: tuple[str, ...] = ()
        number = len(Study(asked).choose(()))
        for _ in range(number):
            titles = (first(asked, *titles)["title"], *titles)
        assert len(set(titles)) == number, titles


def test_money_stands_on_steps_that_bring_it_and_others_carry_their_time() -> None:
    times = ("hour", "minute", "Stunde", "Minute", "heure", "hora", "minut", "ora", "ore")
    for asked in every_lever():
        for made in quest.plan(QuestRequest(asked, 3))["quests"]:
            free = [step["title"] for step in made["steps"] if step["amount"] == "0.00"]
            assert all(any(time in title.rpartition("(")[2] for time in times) for title in free), free
            assert all("{" not in step["title"] for step in made["steps"])


def test_amounts_are_round_where_no_price_is_known_and_still_add_up() -> None:
    made = first(goal("Pay off the machine", "Dentist, 200 patients, recall 55 percent", "3999.60"))
    amounts = [Decimal(step["amount"]) for step in made["steps"] if step["amount"] != "0.00"]
    assert sum(amounts) == Decimal("3999.60")
    assert len(amounts) > 1 and all(amount % 50 == 0 for amount in amounts[:-1]), amounts
    assert "Call the first 30 with" in made["steps"][1]["title"] and "(30 patients)" in made["steps"][1]["title"]


@pytest.mark.parametrize(
    ("code", "written", "expected"),
    [
        ("fr", "combien de hôtes", "combien d'hôtes"),
        ("it", "dove guardano i ospiti, dei studenti", "dove guardano gli ospiti, degli studenti"),
        ("it", "il 80 % del 8 %", "l'80 % dell'8 %"),
        ("es", "de otros", "de otros"),
    ],
)
def test_what_stands_before_a_noun_is_written_as_the_noun_wants_it(code: str, written: str, expected: str) -> None:
    assert elided(written, code) == expected


@pytest.mark.parametrize("days", [0, 1, 3, 7])
def test_in_days_only_collecting_spreading_and_bridging_count(days: int) -> None:
    made = quest.plan(QuestRequest(goal("Pay the rent", "Café, 40 seats, 12 a cover", days=days), 3))["quests"]
    assert len(made) == 3
    assert not any(word in words_of(each) for each in made for word in ("partner", "referral", "standing arrangement"))


def test_a_dream_for_next_week_is_no_plan_and_a_monday_to_fill_is_not_full() -> None:
    assert "not realistic" in first(goal("Earn it next week", "Lemonade, 1.50 a cup", "500000", days=7))["title"]
    monday = first(goal("Remplir la salle le lundi", "Restaurant, 32 couverts, ticket moyen 24 €", "4800"))
    assert "lundi" in monday["summary"]


def test_the_goals_own_trade_beats_the_organizations() -> None:
    assert "patients" in words_of(first(goal("A new chair", "45 each", trade="health")))
    assert "guests" in words_of(first(goal("A new chair", "Restaurant, 45 each", trade="health")))


@pytest.mark.parametrize(
    "text",
    ["1," * HOSTILE, "9" * HOSTILE, "a1" * HOSTILE, "no " * HOSTILE, "é" * HOSTILE, "% " * HOSTILE, "🐝" * HOSTILE,
     "each 1 each 2 " * HOSTILE, "0 each, 0 seats, 0 percent recall, 0 members",
     "\u202e\x00 12 each", "-5 each", "1e99 each"],
)  # fmt: skip
def test_hostile_texts_give_a_quest_all_the_same(text: str) -> None:
    asked = quest.prompt(QuestRequest(goal(text[:120], text)))
    assert read(json.dumps(asked.plan()), asked) == asked.plan()


def test_what_is_read_of_a_text_has_a_bound() -> None:
    assert len(Study(goal("Fill", "12 seats " * HOSTILE)).reading.numbers) < 1000


# A model is given the same sums, and held to them.


def answer(summary: str) -> str:
    steps = [{"title": f"Step {n}", "amount": "6000.00", "due_on": "2027-01-31"} for n in ("one", "two", "three")]
    return json.dumps({"quests": [{"title": "More guests", "summary": summary, "steps": steps}]})


def test_a_model_gets_the_arithmetic_and_must_use_one_of_its_figures() -> None:
    asked = quest.prompt(QuestRequest(goal("Fill the Tuesdays", "Restaurant, 40 seats, 30 a bill", "18000")))
    data = json.loads(asked.user.split("\n")[1])
    assert data["arithmetic"][0] == "$18,000 at $30 per guest is 600 guests."
    assert {"600", "30"} <= set(data["figures"]) and data["trade"] == "restaurant"
    assert read(answer("At 30 a guest that is many more guests."), asked)["quests"]
    assert read(answer("Six hundred is hard, so 600 guests it is."), asked)["quests"]
    with pytest.raises(Unusable):
        read(answer("Open one new channel and ask good customers."), asked)
    plain = quest.prompt(QuestRequest(goal("Fill the Tuesdays", "", "18000")))
    assert read(answer("Open one new channel and ask good customers."), plain)["quests"], "there is no figure to use"


@pytest.mark.parametrize(
    ("asked", "good"),
    [
        (("Fill the Tuesdays", "Restaurant, 40 seats, 30 a bill", "18000"), "Fill 11 of 40 seats more."),
        (("Fill the Tuesdays", "Restaurant, 40 seats, 30 a bill", "18000"), "Some 590-610 more covers a season."),
        (("Fill the Tuesdays", "Restaurant, 40 seats, 30 a bill", "18000"), "Thirty a head is what guests pay."),
        (
            ("A new kiln", "Pottery, 35 a place, a third of the places are empty", "3500"),
            "A third of them stands empty.",
        ),
        (("A new kiln", "Pottery, thirty-five a place", "3500"), "Sell places at 35 each."),
        (("A new extractor", "Beekeeper, 25 hives, 12 a jar", "3600"), "Take a little more from your 25 hives."),
        (("Set aside the tax", "We put away 250 a week", "6500"), "Move 250 every week."),
    ],
)
def test_a_good_answer_of_a_model_is_not_refused(asked: tuple[str, str, str], good: str) -> None:
    assert Study(goal(*asked)).uses_figures({"title": "", "summary": good, "steps": []})
    assert not Study(goal(*asked)).uses_figures({"title": "", "summary": "Sell 3 ideas to 2 friends.", "steps": []})


def test_a_model_may_plan_for_what_can_be_reached_and_for_days_without_prices() -> None:
    hopeless = quest.prompt(QuestRequest(goal("A van", "120 a job, revenue 2,000 a month", "60000", days=90)))
    reachable = Decimal(json.loads(hopeless.user.split("\n")[1])["reachable"])
    steps = [{"title": f"Step {n}", "amount": f"{reachable / 2:.2f}", "due_on": "2027-01-31"} for n in "ab"]
    steps.append({"title": "Ask the bank", "amount": "0.00", "due_on": "2027-01-31"})
    made = {"title": "First what 120 a job can bring", "summary": "Not reachable at this pace.", "steps": steps}
    [kept] = read(json.dumps({"quests": [made]}), hopeless)["quests"]
    assert sum(Decimal(step["amount"]) for step in kept["steps"]) == reachable
    urgent = Study(goal("Rent by tomorrow", "Barber, a cut is 25", "900", days=1))
    assert urgent.uses_figures({"title": "Call the landlord", "summary": "Ask for a week.", "steps": []})


# The command.


def test_the_command_says_what_is_missing_and_fails_below_the_threshold(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "goals.jsonl"
    one = {"title": "Sell 20 chairs", "description": "90 each", "target_amount": "1800.00", "due_in_days": 90}
    lines = [
        {**one, "id": "good", "must": [r"\b20\b"]},
        {**one, "id": "bad", "title": "Sell them", "must": ["unicorn"]},
    ]
    path.write_text("\n".join(map(json.dumps, lines)))
    with pytest.raises(SystemExit, match="1"):
        call_command("evaluate_quests", str(path))
    said = capsys.readouterr().out
    assert "pass  good" in said and "FAIL  bad" in said and "missing   unicorn" in said and "1 of 2 passed" in said
    call_command("evaluate_quests", str(path), "--min", "1")


@pytest.mark.parametrize("line", ["{", "[]", '{"id": "x"}', '{"id": "x", "title": "T", "target_amount": "ten"}'])
def test_a_line_that_is_no_goal_is_named(line: str, tmp_path: Path) -> None:
    path = tmp_path / "goals.jsonl"
    path.write_text(f"\n{line}")
    with pytest.raises(Exception, match="line 2"):
        call_command("evaluate_quests", str(path))


def test_a_goal_without_a_date_or_past_it_is_planned() -> None:
    undated = first(replace(goal("Sell 20 chairs", "90 each", "1800"), due_on=None))
    assert "No due date is set" in undated["summary"] and "20 chairs" in undated["summary"]
