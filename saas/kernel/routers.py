"""`owner` is not another database: it is another way into the same one, for migrations only."""

from typing import Any


class OneDatabase:
    """Migrate as the owner; read and write as the application."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == "owner"
