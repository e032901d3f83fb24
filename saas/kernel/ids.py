"""UUIDv7 keys: made by the client, sortable by time, unique across databases (RFC 9562)."""

import os
import time
from uuid import UUID


def uuid7() -> UUID:
    """Return a new UUIDv7 of this process's clock; only its uniqueness is relied on."""
    milliseconds = time.time_ns() // 1_000_000
    noise = int.from_bytes(os.urandom(10), "big")
    value = milliseconds << 80 | noise
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)
