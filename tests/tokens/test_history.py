"""manage.py detach_history: old history leaves for files, the ledger stays exact, and every damage is found."""

import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections

from audit import chain, checkpoints, detached, openings, proof
from audit import queries as audit
from audit.actions import PLATFORM, record
from audit.events import AuditExported
from audit.models import Opening
from audit.verification import verify as verify_audit
from saas.accounts.lock import serialized
from saas.kernel import tenancy
from saas.kernel.errors import DomainError
from saas.kernel.ids import uuid7
from saas.kernel.secret_keys import key_id
from saas.kernel.transactions import Statement, run_batch, transaction
from saas.team.events import OrganizationExported
from tests.conftest import Person, open_business
from tests.machinery import until
from tests.pages import path_of
from tests.tokens.aged import REHASH, age, noted
from tokens import actions, history, queries
from tokens.kinds import Source
from tokens.models import Bucket, Hold
from tokens.verification import verify as verify_ledger

pytestmark = pytest.mark.own_database

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def notes(settings: Any, tmp_path: Path) -> None:
    """The file of checkpoints, this test's own."""
    settings.AUDIT_CHECKPOINTS = tmp_path / "checkpoints.jsonl"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the files go."""
    (tmp_path / "files").mkdir()
    return tmp_path / "files"


@pytest.fixture
def old(superuser: psycopg.Connection) -> Iterator[Person]:
    """An organization with an old history, and a hold that is open all the time."""
    person = open_business()
    work(person, seed=1, by=superuser)
    age(person, superuser)
    yield person
    with suppress(DomainError), person.acting():
        actions.sweep()
    superuser.execute("DELETE FROM kernel_set_aside WHERE job = 'detach_history'")


def place(person: Person, tokens: int) -> Any:
    """Hold tokens for a minute; return the transaction."""
    transaction_id = uuid7()
    actions.hold(
        transaction_id=transaction_id,
        tokens=tokens,
        operation="quest",
        price_book_version=None,
        user_id=person.user.pk,
        department_id=None,
        seconds=60,
    )
    return transaction_id


def work(person: Person, *, seed: int, by: psycopg.Connection, steps: int = 60) -> None:
    """Do anything that a ledger knows, at random: the same for the same seed. One hold stays open until the next."""
    chance = random.Random(seed)
    opened: list[Any] = []
    packs: list[str] = []
    moves = [
        "hold",
        "hold",
        "hold",
        "settle",
        "settle",
        "part",
        "release",
        "extend",
        "grant",
        "claw",
        "return",
        "expire",
    ]
    release_all(person)
    with person.acting():
        for number in range(steps):
            move, pick = chance.choice(moves), chance.randrange(1_000)
            hold = opened[pick % len(opened)] if opened else None
            pack = packs[pick % len(packs)] if packs else None
            with suppress(DomainError):
                if move == "hold":
                    opened.append(place(person, 1 + pick % 9))
                elif move == "grant":
                    packs.append(f"pack:{seed}:{number}")
                    actions.grant(source=Source.PURCHASE, tokens=20 + pick % 50, business_key=packs[-1])
                elif move in ("claw", "return") and pack:
                    part = 0 if move == "return" else queries.granted(pack) // (1 + pick % 2)
                    actions.claw(business_key=pack, tokens=part, reason="refund")
                elif move == "expire" and pack:
                    expire = (
                        "UPDATE tokens_bucket SET expires_at = now() WHERE organization_id = %s AND business_key = %s"
                    )
                    by.execute(expire, [person.organization_id, pack])
                    actions.sweep()
                elif move == "extend" and hold:
                    actions.extend(transaction_id=hold, seconds=300, seconds_max=600)
                elif hold:
                    opened.remove(hold)
                    end(hold, move)
        for hold in opened:
            end(hold, chance.choice(["settle", "part", "release"]))
        place(person, 1)


def release_all(person: Person) -> None:
    """End what is open, so that nothing keeps history here."""
    with person.acting():
        for hold in Hold.objects.filter(ended_at=None).order_by("id"):
            actions.release(transaction_id=hold.id)


def end(hold: Any, move: str) -> None:
    if move == "release":
        actions.release(transaction_id=hold)
    else:
        tokens = queries.hold(hold).tokens  # type: ignore[union-attr]
        actions.settle(transaction_id=hold, tokens=tokens if move == "settle" else max(1, tokens // 2))


def before() -> datetime:
    """A day that is as late as allowed."""
    return datetime.now(UTC) - timedelta(days=400)


def detach(person: Person, folder: Path) -> list[history.DetachedPiece]:
    with tenancy.system():
        return list(history.detach(person.organization_id, before=before(), folder=folder))


def breaches(person: Person, files: Path | None = None) -> set[str]:
    """Return what both verifications find in the organization, in short."""
    with person.acting():
        ledger = {f"{each.check.of} {each.check.name}" for each in verify_ledger().findings if each.cases}
        return ledger | {breach.found_by for breach in verify_audit(files).breaches}


def state(person: Person) -> Any:
    with person.acting():
        buckets = Bucket.objects.order_by("business_key").exclude(source=Source.PLAN)
        rows = buckets.values_list("business_key", "remaining", "held", "clawed", "clawed_debt")
        return queries.position(), list(rows)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("events", [9, 10_000])
def test_the_ledger_stays_exact_after_detaching_and_going_on(
    seed: int, events: int, folder: Path, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "EVENTS_A_FILE", events)  # small pieces end in the middle of holds
    twin, person = open_business(), open_business()
    for each in (twin, person):
        work(each, seed=seed, by=superuser)
        age(each, superuser)
    noted()
    assert state(twin) == state(person)
    assert breaches(person) == set()
    pieces = detach(person, folder)
    assert pieces and (len(pieces) == 1) is (events > 1_000)
    assert breaches(person, folder) == set()
    for each in (twin, person):
        work(each, seed=seed, by=superuser, steps=40)
    assert state(twin) == state(person), "what was taken back, repaid or expired long ago still counts"
    assert breaches(person, folder) == set()
    checkpoints.path().unlink()  # to age a chain is to write it anew
    age(person, superuser)
    noted()
    assert detach(person, folder), "again, from the first opening on"
    assert breaches(person, folder) == set()
    work(person, seed=seed + 100, by=superuser, steps=20)
    noted()
    assert breaches(person, folder) == set()


def test_what_leaves_is_in_the_files_and_only_holds_that_are_over_leave(
    old: Person, folder: Path, superuser: psycopg.Connection
) -> None:
    mine = "WHERE organization_id = %s"
    tables = ("audit_event", "tokens_entry", "tokens_hold")
    there = {
        table: {
            row["id"]: row
            for (row,) in superuser.execute(f"SELECT to_jsonb(t) FROM {table} t {mine}", [old.organization_id])
        }
        for table in tables
    }
    [piece] = detach(old, folder)
    left = {
        table: {
            row["id"]
            for (row,) in superuser.execute(f"SELECT to_jsonb(t) FROM {table} t {mine}", [old.organization_id])
        }
        for table in tables
    }
    lines = [json.loads(line) for line in piece.path.read_text().splitlines()]
    assert {each["entry"]["id"] for each in lines if "entry" in each} == set(there["tokens_entry"]) - left[
        "tokens_entry"
    ]
    gone = set(there["tokens_hold"]) - left["tokens_hold"]
    assert {each["hold"]["id"] for each in lines if "hold" in each} == gone
    assert gone and all(there["tokens_hold"][each]["ended_at"] for each in gone)
    open_holds = {each for each, row in there["tokens_hold"].items() if row["ended_at"] is None}
    assert open_holds and open_holds <= left["tokens_hold"]
    assert (piece.entries, piece.holds) == (len(there["tokens_entry"]) - len(left["tokens_entry"]), len(gone))
    stays = [there["audit_event"].get(each, {}).get("kind") for each in sorted(left["audit_event"])]
    assert (stays[0], stays[-1]) == ("hold.placed", None), "from the open hold on; that it was detached is an event"


def test_what_is_young_unread_counted_or_set_aside_stays(folder: Path, superuser: psycopg.Connection) -> None:
    person = open_business()
    work(person, seed=3, by=superuser)
    release_all(person)
    assert detach(person, folder) == [], "all of it is of today"
    age(person, superuser)
    read = "UPDATE audit_reader_position SET seq = seq %s WHERE organization_id = %%s AND reader = 'token alerts'"
    superuser.execute(read % "- 5", [person.organization_id])
    with tenancy.system():
        unread = history.detachable(person.organization_id, before=before())
        superuser.execute(read % "+ 5", [person.organization_id])
        plan = history.detachable(person.organization_id, before=before())
    assert plan and unread and unread.event_seq == plan.event_seq - 5
    superuser.execute(
        "INSERT INTO kernel_set_aside (id, job, item, organization_id, error, place, attempts, may_pass)"
        " SELECT id, 'notify', id::text, organization_id, 'E', 'p', 1, false FROM audit_event"
        " WHERE organization_id = %s AND seq = 4",
        [person.organization_id],
    )
    with tenancy.system():
        aside = history.detachable(person.organization_id, before=before())
    assert aside and aside.event_seq == 3
    superuser.execute("DELETE FROM kernel_set_aside WHERE organization_id = %s", [person.organization_id])
    since = "UPDATE tokens_account SET period_started_at = now() - interval '900 days' WHERE organization_id = %s"
    superuser.execute(since, [person.organization_id])
    assert detach(person, folder) == [], "quotas still count from the period's beginning on"


def test_the_command_says_what_it_would_do_and_does_it_with_yes(
    old: Person, folder: Path, superuser: psycopg.Connection
) -> None:
    day = f"{before():%Y-%m-%d}"
    assert "Nothing was changed" in command("--before", day, "--to", str(folder))
    assert list(folder.iterdir()) == [] and breaches(old) == set()
    with pytest.raises(CommandError, match="Milepost's own chain stays whole"):
        command("--before", day, "--to", str(folder), "--yes", "--organization", str(PLATFORM))
    with pytest.raises(CommandError, match="The last 13 months stay"):
        command("--before", f"{datetime.now(UTC) - timedelta(days=390):%Y-%m-%d}", "--to", str(folder), "--yes")
    with pytest.raises(CommandError, match="is no folder"):
        command("--before", day, "--to", str(folder / "none"), "--yes")
    assert "done, 0 failed" in command("--before", day, "--to", str(folder), "--yes")
    assert str(old.organization_id) in " ".join(each.name for each in folder.iterdir())
    files = set(folder.iterdir())
    command("--before", day, "--to", str(folder), "--yes")
    assert set(folder.iterdir()) == files, "a second run finds nothing"
    out = StringIO()
    call_command("verify_ledger", stdout=out)
    assert "organizations are in detached files; checked from there" in out.getvalue()
    call_command("verify_audit", "--organization", str(old.organization_id), "--files", str(folder), stdout=out)
    assert "events 1 to" in out.getvalue() and "1 files checked" in out.getvalue()


def refused(person: Person, folder: Path, *, yes: bool = True) -> str:
    """Return what the command, or its preview, says that ends with 1 for the organization."""
    arguments = ["--before", f"{before():%Y-%m-%d}", "--to", str(folder), "--organization", str(person.organization_id)]
    err = StringIO()
    with pytest.raises(SystemExit, match="1"):
        call_command("detach_history", *arguments, *["--yes"] * yes, stdout=StringIO(), stderr=err)
    return err.getvalue()


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("detach_history", *arguments, stdout=out, stderr=out)
    return out.getvalue()


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: path.unlink(), "is missing"),
    "a figure changed": (
        lambda path: path.write_text(path.read_text().replace('"held": 1', '"held": 2', 1)),
        "SHA-256",
    ),
    "cut off": (lambda path: os.truncate(path, path.stat().st_size - 2), "SHA-256"),
    "a line added": (lambda path: path.write_text(path.read_text() + "{}\n"), "SHA-256"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_file_is_found(name: str, old: Person, folder: Path) -> None:
    [piece] = detach(old, folder)
    damage, why = DAMAGE[name]
    whole = piece.path.read_bytes()
    damage(piece.path)
    assert not piece.path.exists() or piece.path.read_bytes() != whole
    with old.acting():
        assert verify_audit().breaches == [], "who does not ask for files is told of none"
        [found] = verify_audit(folder).breaches
    assert found.found_by == "file" and why in found.detail


TAMPERING: dict[str, tuple[str, set[str]]] = {
    "a richer opening": (
        "UPDATE audit_opening SET text = replace(text, '\"available\": ', '\"available\": 1') WHERE MINE",
        {"openings signed", "openings sums", "entries running", "signature"},
    ),
    "richer in its lines too": (
        "UPDATE audit_opening SET text = (SELECT jsonb_set(t, '{entries,0,tokens}',"
        " to_jsonb((t #>> '{entries,0,tokens}')::int + 1)) FROM (SELECT text::jsonb AS t) o)::text WHERE MINE",
        {"openings signed", "openings sums", "accounts available_entries", "buckets entries", "signature"},
    ),
    "another hash": (
        "UPDATE audit_opening SET text = jsonb_set(text::jsonb, '{event_hash}', to_jsonb(repeat('0', 64)))::text"
        " WHERE MINE",
        {"openings signed", "signature", "chain"},
    ),
    "another number in the row": (
        "UPDATE audit_opening SET entry_seq = entry_seq - 1 WHERE MINE",
        {"openings signed", "entries gapless", "signature"},
    ),
    "no opening": ("DELETE FROM audit_opening WHERE MINE", {"entries gapless", "chain"}),
    "a signature of somebody else": (
        "UPDATE audit_opening SET signature = repeat('0', 128) WHERE MINE",
        {"openings signed", "signature"},
    ),
}


@pytest.mark.parametrize("name", TAMPERING)
def test_a_tampered_opening_is_found(name: str, old: Person, folder: Path, superuser: psycopg.Connection) -> None:
    detach(old, folder)
    with old.acting():
        place(old, 1)
    statement, expected = TAMPERING[name]
    mine = f"organization_id = '{old.organization_id}'"
    superuser.execute("SET session_replication_role = replica")
    superuser.execute(f"CREATE TEMP TABLE saved AS SELECT * FROM audit_opening WHERE {mine}")
    try:
        superuser.execute(statement.replace("MINE", mine))
        assert breaches(old, folder) >= expected
    finally:
        superuser.execute(f"DELETE FROM audit_opening WHERE {mine}")
        superuser.execute("INSERT INTO audit_opening SELECT * FROM saved")
    assert breaches(old, folder) == set()


def test_a_kill_between_the_file_and_the_deletion_loses_nothing(
    old: Person, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(text: str) -> tuple[str, str]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("audit.proof.sign", killed)
        with pytest.raises(KeyboardInterrupt):
            detach(old, folder)
    [orphan] = folder.iterdir()
    assert orphan.stat().st_mode & 0o777 == 0o600, "nobody else of the machine reads it"
    assert breaches(old, folder) == set()
    with tenancy.system():
        assert not Opening.objects.filter(organization_id=old.organization_id).exists()
    [piece] = detach(old, folder)
    assert piece.path == orphan, "nothing happened since: it is the same file"
    assert breaches(old, folder) == set()


def test_a_file_that_is_not_on_the_disk_deletes_nothing(
    old: Person, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(detached, "_digest", lambda path: "another")
        assert "is not what was written" in refused(old, folder)
    for path in folder.iterdir():
        path.unlink()

    def full(descriptor: int) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert "no space left" in refused(old, folder)
    assert list(folder.iterdir()) == [], "nor is a part of a file left"
    with tenancy.system():
        assert history.detachable(old.organization_id, before=before())


@pytest.mark.parametrize(
    "change",
    [
        {"available": 1_000_000},
        {"sha256": "0" * 64},
        {"event_hash": "0" * 64},
        {"entries": []},
        {"number": 2},
        {"event_seq": 5},
        {"before": "2999-01-01T00:00:00+00:00", "event_seq": 10_000_000},
        {"holds": 0},
    ],
    ids=lambda change: "-".join(change),
)
def test_the_database_refuses_an_opening_that_is_not_what_it_computes(change: dict[str, Any], old: Person) -> None:
    with tenancy.system(), pytest.raises(DatabaseError, match=r"not what the history comes to|is not over"):
        run_batch(Statement("SELECT tokens_detach(%s, 's', 'k', '{}')", [as_opening(old, change)]))
    assert breaches(old) == set()


def as_opening(person: Person, change: dict[str, Any]) -> str:
    """Return what an opening of all that can leave says, but for a change."""
    with tenancy.system():
        plan = history.detachable(person.organization_id, before=before())
        assert plan
        up_to = [person.organization_id, plan.event_seq, plan.entry_seq]
        lines = "SELECT line FROM tokens_history_lines(%s, %s, %s) ORDER BY part, place"
        rows, [(opening,)] = run_batch(
            Statement(lines, up_to), Statement("SELECT tokens_history_opening(%s, %s, %s)::text", up_to)
        )
        content = "".join(f"{line}\n" for (line,) in rows)
        about = {"before": before().isoformat(), "file": "f", "sha256": sha256(content.encode()).hexdigest()}
        right = json.loads(opening) | about
        [[(text,)]] = run_batch(Statement("SELECT %s::jsonb::text", [json.dumps(right | change)]))
    return str(text)


def test_nobody_else_deletes_history(old: Person, folder: Path, superuser: psycopg.Connection) -> None:
    detach(old, folder)
    with old.acting():
        place(old, 1)
    for table in ("audit_event", "tokens_entry", "audit_opening"):
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET organization_id = organization_id"):
            with superuser.transaction(force_rollback=True), pytest.raises(psycopg.errors.RestrictViolation):
                superuser.execute(f"{statement} WHERE organization_id = %s", [old.organization_id])


def test_the_files_and_the_export_are_one_chain(old: Person, folder: Path, tmp_path: Path) -> None:
    [piece] = detach(old, folder)
    with old.acting():
        place(old, 1)
        lines = list(audit.export_lines())
    export = tmp_path / "export.jsonl"
    export.write_text("".join(lines))
    program = [sys.executable, "-I", chain.__file__]
    whole = subprocess.run([*program, str(piece.path), str(export)], capture_output=True, text=True)
    assert "unbroken. Head" in whole.stdout, whole.stderr
    alone = subprocess.run([*program, str(export)], capture_output=True, text=True)
    assert "those before are in other files" in alone.stdout, alone.stderr
    assert whole.stdout[-70:] == alone.stdout[-70:]


def test_customers_are_told_from_when_on_history_is_here(
    folder: Path, superuser: psycopg.Connection, tmp_path: Path
) -> None:
    person = open_business("enterprise")
    work(person, seed=5, by=superuser)
    release_all(person)
    age(person, superuser)
    noted()
    browser = person.browser()
    lists = ("/tokens/ledger", "/audit-events", "/reports/tokens.csv", "/audit-events.ndjson")
    assert all("History-Begins" not in person.get(path).headers for path in lists)
    assert person.get("/audit-events/proof").json()["opening"] is None
    [piece] = detach(person, folder)
    with person.acting():
        place(person, 2)
        began = openings.beginning()
    assert began and began.entries_until
    for path in lists:
        answer = person.get(path)
        assert answer.status_code == 200 and answer.headers["History-Begins"].endswith("Z")
    for page in ("/ledger", "/settings/audit-log"):
        assert "here begins on" in browser.get(page).content.decode()
    until = began.entries_until + timedelta(seconds=1)
    assert person.get("/tokens/balance", at=until.isoformat()).json()["available"] == began.balance
    refused = person.get("/tokens/balance", at=(until - timedelta(days=9)).isoformat())
    assert refused.status_code == 422 and "archive" in refused.json()["errors"][0]["detail"]
    days = {"from": f"{began.entries_until:%Y-%m-%d}", "to": f"{began.entries_until:%Y-%m-%d}"}
    for report in ("tokens", "usage"):
        assert person.get(f"/reports/{report}.pdf", **days).status_code == 200
    lines = map(json.loads, piece.path.read_text().splitlines())
    gone = next(line["hold"]["id"] for line in lines if "hold" in line)
    receipt = browser.get(path_of("receipt", gone))
    assert receipt.status_code == 404 and "in the archive" in receipt.content.decode()
    noted()
    answer = person.get("/audit-events/proof").json()
    assert json.loads(answer["opening"]["text"])["event_seq"] == answer["data"][0]["seq"] - 1
    [published] = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "audit.md").read_text(), re.DOTALL)
    (tmp_path / "verify.py").write_text(published)
    opening, note = answer["opening"], json.loads(answer["checkpoint"]["text"])
    seq, event_hash = (json.loads(opening["text"])[name] for name in ("event_seq", "event_hash"))
    for change, said in (
        ({}, f"as noted at {note['at']} up to event {note['seq']}"),
        ({"opening": {**opening, "signature": "00" * 64}}, "InvalidSignature"),
        ({"checkpoint": signed(note | {"hash": "0" * 64})}, f"BROKEN: event {note['seq']} is not what was noted"),
        ({"checkpoint": signed(note | {"seq": seq, "hash": event_hash})}, f"up to event {seq}"),
        ({"checkpoint": signed(note | {"seq": seq, "hash": "0" * 64})}, f"BROKEN: event {seq} is not what was noted"),
        ({"checkpoint": signed(note | {"seq": seq - 1})}, f"compared with no note: the newest is of event {seq - 1}"),
    ):
        (tmp_path / "page.json").write_text(json.dumps({**answer, **change}))
        program = [sys.executable, "verify.py", proof.public_key(), "page.json"]
        checked = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True)
        assert said in checked.stdout + checked.stderr
        assert (checked.returncode == 0) is ("BROKEN" not in said and "Invalid" not in said)


def signed(note: dict[str, Any]) -> dict[str, Any]:
    """Return a note as a proof has it."""
    text = json.dumps(note)
    return proof.as_signed(text, *proof.sign(text))


@pytest.fixture
def as_owner(old: Person, superuser: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """The database's owner; what was done to the organization is undone at the end."""
    mine = f"organization_id = '{old.organization_id}'"
    tables = ("audit_event", "tokens_entry", "tokens_hold", "tokens_bucket", "tokens_account", "audit_opening")
    for table in tables:
        superuser.execute(f"CREATE TEMP TABLE saved_{table} AS SELECT * FROM {table} WHERE {mine}")
    yield superuser
    superuser.execute("SET session_replication_role = replica")
    for table in tables:
        superuser.execute(f"DELETE FROM {table} WHERE {mine}")
        superuser.execute(f"INSERT INTO {table} SELECT * FROM saved_{table}")
    superuser.execute("RESET session_replication_role")
    assert breaches(old) == set()


