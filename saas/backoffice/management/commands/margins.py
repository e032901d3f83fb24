"""Print margins from the price book and of a scenario, then what was really earned this month."""

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from plans import margins
from plans.margins import MarginLine
from plans.price_book import PriceBookTerms
from plans.queries import current_book
from saas.backoffice import earnings
from saas.backoffice.earnings import Earning, Earnings
from saas.kernel import replica, tenancy
from saas.kernel.clock import database_now
from saas.kernel.replica import AsOf, ReplicaUnavailable


def _packs(text: str) -> dict[str, int]:
    pairs = [pair.split("=") for pair in text.split(",") if pair]
    return {key: int(count) for key, count in pairs}


def month(text: str) -> date:
    """Return the first day of a month written like 2026-11."""
    return date.fromisoformat(f"{text}-01")


class Command(BaseCommand):
    """Margins of plans and packs at full use, to the cent; with counts, a month of such customers."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the scenario's counts, and which month was earned in."""
        parser.add_argument("--pro", type=int, default=0)
        parser.add_argument("--enterprise", type=int, default=0)
        parser.add_argument("--packs", type=_packs, default={}, help="pack_500=10,pack_2000=10")
        parser.add_argument("--month", type=month, default=None, help="2026-11; what was earned then, by default now")
        parser.add_argument("--json", action="store_true", help="the lines as a list")
        parser.add_argument("--live", action="store_true", help="with --json: an object with what was earned as well")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line each: revenue, cost at full use, margin; then the live section."""
        book = current_book()
        lines = [*margins.lines(book), *_scenario(book, options)]
        live, as_of = _live(options["month"])
        if options["json"]:
            listed = [_as_json(line) for line in lines]
            self.stdout.write(json.dumps({"lines": listed, "live": _live_as_json(live)} if options["live"] else listed))
            return
        for line in lines:
            note = "" if line.on_target else "  below the 90 % line"
            self.stdout.write(f"{line.name:<60} ${line.revenue:>12,.2f} ${line.cost:>10,.2f} {line.percent:>9}{note}")
        self.stdout.write("\n".join(_live_as_text(live)))
        if as_of:
            self.stdout.write(f"Read from the replica: everything up to {as_of.at:%Y-%m-%d %H:%M:%S} UTC is in.")


def _live(month: date | None) -> tuple[Earnings, AsOf | None]:
    """Return what was earned, by default in this month, and where it is from a replica up to when."""
    try:
        with tenancy.system(), replica.reading():
            as_of = replica.as_of()
            since, until = earnings.month_of(month or database_now().date())
            return earnings.earnings(since=since, until=until), as_of
    except ReplicaUnavailable as error:
        raise CommandError(error.detail) from None


def _scenario(book: PriceBookTerms, options: dict[str, Any]) -> list[MarginLine]:
    unknown = set(options["packs"]) - set(book.packs)
    if unknown:
        raise CommandError(f"Unknown packs: {', '.join(sorted(unknown))}. Known: {', '.join(book.packs)}.")
    customers = {key: options[key] for key in ("pro", "enterprise")}
    if not any((*customers.values(), *options["packs"].values())):
        return []
    return [margins.scenario(book, customers=customers, packs=options["packs"])]


def _live_as_text(live: Earnings) -> list[str]:
    fee, last = live.book.fee, live.until.date()
    lines = [
        "",
        f"Earned from {live.since:%Y-%m-%d} until {last} (UTC, exclusive), in {live.mode} money.",
        f"A token costs ${margins.TOKEN_COST} by rule{_measured_token(live)}. "
        f"Fees of a payment: {fee.percent} % + ${fee.fixed} ({fee.source}).",
        f"{'':<42} {'revenue':>12} {'tokens':>9} {'cost by rule':>12} {'measured':>12} "
        f"{'margin':>9} {'measured':>9} {'and fees':>9} {'measured':>9}",
    ]
    for heading, earned in live.sections():
        lines += [f"{heading}:", *map(_line_as_text, earned)] if earned else []
    if live.total.unpriced:
        lines.append(f"{live.total.unpriced} attempts at models without a listed price are not in what was measured.")
    return lines


def _measured_token(live: Earnings) -> str:
    cost = live.measured_token_cost
    return "" if cost is None else f", ${cost:.6f} measured"


def _line_as_text(earned: Earning) -> str:
    rule, real = earned.by_rule, earned.as_measured
    return (
        f"  {earned.name[:40]:<40} ${rule.revenue:>11,.2f} {earned.tokens:>9,} ${rule.cost:>11,.2f} "
        f"${real.cost:>11.6f} "
        f"{rule.percent:>9} {real.percent:>9} {rule.after_fees.percent:>9} {real.after_fees.percent:>9}"
    )


def _live_as_json(live: Earnings) -> dict[str, Any]:
    fee, token = live.book.fee, live.measured_token_cost
    return {
        "mode": live.mode,
        "since": live.since.isoformat(),
        "until": live.until.isoformat(),
        "fee": {"percent": str(fee.percent), "fixed": str(fee.fixed), "source": fee.source},
        "token_cost_by_rule": str(margins.TOKEN_COST),
        "token_cost_measured": None if token is None else f"{token:.8f}",
        "total": _earning_as_json(live.total),
        "plans": [_earning_as_json(earned) for earned in live.plans],
        "packs": [_earning_as_json(earned) for earned in live.packs],
        "others": [_earning_as_json(earned) for earned in live.others],
        "features": [_earning_as_json(earned) for earned in live.features],
        "organizations": [_earning_as_json(earned) for earned in live.organizations],
    }


def _earning_as_json(earned: Earning) -> dict[str, Any]:
    rule, real = earned.by_rule, earned.as_measured
    return {
        "key": earned.key,
        "name": earned.name,
        "paid": f"{earned.paid:.2f}",
        "reversed": f"{earned.reversed:.2f}",
        "revenue": f"{rule.revenue:.2f}",
        "fees": f"{earned.fees:.2f}",
        "tokens": earned.tokens,
        "cost_by_rule": f"{rule.cost:.2f}",
        "cost_measured": f"{real.cost:.8f}",
        "attempts_unpriced": f"{earned.unpriced:.2f}",
        "margin_percent": _number(rule),
        "margin_measured_percent": _number(real),
        "margin_after_fees_percent": _number(rule.after_fees),
        "margin_measured_after_fees_percent": _number(real.after_fees),
    }


def _as_json(line: MarginLine) -> dict[str, Any]:
    return {
        "name": line.name,
        "revenue": f"{line.revenue:.2f}",
        "cost": f"{line.cost:.2f}",
        "margin_percent": _number(line),
        "fees": f"{line.fees:.2f}",
        "margin_after_fees_percent": _number(line.after_fees),
    }


def _number(line: MarginLine) -> str:
    return line.percent.removesuffix(" %")
