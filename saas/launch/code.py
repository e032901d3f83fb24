"""What `up --reload` looks at: the files of the code, by their modification times.

Looked at once a second, which costs milliseconds and needs no library. Templates are not among them: with --reload
each page reads them anew.
"""

import os
from collections.abc import Iterator
from pathlib import Path

KINDS = (".py", ".sql", ".lua")
NO_CODE = {"tests", "bench", "docs", "templates", "static", "node_modules", "__pycache__"}


class WatchedCode:
    """The code below `root`, but for the folders in `without`."""

    def __init__(self, root: Path, *, without: Path) -> None:
        self._root = root
        self._without = str(without)
        self._seen = self._times()

    def changed(self) -> list[str]:
        """Return what was edited, added or removed since the last call."""
        before, self._seen = self._seen, self._times()
        return sorted({path for path, _ in before.items() ^ self._seen.items()})

    def _times(self) -> dict[str, int]:
        return {os.path.relpath(path, self._root): time for path, time in self._files(str(self._root))}

    def _files(self, folder: str) -> Iterator[tuple[str, int]]:
        """Yield each file with its modification time; what goes away meanwhile is left out."""
        try:
            entries = list(os.scandir(folder))
        except OSError:
            return
        for entry in entries:
            if entry.name.startswith(".") or entry.name in NO_CODE or entry.path == self._without:
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from self._files(entry.path)
            elif entry.name.endswith(KINDS):
                try:
                    yield entry.path, entry.stat().st_mtime_ns
                except OSError:
                    continue
