"""Signed notes of how far each chain has come, in a file outside of the database.

Note [Why notes outside]
    A chain without a signature shows an edited event, but whoever owns the database can cut its end off, or
    write history anew with all hashes. So every hour each chain's length and hash are noted here, signed
    with a key of SECRET_KEY, which the database does not know: an earlier note contradicts the new history.
    The file must be where the database's owner cannot write; who could rewrite both and knows the key is
    caught by a copy kept elsewhere only. What happened since the last note is covered by the next one.
"""

import fcntl
import json
import mmap
import os
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer

from saas.kernel.secret_keys import ID_CHARACTERS, key_id, secret_keys


@dataclass(frozen=True)
class Checkpoint:
    """An organization's chain had `seq` events and the hash (hex) `hash` at an instant."""

    organization: UUID
    seq: int
    hash: str
    at: str


@dataclass(frozen=True)
class UnreadableLine:
    """A line of the file that no key of ours has signed; `key` is the one it names, "" where it names none."""

    line: int
    key: str = ""


def _signer(key: str) -> Signer:
    return Signer(key=key, salt="audit.checkpoint", fallback_keys=[])


def as_line(checkpoint: Checkpoint) -> bytes:
    """Return the checkpoint with its signature, and the id of the key that made it, as a line of JSON."""
    note, key = _as_note(checkpoint), secret_keys()[0]
    signature = _signer(key).signature(_text(note))
    return json.dumps({"note": note, "signature": signature, "key": key_id(key)}).encode() + b"\n"


def as_text(checkpoint: Checkpoint) -> str:
    """Return the checkpoint as the text that is signed."""
    return _text(_as_note(checkpoint))


def _as_note(checkpoint: Checkpoint) -> dict[str, Any]:
    return asdict(checkpoint) | {"organization": str(checkpoint.organization)}


def _text(note: dict[str, Any]) -> str:
    return json.dumps(note, sort_keys=True)


def _from_line(number: int, line: bytes) -> Checkpoint | UnreadableLine:
    try:
        signed = json.loads(line)
        note, named = signed["note"], signed.get("key", "")
        text = f"{_text(note)}:{signed['signature']}"
    except (ValueError, KeyError, TypeError, AttributeError):
        return UnreadableLine(number)
    if not any(_has_signed(key, text) for key in secret_keys() if named in ("", key_id(key))):
        return UnreadableLine(number, str(named)[:ID_CHARACTERS])
    return Checkpoint(UUID(note["organization"]), note["seq"], note["hash"], note["at"])


def _has_signed(key: str, text: str) -> bool:
    try:
        _signer(key).unsign(text)
    except BadSignature:
        return False
    return True


def path() -> Path:
    """Return where the notes are: settings.AUDIT_CHECKPOINTS."""
    return Path(settings.AUDIT_CHECKPOINTS)


def read() -> Iterator[Checkpoint | UnreadableLine]:
    """Return every note, oldest first, signature checked; none when there is no file yet."""
    if path().exists():
        with path().open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            yield from (_from_line(number, line) for number, line in enumerate(_whole_lines(file), start=1))


def newest_of(organization_id: UUID) -> Checkpoint | None:
    """Return the newest note of one chain, signature checked."""
    with closing(of(organization_id)) as notes:
        return next(notes, None)


def of(organization_id: UUID) -> Generator[Checkpoint, None, None]:
    """Return the notes of one chain, the newest first, signatures checked; searched from the file's end."""
    if not path().exists() or path().stat().st_size == 0:
        return
    with path().open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
            yield from _notes_from_the_end(text, str(organization_id).encode())


def _notes_from_the_end(text: mmap.mmap, organization_id: bytes) -> Iterator[Checkpoint]:
    end = text.rfind(b"\n") + 1
    while (place := text.rfind(organization_id, 0, end)) >= 0:
        start = text.rfind(b"\n", 0, place) + 1
        match _from_line(0, text[start : text.find(b"\n", place)]):
            case Checkpoint() as note:
                yield note
        end = start


def _whole_lines(file: IO[bytes]) -> Iterator[bytes]:
    """Return the complete lines, without one that a power failure left half written."""
    return (line for line in file if line.endswith(b"\n"))


@contextmanager
def writing() -> Iterator["Notes"]:
    """Hold the lock under which notes are added, until the block ends."""
    path().parent.mkdir(parents=True, exist_ok=True)
    with path().open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield Notes(file)


@dataclass(frozen=True)
class Notes:
    """The file of notes, locked."""

    file: IO[bytes]

    def newest(self) -> dict[UUID, Checkpoint]:
        """Return the newest note of each chain; cut off a half written line, or it would spoil the next."""
        self.file.seek(0)
        found, end = {}, 0
        for line in _whole_lines(self.file):
            end += len(line)
            match _from_line(0, line):
                case Checkpoint() as note:
                    found[note.organization] = note
        self.file.truncate(end)
        return found

    def add(self, checkpoints: Iterable[Checkpoint]) -> None:
        """Append notes, safely on disk when this returns."""
        self.file.write(b"".join(map(as_line, checkpoints)))
        self.file.flush()
        os.fsync(self.file.fileno())
