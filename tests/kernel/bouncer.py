"""PgBouncer between Django and PostgreSQL."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from tests.machinery import until


@contextmanager
def pgbouncer(*, connections_max: int) -> Iterator[dict[str, Any]]:
    """Run PgBouncer in transaction mode, with so many connections a login; yield the settings that differ behind it."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip("there is no PgBouncer")
    known = connections.settings["default"]
    with tempfile.TemporaryDirectory(prefix="bouncer") as name:
        folder = Path(name)
        users = "".join(f'"{user}" "{password}"\n' for user, password in known["LOGINS"].items())
        (folder / "users.txt").write_text(users)
        (folder / "pgbouncer.ini").write_text(
            f"[databases]\n* = host={known['HOST']} port={known['PORT'] or 5432}\n"
            f"[pgbouncer]\nlisten_addr =\nlisten_port = 6432\nunix_socket_dir = {folder}\n"
            f"auth_type = trust\nauth_file = {folder}/users.txt\n"
            f"pool_mode = transaction\ndefault_pool_size = {connections_max}\n"
            "ignore_startup_parameters = extra_float_digits, options\n"
        )
        owner = Path(known["HOST"]).stat()
        for path in (folder, *folder.iterdir()):
            os.chown(path, owner.st_uid, owner.st_gid)
        theirs: dict[str, Any] = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
        process = subprocess.Popen(
            [program, "-q", str(folder / "pgbouncer.ini")],
            stderr=subprocess.DEVNULL,
            **(theirs if os.geteuid() == 0 else {}),  # it refuses to run as root
        )
        try:
            until((folder / ".s.PGSQL.6432").exists)
            yield {"HOST": str(folder), "PORT": "6432", "OPTIONS": {**known["OPTIONS"], "prepare": False}}
        finally:
            process.terminate()
            process.wait()