EDIT = "UPDATE audit_event SET reason = 'x' WHERE organization_id = 'MINE' AND seq = 3;"
DAMAGED: dict[str, tuple[str, str]] = {
    "an event says something else": (EDIT, "chain"),
    "an event is gone": ("DELETE FROM audit_event WHERE organization_id = 'MINE' AND seq = 3", "chain"),
    "the chain is another": (EDIT + REHASH, "checkpoint"),
    "a balance is another": (
        "UPDATE tokens_entry SET balance_after = balance_after + 1 WHERE organization_id = 'MINE' AND seq = 2",
        "entries running",
    ),
    "an entry is gone": ("DELETE FROM tokens_entry WHERE organization_id = 'MINE' AND seq = 2", "entries gapless"),
    "a hold is another": (
        "UPDATE tokens_hold SET tokens = tokens + 1 WHERE organization_id = 'MINE' AND ended_at IS NOT NULL",
        "holds entries",
    ),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_does_not_leave(name: str, old: Person, folder: Path, as_owner: psycopg.Connection) -> None:
    noted()
    statement, found = DAMAGED[name]
    as_owner.execute("SET session_replication_role = replica")
    as_owner.execute(statement.replace("MINE", str(old.organization_id)))
    there = counts(old, as_owner)
    assert found in breaches(old)
    previewed = refused(old, folder, yes=False)
    assert "would be refused" in previewed and "Nothing leaves" in previewed
    assert as_owner.execute("SELECT FROM kernel_set_aside WHERE job = 'detach_history'").fetchall() == []
    said = refused(old, folder)
    assert previewed.partition("refused: ")[2] == said.partition("here: ")[2], "for the same reason"
    assert "Nothing leaves" in said
    assert counts(old, as_owner) == there and list(folder.iterdir()) == []
    assert found in breaches(old), "it is still reported"
    aside = "SELECT item FROM kernel_set_aside WHERE job = 'detach_history'"
    assert as_owner.execute(aside).fetchall() == [(str(old.organization_id),)], "staff are alerted"


def test_what_was_refused_leaves_when_it_is_mended(old: Person, folder: Path, superuser: psycopg.Connection) -> None:
    change = "UPDATE tokens_entry SET balance_after = balance_after %s WHERE organization_id = '%s' AND seq = 2"
    superuser.execute("SET session_replication_role = replica")
    superuser.execute(change % ("+ 1", old.organization_id))
    refused(old, folder)
    superuser.execute(change % ("- 1", old.organization_id))
    command(
        "--before", f"{before():%Y-%m-%d}", "--to", str(folder), "--yes", "--organization", str(old.organization_id)
    )
    assert superuser.execute("SELECT FROM kernel_set_aside WHERE job = 'detach_history'").fetchall() == []
    assert breaches(old, folder) == set()


@pytest.mark.parametrize("table", ["audit_event", "tokens_entry"])
def test_the_database_refuses_to_detach_what_has_gaps(table: str, old: Person, as_owner: psycopg.Connection) -> None:
    as_owner.execute("SET session_replication_role = replica")
    as_owner.execute(f"DELETE FROM {table} WHERE organization_id = %s AND seq = 3", [old.organization_id])
    there = counts(old, as_owner)
    with tenancy.system(), pytest.raises(DatabaseError, match="this history has gaps"):
        run_batch(Statement("SELECT tokens_detach(%s, 's', 'k', '{}')", [as_opening(old, {})]))
    assert counts(old, as_owner) == there


def counts(person: Person, by: psycopg.Connection) -> list[int]:
    """Return how many events, entries, holds and openings there are."""
    tables = ("audit_event", "tokens_entry", "tokens_hold", "audit_opening")
    mine = f"organization_id = '{person.organization_id}'"
    return [by.execute(f"SELECT count(*) FROM {table} WHERE {mine}").fetchone()[0] for table in tables]  # type: ignore[index]


@pytest.mark.parametrize("ending", ["release", "settle", "part"])
def test_an_open_hold_keeps_what_its_end_needs(ending: str, folder: Path, superuser: psycopg.Connection) -> None:
    person = open_business()
    work(person, seed=7, by=superuser, steps=20)
    release_all(person)
    with person.acting():
        hold = place(person, 7)
        end(place(person, 3), "settle")
        end(place(person, 2), "release")
    age(person, superuser)
    placed = "SELECT min(seq) FROM tokens_entry WHERE organization_id = %s AND transaction_id = %s"
    [(first,)] = superuser.execute(placed, [person.organization_id, hold]).fetchall()
    detach(person, folder)
    with tenancy.system():
        opening = openings.newest(person.organization_id)
    assert opening and opening.entry_seq == first - 1, "all before it left, and nothing else"
    with person.acting():
        position = queries.position()
        end(hold, ending)
        after = queries.position()
    charged = {"release": 0, "settle": 7, "part": 3}[ending]
    assert (after.available, after.held) == (position.available + 7 - charged, 0)
    assert breaches(person, folder) == set()
    age(person, superuser)
    assert detach(person, folder), "it is over"
    assert breaches(person, folder) == set()


def test_milepost_s_own_chain_never_leaves(superuser: psycopg.Connection) -> None:
    with superuser.transaction(force_rollback=True):
        superuser.execute("SELECT audit_append_to(%s, 'user.erased', '{}', '{}', '')", [PLATFORM])
        superuser.execute("SET LOCAL session_replication_role = replica")
        older = "UPDATE audit_event SET created_at = created_at - interval '900 days' WHERE organization_id = %s"
        superuser.execute(older, [PLATFORM])
        superuser.execute("DELETE FROM kernel_set_aside")
        superuser.execute("UPDATE audit_reader_position SET seq = 1000000 WHERE organization_id = %s", [PLATFORM])
        if superuser.execute("SELECT FROM audit_reader_position WHERE organization_id = %s", [PLATFORM]).rowcount == 0:
            superuser.execute(
                "INSERT INTO audit_reader_position (reader, organization_id, seq) VALUES ('r', %s, 1000000)",
                [PLATFORM],
            )
        end_of = "SELECT event_seq, entry_seq FROM tokens_history_end(%s, now() - interval '1 day', 1000000)"
        assert superuser.execute(end_of, [PLATFORM]).fetchall() == [(None, None)]


def test_a_forged_opening_is_never_noted(old: Person, as_owner: psycopg.Connection, caplog: Any) -> None:
    noted()
    text = as_opening(old, {})
    up_to = json.loads(text)["event_seq"]
    with as_owner.transaction():  # the owner can: what the triggers let through is what an opening covers
        forge(old, as_owner, text)
        as_owner.execute(
            "DELETE FROM audit_event WHERE organization_id = %s AND seq <= %s", [old.organization_id, up_to]
        )
    with old.acting():
        place(old, 1)
    noted_before = checkpoints.newest_of(old.organization_id)
    noted()
    assert checkpoints.newest_of(old.organization_id) == noted_before, "no checkpoint blesses it"
    assert f"the audit chain of {old.organization_id} cannot be trusted: opening 1 is not signed" in caplog.text
    assert {"signature", "openings signed"} <= breaches(old)


def forge(person: Person, by: psycopg.Connection, text: str) -> None:
    """Insert an opening that says so, signed by nobody we know."""
    says = json.loads(text)
    by.execute(
        "INSERT INTO audit_opening"
        " (id, organization_id, number, event_seq, entry_seq, text, signature, key, created_at)"
        " VALUES (uuidv7(), %s, 1, %s, %s, %s, %s, 'unknown1', transaction_timestamp())",
        [person.organization_id, says["event_seq"], says["entry_seq"], text, "0" * 128],
    )


def test_a_temporary_table_is_no_opening(old: Person, superuser: psycopg.Connection) -> None:
    with superuser.transaction(force_rollback=True):
        superuser.execute(
            "CREATE TEMP TABLE audit_opening AS SELECT %s::uuid AS organization_id,"
            " transaction_timestamp() AS created_at, 1000::bigint AS event_seq, 1000::bigint AS entry_seq",
            [old.organization_id],
        )
        with pytest.raises(psycopg.errors.RestrictViolation):
            superuser.execute("DELETE FROM audit_event WHERE organization_id = %s", [old.organization_id])


@pytest.mark.parametrize(
    ("change", "damage", "why"),
    [
        ("key = 'unknown1'", False, ""),
        ("key = 'unknown1'", True, "is missing"),
        ("text = '{}'", False, "cannot be compared"),
        ("text = '[]'", False, "cannot be compared"),
    ],
)
def test_the_file_of_an_opening_that_no_known_key_signed_is_checked_too(
    change: str, damage: bool, why: str, old: Person, folder: Path, superuser: psycopg.Connection
) -> None:
    [piece] = detach(old, folder)
    superuser.execute("SET session_replication_role = replica")
    superuser.execute(
        f"CREATE TEMP TABLE saved AS SELECT * FROM audit_opening WHERE organization_id = '{old.organization_id}'"
    )
    superuser.execute(f"UPDATE audit_opening SET {change} WHERE organization_id = %s", [old.organization_id])
    if damage:
        piece.path.unlink()
    with old.acting():
        found = {breach.found_by: breach.detail for breach in verify_audit(folder).breaches}
    superuser.execute("DELETE FROM audit_opening WHERE organization_id = %s", [old.organization_id])
    superuser.execute("INSERT INTO audit_opening SELECT * FROM saved")
    assert "not signed" in found["signature"]
    assert ("file" in found) is bool(why) and why in found.get("file", "")


# Openings are signed anew, and nothing leaves under an export.


@contextmanager
def leaked(settings: Any) -> Iterator[str]:
    """Have another SECRET_KEY inside, and the old one left out; yield the old one's id."""
    old_key = settings.SECRET_KEY
    settings.SECRET_KEY = "another key that nobody knows, of more than fifty characters"
    try:
        yield key_id(old_key)
    finally:
        settings.SECRET_KEY = old_key


def sign_openings(key: str, folder: Path, *also: str) -> tuple[str, bool]:
    """Return what the command says, and whether it ends well."""
    out = StringIO()
    try:
        call_command("sign_openings", "--key", key, "--files", str(folder), *also, stdout=out, stderr=out)
    except SystemExit:
        return out.getvalue(), False
    return out.getvalue(), True


def test_openings_of_a_leaked_key_are_signed_anew(
    old: Person, folder: Path, settings: Any, as_owner: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "EVENTS_A_FILE", 9)
    pieces = len(detach(old, folder))
    assert pieces > 2
    mine = ("--organization", str(old.organization_id))
    with leaked(settings) as key:
        unsigned = breaches(old, folder)
        assert unsigned == {"signature", "openings signed"}
        said, well = sign_openings(key, folder, *mine)
        assert well and f"{pieces} openings would be signed anew. Nothing was changed" in said
        assert breaches(old, folder) == unsigned
        assert sign_openings(key, folder, *mine, "--yes") == (
            f"0 organizations refused; {pieces} openings signed anew.\n",
            True,
        )
        assert breaches(old, folder) == set()
        kinds = "SELECT kind FROM audit_event WHERE organization_id = %s ORDER BY seq DESC LIMIT 1"
        assert as_owner.execute(kinds, [old.organization_id]).fetchone() == ("audit.opening_signed",)
        assert "; 0 openings signed anew" in sign_openings(key, folder, *mine, "--yes")[0]
        with pytest.raises(CommandError, match="the present SECRET_KEY"):
            sign_openings(key_id(settings.SECRET_KEY), folder)


SAYS = "UPDATE audit_opening SET text = (text::jsonb || '{}')::text WHERE organization_id = 'MINE'"
UNTRUE: dict[str, tuple[str, str]] = {
    "more is available": (SAYS.replace("{}", '{"available": 1000000}'), "verify_ledger finds a breach"),
    "a bucket has more": (
        'UPDATE audit_opening SET text = replace(text, \'"kind": "grant"\', \'"kind": "adjust"\')'
        " WHERE organization_id = 'MINE'",
        "what its files come to: entries",
    ),
    "fewer holds left": (SAYS.replace("{}", '{"holds": 0}'), "what its files come to: holds"),
    "it begins elsewhere": (SAYS.replace("{}", '{"event_seq": 3}'), "says something else than its row"),
    "its hash is another": (SAYS.replace("{}", '{"event_hash": "' + "0" * 64 + '"}'), "the events end here"),
    "it says nothing": (
        "UPDATE audit_opening SET text = '[]' WHERE organization_id = 'MINE'",
        "verify_ledger finds a breach",
    ),
    "its key is known": (
        "UPDATE audit_opening SET signature = 'x', key = 'KNOWN' WHERE organization_id = 'MINE'",
        "names",
    ),
    "what is here is damaged": (
        "UPDATE audit_event SET reason = 'x' WHERE organization_id = 'MINE' AND kind = 'hold.placed'",
        "",
    ),
}


@pytest.mark.parametrize("name", [*UNTRUE, "its file is away"])
def test_what_the_files_do_not_say_is_not_signed(
    name: str, old: Person, folder: Path, settings: Any, as_owner: psycopg.Connection
) -> None:
    [piece] = detach(old, folder)
    statement, why = UNTRUE.get(name, ("SELECT 1", "is missing"))
    if name == "its file is away":
        piece.path.unlink()
    with leaked(settings) as key:
        as_owner.execute("SET session_replication_role = replica")
        known = key_id(settings.SECRET_KEY)
        as_owner.execute(statement.replace("MINE", str(old.organization_id)).replace("KNOWN", known))
        signatures = "SELECT signature, key FROM audit_opening WHERE organization_id = %s"
        there = as_owner.execute(signatures, [old.organization_id]).fetchall()
        said, well = sign_openings(key, folder, "--organization", str(old.organization_id), "--yes")
        assert not well and "refused, nothing of it is signed" in said and why in said
        assert as_owner.execute(signatures, [old.organization_id]).fetchall() == there


def test_of_an_opening_only_the_signature_changes(old: Person, folder: Path, superuser: psycopg.Connection) -> None:
    detach(old, folder)
    mine = [old.organization_id]
    for change in ("text = text || ' ', signature = 'x'", "number = 7, signature = 'x'", "key = 'x'"):
        with superuser.transaction(force_rollback=True), pytest.raises(psycopg.errors.RestrictViolation):
            superuser.execute(f"UPDATE audit_opening SET {change} WHERE organization_id = %s", mine)
    call = Statement("SELECT audit_sign_opening(%s, '{}', 's', 'k', '{}')", mine)
    with tenancy.system(), pytest.raises(DatabaseError, match="no opening says this"):
        run_batch(call)
    with tenancy.request(), old.acting(), pytest.raises(DatabaseError, match="permission denied"):
        run_batch(call)


@pytest.mark.parametrize("kind", ["audit.exported", "organization.exported"])
def test_nothing_leaves_while_somebody_takes_the_data_out(
    kind: str, old: Person, folder: Path, superuser: psycopg.Connection
) -> None:
    with old.acting(), transaction():
        record(AuditExported() if kind == "audit.exported" else OrganizationExported(user=old.user.pk))
    assert detach(old, folder) == []
    age(old, superuser)
    assert detach(old, folder), "an hour later it may"


def test_an_export_that_begins_while_history_leaves_is_whole(
    old: Person, folder: Path, superuser: psycopg.Connection
) -> None:
    waits = (
        "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )

    def leave() -> None:
        try:
            detach(old, folder)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with old.acting(), serialized():
            leaving = pool.submit(leave)
            until(lambda: superuser.execute(waits).rowcount > 0)
            record(AuditExported())
        with pytest.raises(DatabaseError, match="somebody exports this history"):
            leaving.result()
    with old.acting():
        first = json.loads(next(audit.export_lines()))
    assert first["seq"] == 1, "everything is still here"
