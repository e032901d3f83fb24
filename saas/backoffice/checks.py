"""Check at the start of production: no person of the demo may log in, since their password was printed."""

from collections.abc import Iterator

from django.conf import settings

from saas.backoffice import demo
from saas.kernel import startup


@startup.register("backoffice.E001", database=True)
def no_demo() -> Iterator[str]:
    """Yield a warning for people of the demo and one for staff with its password; none in development."""
    if not settings.PRODUCTION:
        return
    if people := demo.people():
        yield f"The database has people of the demo ({', '.join(people)}): `manage.py remove_demo` takes them out."
    if staff := demo.staff_with_its_password():
        yield f"Staff have a password of the demo ({', '.join(staff)}): block them, or set other passwords first."
