"""The chain is tamper-evident: six attacks by the database's owner, each found; an export proves itself."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.core.management import call_command

from audit import chain, checkpoints, queries
from audit.tasks import checkpoint
from audit.verification import verify
from saas.kernel.transactions import transaction
from tests.audit.raw_events import append

pytestmark = [pytest.mark.fast, pytest.mark.own_database]


Attack = Callable[[psycopg.Connection, UUID], None]


@pytest.fixture
def notes(settings: Any, tmp_path: Path) -> Path:
    """The file of checkpoints, this test's own."""
    settings.AUDIT_CHECKPOINTS = tmp_path / "deep" / "checkpoints.jsonl"
    return Path(settings.AUDIT_CHECKPOINTS)


@pytest.fixture
def history(alice: Any, notes: Path) -> Any:
    """Alice's organization with a few events, noted by the hour's checkpoint, and two since."""
    record_titles(alice, "flour", "Größe “L”", "no")
    checkpoint()
    record_titles(alice, "sugar", "salt")
    return alice


def record_titles(person: Any, *titles: str) -> None:
    """Append an event for each title."""
    with person.acting(), transaction():
        for title in titles:
            append("goal.created", {"title": title, "amount": "1.50", "id": uuid4()}, reason="a\nreason")


@pytest.fixture
def as_owner(history: Any, superuser: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """The database's owner with all triggers off; what was done to the organization is undone at the end."""
    mine = f"organization_id = '{history.organization_id}'"
    tables = ("audit_event", "tokens_account")
    superuser.execute("SET session_replication_role = replica")
    for table in tables:
        superuser.execute(f"CREATE TEMP TABLE saved_{table} AS SELECT * FROM {table} WHERE {mine}")
    yield superuser
    for table in tables:
        superuser.execute(f"DELETE FROM {table} WHERE {mine}")
        superuser.execute(f"INSERT INTO {table} SELECT * FROM saved_{table}")


def edit(owner: psycopg.Connection, mine: UUID) -> None:
    owner.execute("UPDATE audit_event SET reason = 'another' WHERE organization_id = %s AND seq = 3", [mine])


def delete(owner: psycopg.Connection, mine: UUID) -> None:
    owner.execute("DELETE FROM audit_event WHERE organization_id = %s AND seq = 3", [mine])


def swap(owner: psycopg.Connection, mine: UUID) -> None:
    for old, new in ((2, -3), (3, 2), (-3, 3)):
        owner.execute("UPDATE audit_event SET seq = %s WHERE organization_id = %s AND seq = %s", [new, mine, old])


def cut_off(owner: psycopg.Connection, mine: UUID) -> None:
    owner.execute("DELETE FROM audit_event WHERE organization_id = %s AND seq > 3", [mine])
    owner.execute(
        "UPDATE audit_chain_head SET seq = 3, hash = (SELECT hash FROM audit_event"
        " WHERE organization_id = %(mine)s AND seq = 3) WHERE organization_id = %(mine)s",
        {"mine": mine},
    )


def rewrite(owner: psycopg.Connection, mine: UUID) -> None:
    edit(owner, mine)
    rehash(owner, mine)


def insert(owner: psycopg.Connection, mine: UUID) -> None:
    owner.execute("UPDATE audit_event SET seq = -seq - 1 WHERE organization_id = %s AND seq > 2", [mine])
    owner.execute("UPDATE audit_event SET seq = -seq WHERE organization_id = %s AND seq < 0", [mine])
    owner.execute(
        "INSERT INTO audit_event SELECT %s, organization_id, 3, kind, created_at, actor, 'new', data, hash"
        " FROM audit_event WHERE organization_id = %s AND seq = 2",
        [uuid4(), mine],
    )
    rehash(owner, mine)


def rehash(owner: psycopg.Connection, mine: UUID) -> None:
    """Write all hashes anew, the head's too."""
    owner.execute(
        """
        DO $$ DECLARE v record; v_hash bytea := ''; BEGIN
        FOR v IN SELECT * FROM audit_event WHERE organization_id = 'MINE' ORDER BY seq LOOP
            v_hash := sha256(v_hash || convert_to(audit_canonical(
                v.organization_id, v.seq, v.id, v.kind, v.created_at, v.actor, v.reason, v.data), 'UTF8'));
            UPDATE audit_event SET hash = v_hash WHERE id = v.id;
            UPDATE audit_chain_head SET seq = v.seq, hash = v_hash WHERE organization_id = 'MINE';
        END LOOP; END $$
        """.replace("MINE", str(mine))
    )


@pytest.mark.parametrize(
    ("attack", "found_by"),
    [
        (edit, "chain"),
        (delete, "chain"),
        (swap, "chain"),
        (cut_off, "checkpoint"),
        (rewrite, "checkpoint"),
        (insert, "checkpoint"),
    ],
)
def test_every_attack_is_found(
    attack: Attack,
    found_by: str,
    history: Any,
    as_owner: psycopg.Connection,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with history.acting():
        assert verify().breaches == []
    attack(as_owner, history.organization_id)
    with history.acting():
        assert {breach.found_by for breach in verify().breaches} == {found_by}
    with pytest.raises(SystemExit, match="1"):
        call_command("verify_audit", "--organization", str(history.organization_id))
    if found_by == "checkpoint":
        checkpoint()
        assert f"{history.organization_id} contradicts" in caplog.text, "a new note must not bless the new history"


def test_a_head_without_its_events_is_found(history: Any, as_owner: psycopg.Connection) -> None:
    as_owner.execute("DELETE FROM audit_event WHERE organization_id = %s", [history.organization_id])
    with history.acting():
        assert {breach.found_by for breach in verify().breaches} == {"chain", "checkpoint"}


def test_a_note_that_nobody_signed_is_found(history: Any, notes: Path) -> None:
    line = json.loads(notes.read_text().splitlines()[0])
    line["note"]["seq"] += 1
    with notes.open("a") as file:
        file.write(json.dumps(line) + "\n" + "no note at all\n")
    found = [note for note in checkpoints.read() if isinstance(note, checkpoints.UnreadableLine)]
    assert len(found) == 2


def test_chains_are_noted_when_they_moved_and_a_torn_line_does_no_harm(history: Any, notes: Path) -> None:
    checkpoint()
    with notes.open("a") as file:
        file.write('{"note": {"seq"')
    assert checkpoint() == 0
    record_titles(history, "yeast")
    checkpoint()
    mine = [note for note in checkpoints.read() if note.organization == history.organization_id]  # type: ignore[union-attr]
    assert [note.seq - mine[0].seq for note in mine] == [0, 2, 3]  # type: ignore[union-attr]
    with history.acting():
        assert verify().breaches == []


def test_an_export_proves_itself_to_a_stranger(history: Any, tmp_path: Path) -> None:
    with history.acting():
        events = list(queries.export())
        newest = queries.events()[0]
    sound = chain.verify(events, noted={3: events[2][2]})
    assert (sound.events, sound.head) == (newest.seq, bytes(newest.hash).hex())

    file = tmp_path / "export.jsonl"
    lines = [json.dumps({"seq": seq, "event": text, "hash": value}) for seq, text, value in events]
    file.write_text("\n".join(lines))
    check = [sys.executable, "-I", chain.__file__, str(file)]
    assert sound.head in subprocess.run(check, check=True, capture_output=True, text=True).stdout
    file.write_text("\n".join(lines[:-1]))
    cut = subprocess.run([*check, f"{sound.events}={sound.head}"], capture_output=True, text=True)
    assert cut.returncode == 1
    assert "missing at the end" in cut.stderr


@pytest.mark.parametrize(
    ("tamper", "seq"),
    [
        (
            lambda e: [
                *e[:2],
                (e[2][0], e[2][1].replace("flour", "bread").replace("pro", "PRO"), e[2][2]),
                *e[3:],
            ],
            3,
        ),
        (lambda e: [*e[:2], *e[3:]], 3),
        (lambda e: [e[1], e[0], *e[2:]], 1),
        (lambda e: e[1:], 1),
    ],
)
def test_an_export_that_was_tampered_with_names_the_event(
    tamper: Callable[[list[Any]], list[Any]], seq: int, history: Any
) -> None:
    with history.acting():
        events = list(queries.export())
    with pytest.raises(chain.ChainBroken) as broken:
        chain.verify(tamper(events))
    assert broken.value.seq == seq


def test_an_export_can_be_read_after_its_request(history: Any) -> None:
    with history.acting():
        download = queries.export()
    assert chain.verify(download).events > 5
