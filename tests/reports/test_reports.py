"""Reports: exact, safe to open, refused with the license, and built aside when they are long."""

import csv
import json
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any
from uuid import uuid4

import pypdf
import pytest
from django.urls import reverse
from django.utils import timezone

from licensing.actions import payment_failed
from quests.actions import record_revenue
from quests.models import Quest
from saas.kernel.clock import database_now
from saas.reports import actions, queries, table
from saas.reports.models import FileStatus, ReportFile
from saas.reports.text import cell
from tests.conftest import Person, make_goal
from tokens.actions import grant
from tokens.kinds import Source

pytestmark = pytest.mark.own_database


def lines_of(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200
    return list(csv.DictReader(StringIO(b"".join(answer.streaming_content).decode())))


def words_of(answer: Any) -> str:
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(answer.content)).pages)


@pytest.mark.parametrize(
    "begin", [*"=+-@\t\r\n\uff1d\uff0b\uff0d\uff20", "\u200b=", " =", "\ufeff\u2060@", "\u00a0+", "\n="]
)
def test_no_text_begins_a_formula_in_a_spreadsheet(begin: str) -> None:
    assert cell(f"{begin}HYPERLINK(1)") == f"'{begin}HYPERLINK(1)"


@pytest.mark.parametrize("text", ["Win 5 = 5", "Привет", "", "\u200b", "a-b"])
def test_other_text_is_left_as_it_is(text: str) -> None:
    assert cell(text) == text


def test_a_month_at_a_glance_has_totals_by_goal_and_a_chart(alice: Person) -> None:
    van, oven = make_goal(alice, title="Second van"), make_goal(alice, title="New oven")
    today = database_now().date()
    with alice.acting():
        for goal, amount, days in ((van, 1500, 0), (van, -200, 1), (oven, 99, 2), (oven, 5000, 400)):
            record_revenue(
                goal_id=goal.id, amount=Decimal(amount), received_on=today - timedelta(days=days), by=alice.user.pk
            )
        month = table.REPORTS["month"]
        assert month.bars is not None
        bars = dict(month.bars(queries.span()))
        assert (sum(bars.values()), len(bars), min(bars.values())) == (Decimal(1399), 30, Decimal(-200))
        assert len(month.bars(queries.span(first=today - timedelta(days=400)))) in (14, 15)
    browser = alice.browser()
    first, second = lines_of(browser.get(reverse("report", args=["month", "csv"])))
    assert (first["Goal"], first["Received in these days"], first["Received in all"]) == (
        "Second van",
        "1300.00",
        "1300.00",
    )
    assert (second["Goal"], second["Received in these days"], second["Received in all"]) == (
        "New oven",
        "99.00",
        "5099.00",
    )
    last = today.replace(day=1) - timedelta(days=1)
    link = f"{reverse('report', args=['month', 'pdf'])}?first={last.replace(day=1)}&amp;last={last}"
    assert link in browser.get(reverse("reports")).content.decode()
    assert f"Month at a glance · {last:%B %Y}" in words_of(browser.get(link.replace("&amp;", "&")))
    words = words_of(browser.get(reverse("report", args=["month", "pdf"])))
    assert "1,399.00" in words and "Money in" in words and "Second van" in words
    assert f"{today - timedelta(days=29):%-d %b}" in words, "the chart has its days"
    assert words.count("1,399.00") == 2, "the goals' total is what came in"


def test_goals_say_what_came_in_what_is_left_and_which_steps_are_done(alice: Person) -> None:
    goal = make_goal(alice, title="=HYPERLINK(1) Привет")
    made = {"goal": goal, "summary": "", "transaction_id": uuid4(), "provider": "builtin", "created_by": alice.user}
    step = {"title": "Call", "amount": "1.00", "due_on": "2027-01-01"}
    with alice.acting():
        record_revenue(goal_id=goal.id, amount=Decimal(1500), received_on=database_now().date(), by=alice.user.pk)
        Quest.objects.create(title="A", steps=[{**step, "done": True}, {**step, "done": False}], **made)
        Quest.objects.create(title="B", steps=[{**step, "done": True}], **made)
    [line] = lines_of(alice.get("/reports/goals.csv"))
    assert line["Goal"] == "'=HYPERLINK(1) Привет"  # no spreadsheet takes it for a formula
    assert (line["Received"], line["Left"], line["Percent"], line["Steps done"]) == (
        "1500.00", "10500.00", "12", "2 of 3",
    )  # fmt: skip
    words = words_of(alice.get("/reports/goals.pdf"))
    assert "Привет" in words
    assert "10,500.00" in words


def test_usage_and_tokens_are_the_ledgers_own_figures(alice: Person, goal: Any) -> None:
    done = alice.post("/quests", {"goal": str(goal.id), "count": 2}).json()["tokens"]
    [line] = lines_of(alice.get("/reports/usage.csv"))
    assert (line["Operation"], line["Tokens"], line["Transaction"]) == ("Quest", "6", done["transaction_id"])
    entries = lines_of(alice.get("/reports/tokens.csv"))
    assert sum(int(entry["Tokens"]) for entry in entries) == int(entries[-1]["Balance"]) == 194
    assert [entry["Kind"] for entry in entries] == ["grant", "hold", "settle"]
    pdf_report = words_of(alice.get("/reports/tokens.pdf"))
    assert "Available after" in pdf_report and "Hold" in pdf_report
    assert "Settle" not in pdf_report, "a line that changes nothing is in the CSV alone"
    assert done["transaction_id"][:8] not in pdf_report, "and so is an id"


def test_a_csv_of_many_chunks_has_every_line_once(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "CHUNK", 3)
    with alice.acting():
        for number in range(8):
            grant(source=Source.GIFT, tokens=1, business_key=str(number), reason="")
    numbers = [int(line["Line"]) for line in lines_of(alice.get("/reports/tokens.csv"))]
    assert numbers == list(range(1, 10))


