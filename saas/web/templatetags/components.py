"""The components of the pages: figures, times and badges are tags and filters, frames are block tags.

A block tag (`{% card title="Tokens" %}...{% endcard %}`) renders `templates/components/<name>.html`. The rest
of that folder are plain includes, used with `only`; the comment at the top of each lists what it takes.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import zip_longest
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.dateformat import format as format_date
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from saas.kernel.errors import DomainError
from saas.kernel.money import MINUS, NBSP, format_money, symbol_of
from saas.web import rooms
from saas.web.browsers import browser_name

register = template.Library()

NOTHING = "\N{EN DASH}"

WAITS = (("s", 1), ("min", 60), ("h", 3600))

LINK_LENGTH_MAX = 40
"""Characters of an address that are read; the link has all of it."""

_ADDRESS = re.compile(r"(https?://\S+)")
WHEN = {"datetime": "j M Y, H:i", "date": "j M Y", "day": "j M", "time": "H:i", "full": "j M Y, H:i:s T"}


@register.filter
def tokens(count: int, form: str = "") -> SafeString:
    """Return "197 tokens"; with `"signed"` "+197 tokens", with `"bare"` the figure, with `"change"` its sign, too."""
    unit = "" if form in ("bare", "change") else f"{NBSP}token" if abs(count) == 1 else f"{NBSP}tokens"
    return _figure(count, _signed(count, f"{abs(count):,}{unit}", plus=form in ("signed", "change")))


@register.filter
def money(amount: Decimal | str | int, currency: str = "USD") -> SafeString:
    """Return "$1,500.00": `amount` in major units of `currency`, a dollar when no currency is known."""
    value = Decimal(amount)
    return _figure(value, format_money(value, currency or "USD"))


@register.filter
def dollars(amount: Decimal) -> SafeString:
    """Return "$0.002310": small sums of dollars, which AI calls cost, to a millionth; from a dollar on to the cent."""
    return money(amount) if abs(amount) >= 1 or not amount else _figure(amount, f"${amount:.6f}")


@register.filter
def percent(share: Decimal | float | None) -> str:
    """Return "12.5 %" of a share from 0 to 1; a dash of nothing."""
    return NOTHING if share is None else f"{share * 100:.1f}{NBSP}%"


@register.filter
def ratio(part: int, whole: int) -> str:
    """Return how much of the whole a part is, like "12.5 %"."""
    return percent(part / whole) if whole else NOTHING


@register.filter
def symbol(currency: str) -> str:
    """Return what stands before an amount: "$", or the currency's code."""
    return symbol_of(currency)


@register.filter
def duration(seconds: float) -> str:
    """Return how long to wait, never too short: "12 s", "15 min", "3 h"."""
    unit, size = next((wait for wait in WAITS if seconds < 100 * wait[1]), WAITS[-1])
    return f"{ceil(seconds / size)}{NBSP}{unit}"


@register.filter
def linked(text: str) -> SafeString:
    """Return a text of ours with its addresses as links; only what begins with http:// or https:// is one."""
    parts = _ADDRESS.split(text)
    return format_html_join(
        "",
        "{}{}",
        (
            (words, format_html('<a href="{}">{}</a>', link, _shortened(link)) if link else "")
            for words, link in zip_longest(parts[::2], parts[1::2], fillvalue="")
        ),
    )


def _shortened(link: str) -> str:
    """Return an address as people recognize it: without its scheme, cut where it is long."""
    address = link.partition("://")[2]
    return address if len(address) <= LINK_LENGTH_MAX else f"{address[: LINK_LENGTH_MAX - 1]}\N{HORIZONTAL ELLIPSIS}"


@register.filter
def browser(user_agent: str) -> str:
    """Return what a browser calls itself in short: "Chrome on Linux"."""
    return browser_name(user_agent)


@register.filter
def label(name: str) -> str:
    """Return a code or key as words: "fraud_flagged" is "Fraud flagged"."""
    words = str(name).replace("_", " ").strip()
    return words[:1].upper() + words[1:]


@register.filter
def field_errors(problem: DomainError) -> list[tuple[str, str]]:
    """Return the words for each wrong field and what is wrong with it, as far as the detail does not say it."""
    errors = [error for error in problem.details.get("errors", ()) if error["detail"] != problem.detail]
    return [(label(error.get("pointer", "").rpartition("/")[2]), error["detail"]) for error in errors]


