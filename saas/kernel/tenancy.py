"""The organization that the running code acts for; or the system, or nobody.

Note [One variable, one prefix]
    A ContextVar holds the context. The database backend (`saas.kernel.postgres`) puts it in front of
    each statement as `SET LOCAL`, in the same round trip, so that the context in PostgreSQL is always
    the context in Python and ends with the transaction. Nothing session-level exists which a pool,
    PgBouncer or a crash could hand to somebody else.

Note [Two logins]
    A request logs in to PostgreSQL as `app_web`, which cannot become `app_system`: SQL that somebody smuggles into
    a request acts for one organization. Jobs and commands log in as `app_jobs`, which can, and so does a
    request inside of `system()`: staff's pages, mostly. Who somebody is, before an organization is known, the
    database answers by functions that return ids only (`accounts/sql/homes.sql`). A transaction belongs to one login:
    a request enters `system()` before it begins one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal
from uuid import UUID

Context = UUID | Literal["system"] | None
_context: ContextVar[Context] = ContextVar("tenancy", default=None)

Login = Literal["app_web", "app_jobs"]
_login: ContextVar[Login | None] = ContextVar("login", default=None)
_login_of_process: Login = "app_jobs"


class NoOrganization(RuntimeError):
    """Code that needs an organization ran without one."""


@contextmanager
def organization(organization_id: UUID) -> Iterator[None]:
    """Act for one organization: PostgreSQL shows and takes its rows only."""
    token = _context.set(organization_id)
    try:
        yield
    finally:
        _context.reset(token)


@contextmanager
def system() -> Iterator[None]:
    """Act across organizations as `app_system`: for jobs and staff. What is called inside logs in as `app_jobs`."""
    token, login_before = _context.set("system"), _login.set("app_jobs")
    try:
        yield
    finally:
        _context.reset(token)
        _login.reset(login_before)


@contextmanager
def request() -> Iterator[None]:
    """Handle a request as `app_web`, without an organization until `enter` sets one."""
    login_before = _login.set("app_web")
    try:
        with nobody():
            yield
    finally:
        _login.reset(login_before)


def serve_requests() -> None:
    """Log in as `app_web` in all of this process, bodies included that are streamed when their request is over."""
    global _login_of_process
    _login_of_process = "app_web"


def login() -> Login:
    """Return the PostgreSQL login of the running code: `app_web` or `app_jobs`."""
    return _login.get() or _login_of_process


def enter(organization_id: UUID | None) -> None:
    """Set the context until the surrounding `nobody()` ends: for a request, once it is known whose it is."""
    _context.set(organization_id)


@contextmanager
def nobody() -> Iterator[None]:
    """Start from no context and restore the outer one at the end, whatever `enter` set meanwhile."""
    token = _context.set(None)
    try:
        yield
    finally:
        _context.reset(token)


def current_organization_id() -> UUID:
    """Return the organization acted for; raise NoOrganization when there is none."""
    context = _context.get()
    if isinstance(context, UUID):
        return context
    raise NoOrganization("no organization is set: wrap the call in tenancy.organization(...)")


def acting_for() -> UUID | None:
    """Return the organization acted for, or None for the system and for nobody."""
    context = _context.get()
    return context if isinstance(context, UUID) else None


def current_tenant() -> tuple[str, bool] | None:
    """Return the organization for the setting and whether the system role is taken; None for nobody."""
    match _context.get():
        case UUID() as organization_id:
            return str(organization_id), False
        case "system":
            return "", True
    return None
