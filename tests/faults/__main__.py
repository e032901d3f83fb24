"""`manage.py faults [--seconds N] [--seed N]`: seeded faults, and the table of docs/reliability.md."""

import argparse
import os
import random
import statistics
import sys
import time


def main() -> int:
    """Return 1 when anything was lost, doubled or charged wrongly, or a verifier found a breach."""
    parser = argparse.ArgumentParser(prog="manage.py faults", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="how long trials are begun (600)")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="repeats the same trials")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    from tests import conftest, databases  # noqa: F401  (the cast acts in a database of its own)
    from tests.faults import trials

    databases.make(databases.MAIN)
    dice, results = random.Random(options.seed), []
    print(f"seed {options.seed}", flush=True)
    with trials.world() as stage:
        kinds = [kind for kind in trials.FAULTS if kind != FULL or trials.can_be_filled(stage)]
        if FULL not in kinds:
            print("The database has no small volume of its own: it is not filled. See docs/reliability.md.", flush=True)
        ends = time.monotonic() + options.seconds
        waiting: list[str] = []
        while time.monotonic() < ends:
            waiting = waiting or dice.sample(kinds, len(kinds))
            results.append(trials.run(stage, waiting.pop(), dice))
            print(results[-1], flush=True)
    sound = all(not (each.lost or each.doubled or each.wrongly) for each in results)
    print(table(results), flush=True)
    connections.close_all()  # a trial may have broken them
    for command in ("verify_ledger", "verify_audit"):
        try:
            call_command(command)
        except SystemExit as ended:
            sound &= not ended.code
    return 0 if sound else 1


FULL = "volume of the database full"


def table(results: list) -> str:  # type: ignore[type-arg]
    """Return the results by kind of fault, as the document shows them."""
    lines = [
        "| fault | trials / operations | lost | doubled | charged wrongly | no answer | s to recover, median / max |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for kind in dict.fromkeys(each.kind for each in results):
        some = [each for each in results if each.kind == kind]
        seconds = [each.seconds for each in some]
        sums = [sum(getattr(each, name) for each in some) for name in ("lost", "doubled", "wrongly", "unanswered")]
        operations = sum(each.operations for each in some)
        lines.append(
            f"| {kind} | {len(some)} / {operations} | {' | '.join(map(str, sums))}"
            f" | {statistics.median(seconds):.1f} / {max(seconds):.1f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
