"""Print margins from the price book, and of a scenario."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from plans import margins
from plans.margins import Line
from plans.price_book import PriceBook
from plans.queries import current_book


def _packs(text: str) -> dict[str, int]:
    pairs = [pair.split("=") for pair in text.split(",") if pair]
    return {key: int(count) for key, count in pairs}


class Command(BaseCommand):
    """Margins of plans and packs at full use, to the cent; with counts, a month of such customers."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the scenario's counts."""
        parser.add_argument("--pro", type=int, default=0)
        parser.add_argument("--enterprise", type=int, default=0)
        parser.add_argument("--packs", type=_packs, default={}, help="pack_500=10,pack_2000=10")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line each: revenue, cost at full use, margin."""
        book = current_book()
        lines = [*margins.plan_lines(book), *margins.pack_lines(book), *margins.overage_lines(book)]
        lines += _scenario(book, options)
        if options["json"]:
            self.stdout.write(json.dumps([_as_json(line) for line in lines]))
            return
        for line in lines:
            note = "" if line.on_target else "  below the 90 % line"
            self.stdout.write(f"{line.name:<60} ${line.revenue:>12,.2f} ${line.cost:>10,.2f} {line.percent:>9}{note}")


def _scenario(book: PriceBook, options: dict[str, Any]) -> list[Line]:
    unknown = set(options["packs"]) - set(book.packs)
    if unknown:
        raise CommandError(f"Unknown packs: {', '.join(sorted(unknown))}. Known: {', '.join(book.packs)}.")
    customers = {key: options[key] for key in ("pro", "enterprise")}
    if not any((*customers.values(), *options["packs"].values())):
        return []
    return [margins.scenario(book, customers=customers, packs=options["packs"])]


def _as_json(line: Line) -> dict[str, Any]:
    return {
        "name": line.name,
        "revenue": f"{line.revenue:.2f}",
        "cost": f"{line.cost:.2f}",
        "margin_percent": line.percent.removesuffix(" %"),
    }
