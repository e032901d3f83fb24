"""What the customer's pages share: who may see them, cursors, and a new key for each form."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.contrib.auth.decorators import login_required
from django.db.models import Model, QuerySet
from django.forms import Form
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from saas.accounts.callers import Caller, OrganizationIsClosed, SecondFactorRequired
from saas.kernel.errors import DomainError
from saas.web.api.cursors import cursor_of, from_nowhere, row_id
from saas.web.api.cursors import page as api_page
from saas.web.errors import logged_out

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")
Answer = TypeVar("Answer", bound=HttpResponseBase)
PAGE_ROWS = 25


class NotAMember(DomainError):
    """The person is in no organization (any more)."""

    code, status, title = "forbidden", 403, "You are in no organization"


def caller_of(request: HttpRequest) -> Caller:
    """Return the caller of a page. Raises OrganizationIsClosed, SecondFactorRequired, NotAMember."""
    caller: Caller | None = request.caller  # type: ignore[attr-defined]
    if request.closed is not None:  # type: ignore[attr-defined]
        raise OrganizationIsClosed
    if request.lacks_second_factor is not None:  # type: ignore[attr-defined]
        raise SecondFactorRequired
    if caller is None:
        raise NotAMember("Ask an owner or admin to invite you, or sign up with another address.")
    return caller


def for_members(view: Callable[..., Answer]) -> Callable[..., Answer]:
    """Show a page to logged-in members only.

    Others are led to the login; what an open page sends after its person was logged out is refused, and says so.
    """

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Answer:
        caller_of(request)
        return view(request, *args, **kwargs)

    @wraps(guarded)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> Answer:
        opens = request.method in ("GET", "HEAD") and not request.headers.get("HX-Request")
        if not request.user.is_authenticated and not opens:
            raise logged_out(request)
        return guarded(request, *args, **kwargs)

    answering.for_members = True  # type: ignore[attr-defined]
    return answering


def for_managers(view: Callable[..., Answer]) -> Callable[..., Answer]:
    """Show a page to owners and admins only."""

    @for_members
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Answer:
        caller_of(request).require_manager()
        return view(request, *args, **kwargs)

    return guarded


def for_fresh_login(view: Callable[..., Answer]) -> Callable[..., Answer]:
    """Require a password or second factor before a POST to the view, unless one was given a moment ago.

    "A moment" is ACCOUNT_REAUTHENTICATION_TIMEOUT. What was posted is done once it is confirmed.
    """
    guarded: Callable[..., Answer] = reauthentication_required(view, allow_get=True)
    return guarded


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page of a list, and where the next one begins."""

    rows: list[Item]
    next_cursor: str | None
    first: bool
    query: str


def page_of(
    request: HttpRequest,
    rows: QuerySet[Row],
    *,
    key: str | tuple[str, str] = "id",
    parse: Callable[[str], Any] = row_id,
    limit: int = PAGE_ROWS,
) -> Page[Row]:
    """Return the page of `rows`, `limit` of them, that the address asks for; raise Invalid for a foreign cursor."""
    cursor = request.GET.get("cursor")
    parameters: dict[str, Any] = {"limit": limit, **({"cursor": cursor} if cursor else {})}
    found = api_page(rows, parameters, present=lambda row: row, key=key, parse=parse)
    others = {name: value for name, value in request.GET.items() if name != "cursor"}
    return Page(found["data"], found["next_cursor"], cursor is None, urlencode(others))


def page_of_list(
    request: HttpRequest, items: Sequence[Item], *, id_of: Callable[[Item], UUID], limit: int = PAGE_ROWS
) -> Page[Item]:
    """Return the page of a sorted list that the address asks for; raise Invalid for a cursor of nothing in it."""
    cursor, first = request.GET.get("cursor"), 0
    if cursor:
        last = row_id(cursor)
        first = next((place for place, item in enumerate(items, 1) if id_of(item) == last), 0)
        if not first:
            raise from_nowhere()
    rows = list(items[first : first + limit])
    next_cursor = cursor_of(id_of(rows[-1])) if len(items) > first + limit else None
    others = {name: value for name, value in request.GET.items() if name != "cursor"}
    return Page(rows, next_cursor, not cursor, urlencode(others))


NEXT_MAX = 200
"""Characters of an address that one is led back to: those of all our pages are shorter."""


def next_of(request: HttpRequest) -> str:
    """Return the page of ours that a request asks to be led back to, with its fragment; empty without a safe one."""
    address = request.POST.get("next") or request.GET.get("next", "")
    is_ours = address.startswith("/") and len(address) <= NEXT_MAX and address.isascii() and address.isprintable()
    return address if is_ours and url_has_allowed_host_and_scheme(address, None) else ""


WANTED = "wanted"
AFTER_VERIFICATION = "after_verification"
"""The names in the session of what was wanted before there was a plan, and before the address was verified."""


def lead_back(request: HttpRequest, address: str) -> str:
    """Return where to go on after a payment or a trial; that page begins what was wanted, once: see `take_wanted`."""
    if address:
        request.session[WANTED] = address
    return address or reverse("home")


def take_wanted(request: HttpRequest, page: str, *, form: str) -> bool:
    """Return True, once, if the form of this id on this page was wanted before there was a plan.

    A note in the session says so, never the address: following a link must spend nothing.
    """
    if request.session.get(WANTED) != f"{page}#{form}":
        return False
    del request.session[WANTED]
    return True


def status_of(form: Form) -> int:
    """Answer 422 with a form that has errors, so that nobody takes it for a success."""
    return 422 if form.errors else 200
