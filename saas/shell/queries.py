"""Find pages of the site, and goals, quests, lead lists and forecasts of the organization, by words of their titles."""

from dataclasses import dataclass

from django.db.models import Value
from django.urls import reverse

from quests.models import Goal, LeadList, Quest, RevenueForecast
from saas.accounts.callers import Caller

FOUND_MAX = 8
"""How many of each kind are found at most, the newest first."""

CONTENT = (
    ("goal", "Goal", Goal),
    ("quest", "Quest", Quest),
    ("lead_list", "Lead list", LeadList),
    ("forecast", "Forecast", RevenueForecast),
)
"""What is found: the page that shows one, what it is called, and where it is stored."""

PAGES = (
    ("home", "Dashboard"),
    ("goals", "Goals"),
    ("new_goal", "New goal"),
    ("quests", "Quests"),
    ("lead_lists", "Leads"),
    ("forecasts", "Forecasts"),
    ("usage", "Usage"),
    ("ledger", "Ledger: where tokens went"),
    ("reports", "Reports"),
    ("team", "Team, departments and quotas"),
    ("billing", "Plan and billing, invoices"),
    ("plans", "Compare plans"),
    ("packs", "Buy a pack of tokens"),
    ("purchases", "Purchases and receipts"),
    ("gifts", "Gifts"),
    ("notifications", "Notifications"),
    ("settings", "Settings of the organization"),
    ("rename_person", "Your name and organizations"),
    ("mfa_index", "Security: two-factor and passkeys"),
    ("account_email", "Your e-mail address"),
    ("account_change_password", "Your password"),
    ("usersessions_list", "Where you are logged in"),
    ("own_data", "Data: export and erase"),
    ("offline", "Work offline"),
    ("docs", "API documentation"),
)
MANAGERS_PAGES = (("api_keys", "API keys"), ("webhooks", "Webhooks"), ("audit_log", "Audit log"))


@dataclass(frozen=True)
class Hit:
    """Something that was found: what it is, its title and its address."""

    kind: str
    title: str
    href: str


def search(words: str, *, caller: Caller) -> list[Hit]:
    """Return the pages and the content whose titles have the words, pages first; without words the pages: one query."""
    pages = PAGES + (MANAGERS_PAGES if caller.manages else ())
    wanted = words.casefold()
    hits = [Hit("Page", title, reverse(name)) for name, title in pages if wanted in title.casefold()]
    return [*hits[:FOUND_MAX], *_content(words)] if words else hits[:FOUND_MAX]


def _content(words: str) -> list[Hit]:
    """Return the newest of each kind; a title is compared without regard to case, with nothing but itself."""
    asked = [
        model.objects.filter(title__icontains=words)
        .annotate(page=Value(page), kind=Value(kind))
        .order_by("-id")
        .values_list("page", "kind", "id", "title")[:FOUND_MAX]
        for page, kind, model in CONTENT
    ]
    found = asked[0].union(*asked[1:], all=True)
    return [Hit(kind, title, reverse(page, args=[id])) for page, kind, id, title in found]
