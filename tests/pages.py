"""The pages of the site as `saas.urls` lists them, so that no list of pages in a test is kept by hand."""

from django.urls import reverse

from saas.urls import pages

ENDED = ("closed",)
"""What only people of a closed organization see."""

ASKED = ("second_factor_required",)
"""What only people see whose organization asks more of them."""

PLAIN = tuple(
    str(pattern.name) for pattern in pages if not pattern.pattern.converters and pattern.name not in ENDED + ASKED
)
"""Every page of a member that needs nothing in its address; some of these are only posted to."""

VARIANTS = {"archived_goals": ("goals", "?archived"), "change_plan": ("change_plan", "?plan=pro")}
"""Pages that are asked with a query: the name of the page, and the query."""


def path_of(name: str, *args: object) -> str:
    """Return the address of a page or of one of its variants."""
    page, query = VARIANTS.get(name, (name, ""))
    return reverse(page, args=args) + query
