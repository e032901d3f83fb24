"""What the pages about money share."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from saas.accounts.models import Role
from saas.kernel.errors import DomainError, Forbidden
from saas.web.pages import caller_of
from tokens import queries as ledger


def here(url: str) -> str:
    """Return the address without this site's own origin: the person may have come by another name of it."""
    return url.removeprefix(settings.BASE_URL)


def pays(request: HttpRequest) -> bool:
    """Return True if the person may spend the organization's money."""
    return caller_of(request).role == Role.OWNER


def asks_for_tokens(request: HttpRequest) -> bool:
    """Return True if the person can request tokens instead of buying them: a quota limits them."""
    caller = caller_of(request)
    quota = ledger.tightest_quota(user_id=caller.user_id, department_id=caller.department_id)
    return not caller.manages and quota.fetch() is not None


def or_show_refusal(request: HttpRequest, back: str, do: Callable[[], HttpResponse]) -> HttpResponse:
    """Return what `do` answers; if it raises a DomainError, show its text on the page `back`."""
    try:
        return do()
    except Forbidden:
        raise
    except DomainError as refusal:
        messages.error(request, refusal.detail)
        return redirect(back)
