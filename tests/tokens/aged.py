"""An organization whose whole history is older than the months that are kept, and that every reader has read."""

import psycopg

from audit.tasks import checkpoint
from saas.kernel import tenancy
from saas.notifications.delivery import notify
from tests.conftest import Person
from tokens import alerts

DAYS = 500


def age(person: Person, by: psycopg.Connection) -> None:
    """Make everything that the ledger and the audit log have of the organization so many days older."""
    with tenancy.system():
        alerts.watch()
        notify()
    older = f"- interval '{DAYS} days'"
    columns = {
        "tokens_entry": ("created_at",),
        "tokens_hold": ("created_at", "expires_at", "ended_at"),
        "tokens_bucket": ("created_at",),
        "audit_event": ("created_at",),
    }
    with by.transaction():
        by.execute("SET LOCAL session_replication_role = replica")
        for table, names in columns.items():
            changes = ", ".join(f"{name} = {name} {older}" for name in names)
            ended = " AND ended_at IS NOT NULL" if table == "tokens_hold" else ""
            by.execute(f"UPDATE {table} SET {changes} WHERE organization_id = %s{ended}", [person.organization_id])
        by.execute(REHASH.replace("MINE", str(person.organization_id)))


def noted() -> None:
    """Note the heads of all chains outside of the database."""
    checkpoint()


REHASH = """
    DO $$ DECLARE v record; v_hash bytea; BEGIN
    v_hash := coalesce((
        SELECT decode(opening ->> 'event_hash', 'hex') FROM audit_beginning WHERE organization_id = 'MINE'), '');
    FOR v IN SELECT * FROM audit_event WHERE organization_id = 'MINE' ORDER BY seq LOOP
        v_hash := audit_hash(v_hash, v.organization_id, v.seq, v.id, v.kind, v.created_at, v.actor, v.reason, v.data);
        UPDATE audit_event SET hash = v_hash WHERE id = v.id;
        UPDATE audit_chain_head SET hash = v_hash WHERE organization_id = 'MINE';
    END LOOP; END $$
"""
