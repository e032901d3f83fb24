"""How often an organization may send tests: each keeps a thread of the web server waiting for somebody else's."""

from uuid import UUID

from saas.web import limits

TESTS_PER_MINUTE = 10


def limit_tests(organization_id: UUID) -> None:
    """Raise RateLimited when the organization sends too many tests."""
    limits.enforce(group="webhook_test", key=str(organization_id), per_minute=TESTS_PER_MINUTE)
