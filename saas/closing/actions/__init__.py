"""What ends here: organizations, people, and what was kept long enough. Import the verbs from here."""

from saas.closing.actions.closing import NotCloser, WrongName, close, require_closer
from saas.closing.actions.erasing import LastOwnerOf, erase_person, require_handed_over
from saas.closing.actions.purging import purge_closed
from saas.closing.actions.retention import enforce_retention

__all__ = [
    "LastOwnerOf",
    "NotCloser",
    "WrongName",
    "close",
    "enforce_retention",
    "erase_person",
    "purge_closed",
    "require_closer",
    "require_handed_over",
]
