"""Move the clock of a process that has this folder on its PYTHONPATH, by the seconds that a file says: FAULTS_CLOCK."""

import os
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep

import time_machine


def follow(path: Path) -> None:
    """Jump whenever the file changes."""
    seconds, traveller = 0, None
    while True:
        wanted = seconds
        with suppress(OSError, ValueError):
            wanted = int(path.read_text())
        if wanted != seconds:
            if traveller is not None:
                traveller.stop()
            seconds, traveller = wanted, time_machine.travel(datetime.now(UTC) + timedelta(seconds=wanted), tick=True)
            traveller.start()
        sleep(0.1)


if "FAULTS_CLOCK" in os.environ:
    threading.Thread(target=follow, args=(Path(os.environ["FAULTS_CLOCK"]),), daemon=True).start()
