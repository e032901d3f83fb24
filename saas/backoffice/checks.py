"""Check at the start of production: no person of the demo may log in, since their password was printed."""

from collections.abc import Iterator

from django.conf import settings

from saas.backoffice import demo
from saas.kernel import startup


@startup.register("backoffice.E001", database=True)
def no_demo() -> Iterator[str]:
    """Say who of the demo can still log in, or which member of staff has its password; nothing while developing."""
    if not settings.PRODUCTION:
        return
    if people := demo.people():
        yield f"The database has people of the demo ({', '.join(people)}): `manage.py remove_demo` takes them out."
    if staff := demo.staff_with_its_password():
        yield f"Staff have a password of the demo ({', '.join(staff)}): block them, or set other passwords first."
