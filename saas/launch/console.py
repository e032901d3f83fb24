"""What the launcher says: on stderr, because stdout belongs to the command that was asked for."""

import sys


def say(text: str) -> None:
    print(f"milepost: {text}", file=sys.stderr, flush=True)


class Refused(SystemExit):
    """The launcher cannot do what was asked; the text says why and what to do. Exit code 1."""

    def __init__(self, text: str) -> None:
        super().__init__(f"milepost: {text}")
