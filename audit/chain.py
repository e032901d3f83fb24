"""Verify an exported chain of events. Needs Python and this file, nothing else of Milepost.

    python3 chain.py export.jsonl [SEQ=HASH ...]

Each line of the export is {"seq": 1, "event": "<the exact text>", "hash": "<hex>"}, from event 1 on. An
event's hash is sha256(the hash before it + its text). Hashes alone show edits; that nothing was cut off or
written anew is shown by comparing with a hash that was noted earlier, outside of the database.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path


@dataclass(frozen=True)
class Chain:
    """A sound chain: how many events it has, and the hash that covers them all."""

    events: int
    head: str


class ChainBroken(Exception):
    """A chain of events does not verify from event `seq` on."""

    def __init__(self, seq: int, why: str) -> None:
        super().__init__(f"event {seq}: {why}")
        self.seq = seq


def verify(events: Iterable[tuple[int, str, str]], *, noted: Mapping[int, str] | None = None) -> Chain:
    """Check (seq, text, hash) from event 1 on, and against the hashes `noted` earlier; raise ChainBroken."""
    head, count, organizations = b"", 0, set()
    missing = dict(noted or {})
    for count, (seq, text, claimed) in enumerate(events, start=1):
        event = json.loads(text)
        organizations.add(event["organization"])
        head = sha256(head + text.encode()).digest()
        if not seq == event["seq"] == count or len(organizations) > 1:
            raise ChainBroken(count, "an event is missing, added, or out of its place")
        if head.hex() != claimed:
            raise ChainBroken(count, "the text is not what was hashed")
        if missing.pop(count, claimed) != claimed:
            raise ChainBroken(count, "the hash is not what was noted")
    if missing:
        raise ChainBroken(count + 1, "events that were noted are missing at the end")
    return Chain(count, head.hex())


def read(lines: Iterable[str]) -> Iterator[tuple[int, str, str]]:
    """Return the events of an export's lines."""
    for line in lines:
        event = json.loads(line)
        yield event["seq"], event["event"], event["hash"]


def main(path: str, *noted: str) -> None:
    """Check the export at `path`, print what it is, and exit with 1 when it is broken."""
    known = {int(seq): value for seq, _, value in (note.partition("=") for note in noted)}
    with Path(path).open(encoding="utf-8") as lines:
        try:
            chain = verify(read(lines), noted=known)
        except ChainBroken as broken:
            sys.exit(f"BROKEN at {broken}")
    sys.stdout.write(f"{chain.events} events, unbroken. Head {chain.head}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
