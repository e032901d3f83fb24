"""Open the database's own shell, as the commands' login; figures over all organizations are `manage.py analyst`'s."""

from typing import Any

from django.core.management.commands import dbshell
from django.db import connections

from saas.kernel import tenancy

HINT = """\
You are {login}: tables of organizations are empty here until you say whose rows you want, with
  SET app.current_org = '<id>';
For figures over all organizations use `python3 manage.py analyst`."""


class Command(dbshell.Command):
    """Django's dbshell with the login of the commands; it prints which rows that login sees."""

    help = __doc__

    def handle(self, **options: Any) -> None:
        """Say what is to be seen, and open the shell."""
        settings = connections[options["database"]].settings_dict
        if passwords := settings.get("LOGINS"):
            login = tenancy.login()
            settings.update(USER=login, PASSWORD=passwords[login])
            self.stderr.write(HINT.format(login=login), str)
        super().handle(**options)
