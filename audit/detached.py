"""Files of detached history: written once, compared with their openings ever after.

A file has a line of JSON for each event, `{"seq", "event", "hash"}` as in a proof, then for each ledger entry and for
each hold that was over. Its name is the organization, the opening's number and the first characters of its SHA-256.
"""

import os
from collections.abc import Iterator, Mapping
from hashlib import file_digest, sha256
from pathlib import Path

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

    A kill leaves the whole file, or one whose name ends in `.part`, which nothing reads.
    """
    part = path.with_name(f"{path.name}.{uuid7().hex}.part")
    with part.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
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
    says = opening.says
    path = folder / Path(str(says["file"])).name
    if not path.is_file():
        return f"{path.name} is missing"
    if _digest(path) != says["sha256"]:
        return f"{path.name} was changed: its SHA-256 is not the opening's"
    start = Chain(before.event_seq, before.says["event_hash"]) if before else chain.NOTHING
    mine = {seq: value for seq, value in noted.items() if start.events < seq <= opening.event_seq}
    try:
        found = chain.verify(_events(path), noted=mine, start=start)
    except ChainBroken as broken:
        return f"{path.name}, {broken}"
    if found != Chain(opening.event_seq, says["event_hash"]):
        return f"{path.name} ends at event {found.events}, not at the opening's"
    return ""


def _events(path: Path) -> Iterator[tuple[int, str, str]]:
    with path.open(encoding="utf-8") as lines:
        yield from chain.read(lines)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