@register.filter
def plain_details(details: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the figures among the details of a refusal, with words for keys."""
    return [
        (label(key), value) for key, value in details.items() if isinstance(value, int) and not isinstance(value, bool)
    ]


@register.simple_tag(takes_context=True)
def when(context: Context, at: datetime | date | None, form: str = "datetime") -> str:
    """Return a `<time>` in the organization's zone; `form` is datetime, date, day, time or full."""
    if at is None:
        return "—"
    if not isinstance(at, datetime):
        return format_html('<time datetime="{}">{}</time>', at.isoformat(), format_date(at, WHEN["date"]))
    local = at.astimezone(_zone(context))
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        format_date(local, WHEN["full"]),
        format_date(local, WHEN[form]),
    )


def _zone(context: Context) -> ZoneInfo:
    """Return the organization's zone; the request knows it where an include leaves the organization out."""
    found = context.get("organization") or getattr(getattr(context, "request", None), "organization", None)
    organization = found() if callable(found) else found
    return ZoneInfo(getattr(organization, "timezone", "UTC"))


@register.simple_tag
def icon(name: str) -> str:
    """Return a decorative picture out of `icons.svg`; the words beside it say the same."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("milepost/icons.svg"), name
    )


@register.simple_tag
def status(state: str) -> str:
    """Return the badge of a state, in the looks that a room declares; a state that none declares is neutral."""
    kind = rooms.looks_of_states().get(state, "neutral")
    return render_to_string("components/badge.html", {"text": label(state), "kind": kind})


@register.simple_tag(takes_context=True)
def navigation(context: Context) -> list[dict[str, Any]]:
    """Return the links of the top bar, the one of the present page marked."""
    path = context["request"].path if "request" in context else ""
    links = [(reverse(name), text) for name, text in rooms.navigation()]
    return [{"href": href, "text": text, "current": _is_within(path, href)} for href, text in links]


@register.simple_tag
def next_steps(code: str) -> list[dict[str, str]]:
    """Return the links that help after a refusal with this code."""
    return [{"href": reverse(name), "text": text} for name, text in rooms.next_steps().get(code, ())]


@register.simple_block_tag
def card(content: str, title: str = "", kind: str = "", action: str = "", href: str = "") -> str:
    """Frame with a heading and one link beside it (`action` to `href`); `kind` is accent or flush."""
    card = {"content": content, "title": title, "kind": kind, "action": action, "href": href}
    return render_to_string("components/card.html", card)


@register.simple_block_tag
def alert(content: str, title: str = "", kind: str = "info") -> str:
    """Message in the page: `kind` is info, success, warning or danger; end it with what to do next."""
    return render_to_string("components/alert.html", {"content": content, "title": title, "kind": kind})


@register.simple_block_tag
def empty_state(content: str, icon: str, title: str, action: str = "", href: str = "", alone: bool = False) -> str:
    """Say that nothing is here yet; `action` is the one thing to do, `alone` is for where it is the whole page."""
    context = {"content": content, "icon": icon, "title": title, "action": action, "href": href, "alone": alone}
    return render_to_string("components/empty_state.html", context)


@register.simple_block_tag
def dialog(content: str, id: str, title: str) -> str:
    """Modal dialog, opened by `<button commandfor="ID" command="show-modal">`."""
    return render_to_string("components/dialog.html", {"content": content, "id": id, "title": title})


@register.simple_block_tag
def table(content: str, name: str, kind: str = "") -> str:
    """Table; screen readers read out `name` for what scrolls. Where it is narrow, each row becomes a card of labels.

    `kind` is compact (there, each row becomes two lines: cells of class what, figure, when and more) or
    columns (it stays a table: two or three short columns).
    """
    return render_to_string("components/table.html", {"content": content, "name": name, "kind": kind})


@register.simple_block_tag
def receipt(content: str) -> str:
    """List of `<div><dt>..</dt><dd>..</dd></div>`; `<div class="total">` for the sum."""
    return format_html('<dl class="receipt">{}</dl>', content)


def _figure(value: Decimal | int, text: str) -> SafeString:
    return format_html('<data value="{}">{}</data>', value, text)


def _signed(value: Decimal | int, text: str, *, plus: bool = False) -> str:
    sign = MINUS if value < 0 else "+" if plus and value > 0 else ""
    return sign + text


def _is_within(path: str, href: str) -> bool:
    return path == href or (href != "/" and path.startswith(href))
