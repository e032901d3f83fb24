#!/usr/bin/env python3
"""Milepost's one command: `python3 manage.py up | test | lint | bench`, or any Django command."""

import os
import signal
import sys


def main() -> int:
    if sys.version_info < (3, 11):
        sys.exit("Milepost needs Python 3.11 or newer; {} is {}.{}.".format(sys.executable, *sys.version_info))
    if os.name != "posix":
        sys.exit("Milepost runs on Linux and macOS; on Windows, run it inside WSL.")
    from saas.launch import environment

    environment.enter()
    from saas.launch import commands

    return commands.run(sys.argv[1:])


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a script's background job starts with it ignored
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
