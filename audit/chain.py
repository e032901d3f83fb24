"""Verify an exported chain of events. Needs Python and this file, nothing else of Milepost.

    python3 chain.py [detached.jsonl ...] export.jsonl [SEQ=HASH ...]

Each line of the export is {"seq": 1, "event": "<the exact text>", "hash": "<hex>"}, from event 1 on. An
event's hash is sha256(the hash before it + its text). Hashes alone show edits; that nothing was cut off or
written anew is shown by comparing with a hash that was noted earlier, outside of the database.

Where older events were moved into files, the export's first line is {"opening": {...}}, and the chain is checked from
there; with these files before it, it is checked from event 1. Lines about anything but events are passed over.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

NOTE = re.compile("[0-9]{1,19}=[0-9a-f]{1,64}")


@dataclass(frozen=True)
class Chain:
    """A sound chain: how many events it has, and the hash that covers them all."""

    events: int
    head: str


NOTHING = Chain(0, "")
"""What a chain that is whole begins from."""


class ChainBroken(Exception):
    """A chain of events does not verify from event `seq` on."""

    def __init__(self, seq: int, why: str) -> None:
        super().__init__(f"event {seq}: {why}")
        self.seq = seq


def verify(
    events: Iterable[tuple[int, str, str]], *, noted: Mapping[int, str] | None = None, start: Chain = NOTHING
) -> Chain:
    """Check (seq, text, hash) from the event after `start` on, and against the hashes `noted` earlier.

    Raise ChainBroken. Notes of events up to `start` cannot be compared.
    """
    head, count, organizations = bytes.fromhex(start.head), start.events, set()
    missing = {seq: value for seq, value in (noted or {}).items() if seq > start.events}
    for count, (seq, text, claimed) in enumerate(events, start=start.events + 1):
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
        if "event" in event:
            yield event["seq"], event["event"], event["hash"]


def opening(line: str) -> Chain:
    """Return what the chain begins from, as the first line of a file says."""
    says = json.loads(line or "{}").get("opening")
    if not says:
        return NOTHING
    text = json.loads(says["text"])
    return Chain(text["event_seq"], text["event_hash"])


def _lines(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        with path.open(encoding="utf-8") as lines:
            yield from lines


def main(*arguments: str) -> None:
    """Check the files, print what they are, and exit with 1 when the chain is broken."""
    noted = dict(each.split("=") for each in arguments if NOTE.fullmatch(each))
    paths = [Path(each) for each in arguments if not NOTE.fullmatch(each)]
    with paths[0].open(encoding="utf-8") as first:
        start = opening(first.readline())
    try:
        chain = verify(read(_lines(paths)), noted={int(seq): value for seq, value in noted.items()}, start=start)
    except ChainBroken as broken:
        sys.exit(f"BROKEN at {broken}")
    since = f", from event {start.events + 1} on: those before are in other files" if start.events else ""
    sys.stdout.write(f"{chain.events - start.events} events, unbroken{since}. Head {chain.head}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
