"""Files of detached history: written once, compared with their openings ever after.

A file has a line of JSON for each event, `{"seq", "event", "hash"}` as in a proof, then for each ledger entry and for
each hold that was over. Its name is the organization, the opening's number and the first characters of its SHA-256.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from audit import chain
from audit.chain import Chain, ChainBroken
from audit.models import Opening
from saas.kernel.ids import uuid7

HASH_CHARACTERS = 12
"""How many of the SHA-256's are in the name: a file never takes the place of another one."""


class FileDamaged(RuntimeError):
    """What was written is not what is on the disk."""


def name_of(organization: str, number: int, digest: str) -> str:
    """Return the name of a file."""
    return f"{organization}-{number}-{digest[:HASH_CHARACTERS]}.jsonl"


def write(path: Path, content: bytes) -> None:
    """Write a file so that it is whole and on the disk, and read it again; raise FileDamaged or OSError.

    Its owner alone may read it. A kill leaves the whole file, or one whose name ends in `.part`, which nothing reads.
    """
    part = path.with_name(f"{path.name}.{uuid7().hex}.part")
    try:
        with open(part, "xb", opener=_private) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    if _digest(path) != sha256(content).hexdigest():
        raise FileDamaged(f"{path} is not what was written")


def breach(folder: Path, opening: Opening, before: Opening | None, noted: Mapping[int, str]) -> str:
    """Return what is wrong with the file of an opening, or "".

    `noted` are hashes of the chain that were noted in checkpoints, by the event's number.
    """
    try:
        says, start = opening.says, begin_of(before)
        path = folder / Path(str(says["file"])).name
        if not path.is_file():
            return f"{path.name} is missing"
        if _digest(path) != says["sha256"]:
            return f"{path.name} was changed: its SHA-256 is not the opening's"
        require_chain(_events(path), start=start, end=Chain(opening.event_seq, says["event_hash"]), noted=noted)
    except ChainBroken as broken:
        return f"{path.name}, {broken}"
    except (ValueError, KeyError, TypeError):
        # Only of one that nobody of ours signed, which is a breach of its own.
        return f"the file of opening {opening.number} cannot be compared: the opening does not say what one says"
    return ""


def read(folder: Path, opening: Opening) -> Iterator[dict[str, Any]]:
    """Return the lines of an opening's file, an event's text as what it says."""
    with (folder / Path(str(opening.says["file"])).name).open(encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            yield {**line, "event": json.loads(line["event"])} if "event" in line else line


def begin_of(opening: Opening | None) -> Chain:
    """Return what the chain goes on from after an opening; from nothing where there is none."""
    return Chain(opening.event_seq, opening.says["event_hash"]) if opening else chain.NOTHING


def require_chain(
    events: Iterable[tuple[int, str, str]], *, start: Chain, end: Chain, noted: Mapping[int, str]
) -> None:
    """Raise ChainBroken unless the events lead from `start` to `end`, past what was noted in between."""
    between = {seq: value for seq, value in noted.items() if start.events < seq <= end.events}
    if (found := chain.verify(events, noted=between, start=start)) != end:
        raise ChainBroken(found.events, f"the events end here, and not with event {end.events} of the opening")


def _events(path: Path) -> Iterator[tuple[int, str, str]]:
    with path.open(encoding="utf-8") as lines:
        yield from chain.read(lines)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
