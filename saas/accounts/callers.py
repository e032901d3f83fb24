"""The caller of a request: the person or API key, the organization it acts for, and its role and scopes."""

from dataclasses import dataclass
from uuid import UUID

from saas.accounts.models import MANAGERS, KeyMode
from saas.kernel.errors import DomainError, Forbidden


class ScopeMissing(DomainError):
    """The API key was not given this scope."""

    code, status, title = "scope_missing", 403, "The key lacks a scope"


class OrganizationIsClosed(Forbidden):
    """The organization is closed: nothing new begins in it."""

    title = "The organization is closed"

    def __init__(self) -> None:
        super().__init__("This organization is closed, so nothing new can begin in it. Nothing was changed.")


class SecondFactorRequired(Forbidden):
    """The organization requires a second factor, and the person has none."""

    title = "A second factor is required"

    def __init__(self) -> None:
        super().__init__("This organization requires a second factor. Set up a passkey or an authenticator app first.")


class NotManager(Forbidden):
    """Only those who manage the organization may do it."""

    def __init__(self) -> None:
        super().__init__("Only an owner or an admin of the organization may do this. Ask one of them.")


class NotMember(Forbidden):
    """The person left, or was removed, while a page of the organization was open."""

    title = "You are no longer a member"

    def __init__(self) -> None:
        super().__init__(
            "You are no longer a member of the organization that this page belongs to. Nothing was changed."
            " Load the page again to go on in another organization of yours."
        )


@dataclass(frozen=True)
class Caller:
    """A person in an organization, in the browser or through an API key.

    With a test key the organization is a test organization, and the person one of the organization that it belongs to.
    `scopes` is None for a person in the browser, who may do what the role allows.
    """

    organization_id: UUID
    user_id: UUID
    role: str
    department_id: UUID | None = None
    key_id: UUID | None = None
    scopes: frozenset[str] | None = None
    requests_per_minute: int = 600
    mode: str = KeyMode.LIVE

    @property
    def is_test(self) -> bool:
        """Return True if the request came with a test key."""
        return self.mode == KeyMode.TEST

    @property
    def manages(self) -> bool:
        """Return True if the person manages people, quotas and keys."""
        return self.role in MANAGERS

    def require_manager(self) -> None:
        """Raise NotManager unless the person is an owner or admin."""
        if not self.manages:
            raise NotManager

    def require_scope(self, scope: str) -> None:
        """Raise ScopeMissing unless the key has the scope; people in the browser have all."""
        if self.scopes is not None and scope not in self.scopes:
            raise ScopeMissing(f"This key does not have the scope {scope!r}. Make a key that has it.", scope=scope)
