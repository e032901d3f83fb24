"""What the page of plans says of each plan and what tokens buy, all of it from the price book. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from plans.price_book import USUAL_PLAN, PlanTerms, PriceBookTerms


@dataclass(frozen=True)
class ComparedFeature:
    """A feature in the comparison's words; `hint` explains a name that does not explain itself."""

    key: str
    name: str
    hint: str = ""


FEATURES = (
    ComparedFeature("goals", "Goals with progress"),
    ComparedFeature("reports", "Reports"),
    ComparedFeature("sync", "Sync and offline work"),
    ComparedFeature("api", "REST API"),
    ComparedFeature("quest", "Quests"),
    ComparedFeature("lead_list", "Lead lists"),
    ComparedFeature("revenue_forecast", "Revenue forecast"),
    ComparedFeature("packs", "Token packs"),
    ComparedFeature("metering", "Metering of your own AI", "Count and limit what your own AI spends, by API."),
    ComparedFeature("webhooks", "Outgoing webhooks"),
    ComparedFeature("departments", "Departments and quotas"),
    ComparedFeature("overage", "Overage billing", "Work continues beyond the allowance, up to a limit that you set."),
    ComparedFeature("custom_allocation", "Custom allocation", "Tokens, limits and prices agreed with you."),
    ComparedFeature("audit_export", "Audit export with proof"),
)
"""Every feature that is compared, those first that every plan has."""

OPERATIONS = {
    "quest": ("quest", "quests"),
    "lead_list": ("lead list", "lead lists"),
    "revenue_forecast": ("revenue forecast", "revenue forecasts"),
}
"""What one and several of each AI operation are called."""


@dataclass(frozen=True)
class PlanCard:
    """A plan with the lines on its card; `before` is the name of the next smaller plan, whose features it has, too."""

    plan: PlanTerms
    lines: list[str]
    before: str
    is_usual: bool


def buys(tokens: int, prices: Mapping[str, int], *operations: str) -> str:
    """Return how many of each operation the tokens buy: "66 quests or 40 lead lists"; nothing where they buy none."""
    counts = [(tokens // prices[key], *OPERATIONS[key]) for key in operations if prices.get(key)]
    return " or ".join(f"{count:,} {one if count == 1 else many}" for count, one, many in counts if count)


def gained(current: PlanTerms, wanted: PlanTerms) -> list[str]:
    """Return what the wanted plan has that the current one lacks, in words: features, and room for more members."""
    features = [feature.name for feature in FEATURES if feature.key in wanted.features - current.features]
    present, then = (plan.limits["members"] for plan in (current, wanted))
    is_more = present is not None and (then is None or then > present)
    return [*features, *([_seats(then)] if is_more else [])]


def price_list(prices: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return the AI operations in words, each with its price in tokens."""
    return [(f"A {OPERATIONS[key][0]}", tokens) for key, tokens in prices.items() if key in OPERATIONS]


def cards(book: PriceBookTerms, prices: Mapping[str, int]) -> list[PlanCard]:
    """Return the plans from small to large, each with its four lines at these prices of operations, in tokens."""
    plans = sorted(book.plans.values(), key=lambda plan: plan.rank)
    smaller: list[PlanTerms | None] = [None, *plans]
    return [
        PlanCard(plan, _lines(plan, before, plans, prices), before.name if before else "", plan.key == USUAL_PLAN)
        for plan, before in zip(plans, smaller, strict=False)
    ]


def _lines(plan: PlanTerms, before: PlanTerms | None, plans: list[PlanTerms], prices: Mapping[str, int]) -> list[str]:
    had = before.features if before else frozenset()
    names = [feature.name for feature in FEATURES if feature.key in plan.features - had]
    half = (len(names) + 1) // 2
    features = [_listed(part) for part in (names[:half], names[half:]) if part]
    return [_tokens(plan, plans, prices), _seats(plan.limits["members"]), *features]


def _seats(members: int | None) -> str:
    return "Unlimited members" if members is None else f"{members:,} member{'' if members == 1 else 's'}"


def _tokens(plan: PlanTerms, plans: list[PlanTerms], prices: Mapping[str, int]) -> str:
    if plan.monthly_tokens:
        bought = buys(plan.monthly_tokens, prices, "quest", "lead_list")
        return f"{plan.monthly_tokens:,} tokens a month{f': {bought}' if bought else ''}"
    with_ai = next((each.name for each in plans if "quest" in each.features), "")
    return f"No AI: it comes with {with_ai}" if with_ai else "No AI"


def _listed(names: list[str]) -> str:
    """Return "Quests, lead lists, REST API": the first name as it is, the others in small letters but for initials."""
    later = [name if name[:2].isupper() else name[:1].lower() + name[1:] for name in names[1:]]
    return ", ".join([names[0], *later])