def test_programs_take_a_line_as_an_object(alice: Person, goal: Any) -> None:
    answer = alice.get("/reports/goals.ndjson")
    assert answer["Content-Type"] == "application/x-ndjson"
    [line] = b"".join(answer.streaming_content).splitlines()
    assert json.loads(line)["target"] == "12000.00"


def test_days_are_those_of_the_organization(alice: Person) -> None:
    today = timezone.now().date()
    assert len(lines_of(alice.get("/reports/tokens.csv", **{"from": str(today), "to": str(today)}))) == 1
    long_ago = today - timedelta(days=40)
    assert lines_of(alice.get("/reports/tokens.csv", **{"from": str(long_ago), "to": str(long_ago)})) == []
    assert "nothing in these days" in words_of(alice.get("/reports/usage.pdf"))


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("goals.xlsx", {}, 404, "not_found"),
        ("people.csv", {}, 404, "not_found"),
        ("goals.csv", {"from": "2027-01-02", "to": "2027-01-01"}, 422, "validation_error"),
        ("goals.csv", {"from": "yesterday"}, 422, "validation_error"),
        ("goals.csv", {"form": "pdf"}, 422, "validation_error"),
    ],
)
def test_what_is_no_report(alice: Person, path: str, query: dict[str, str], status: int, code: str) -> None:
    answer = alice.get(f"/reports/{path}", **query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_reports_go_last_with_the_license_and_come_back(alice: Person) -> None:
    with alice.acting():
        payment_failed(at=database_now() - timedelta(days=29))
    assert alice.get("/reports/goals.csv").status_code == 200
    late = datetime.fromisoformat(alice.get("/license").json()["past_due_at"])
    with alice.acting():
        from licensing.models import License

        License.objects.update(past_due_at=late - timedelta(days=1))
    refused = alice.get("/reports/goals.pdf")
    assert (refused.status_code, refused.json()["code"]) == (402, "license_reports_off")
    page = alice.browser().get(reverse("reports"))
    assert page.status_code == 200
    assert "Reports are off" in page.content.decode()


@pytest.fixture
def long(alice: Person, monkeypatch: pytest.MonkeyPatch) -> Person:
    """alice, for whom every PDF is long."""
    monkeypatch.setattr(actions, "AT_ONCE_MAX", 0)
    monkeypatch.setattr("saas.reports.tasks.wake", lambda *_: None)
    return alice


def test_a_long_pdf_is_built_aside_once_and_then_handed_out(long: Person) -> None:
    first, second = (long.get("/reports/tokens.pdf") for _ in range(2))
    assert (first.status_code, first.json()) == (
        202,
        {"report": "tokens", "status": "building", "lines": 1, "lines_done": 0},
    )
    assert first["Retry-After"] == second["Retry-After"] == "2"
    with long.acting():
        [file] = ReportFile.objects.all()
        assert actions.build(file.id) is True
        assert actions.build(file.id) is False  # it is built
    assert "Balance" in words_of(long.get("/reports/tokens.pdf"))


def test_who_waits_in_the_browser_sees_how_far_it_is(long: Person, bob: Person) -> None:
    browser = long.browser()
    page = browser.get(reverse("report", args=["tokens", "pdf"]), follow=True)
    assert "0 of 1" in page.content.decode()
    with long.acting():
        file = ReportFile.objects.get()
    where = reverse("report_file", args=[file.id])
    assert browser.get(where, headers={"HX-Request": "true"}).status_code == 200
    assert browser.get(reverse("report_content", args=[file.id])).status_code == 404
    actions.build_waiting()
    assert browser.get(where, headers={"HX-Request": "true"}).status_code == 286  # htmx stops asking
    assert words_of(browser.get(reverse("report_content", args=[file.id])))
    assert bob.browser().get(where).status_code == 404  # a colleague asks for a file of their own


def test_a_worker_that_died_loses_no_file(long: Person) -> None:
    long.get("/reports/tokens.pdf")
    with long.acting():
        file = ReportFile.objects.get()
        ReportFile.objects.update(claim_ends_at=database_now() + timedelta(minutes=5))
        assert actions.build(file.id) is False  # somebody has it
        ReportFile.objects.update(claim_ends_at=database_now() - timedelta(seconds=1))
        assert actions.build(file.id) is True
        file.refresh_from_db()
        assert (file.status, file.lines_done) == (FileStatus.READY, 1)


def test_a_pdf_that_nobody_would_read_is_refused(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "LINES_MAX", 0)
    refused = alice.get("/reports/tokens.pdf")
    assert (refused.status_code, refused.json()["code"]) == (422, "validation_error")
    assert "take the CSV" in refused.json()["detail"]


def test_the_audit_log_comes_whole_as_text(alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "CHUNK", 3)
    make_goal(alice, title="=1")
    listed = alice.get("/audit-events", limit=100).json()["data"][::-1]
    answer = alice.get("/audit-events.ndjson")
    assert [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()] == listed
    lines = lines_of(alice.get("/audit-events.csv"))
    assert [(int(line["seq"]), line["hash"], json.loads(line["data"])) for line in lines] == [
        (event["seq"], event["hash"], event["data"]) for event in listed
    ]
    assert lines[-1]["created_at"] == listed[-1]["created_at"]
    [goal] = lines_of(alice.get("/audit-events.csv", kind="goal.created"))
    assert goal["seq"] == str(listed[-1]["seq"])
    for path, query, status in (("csv", {"limit": 5}, 422), ("pdf", {}, 404)):
        assert alice.get(f"/audit-events.{path}", **query).status_code == status
    assert bob.get("/audit-events.csv").status_code == 403
