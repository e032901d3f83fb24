"""Conflicts as the API shows them."""

from typing import Any

from quests.models import SyncConflict
from quests.sync.queries import Record


def conflict(conflict: SyncConflict, now: Record | None) -> dict[str, Any]:
    """Return a conflict; `now` is the record as it is by now."""
    return {
        "id": conflict.id,
        "type": conflict.type,
        "record": conflict.record_id,
        "client_change_id": conflict.client_change_id,
        "base_version": conflict.base_version,
        "yours": conflict.mine,
        "server": conflict.theirs,
        "now": now,
        "status": "resolved" if conflict.kept else "open",
        "kept": conflict.kept or None,
        "created_by": conflict.created_by_id,
        "created_at": conflict.created_at,
        "resolved_at": conflict.resolved_at,
    }
