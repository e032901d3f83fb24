"""The metrics for Prometheus: read from the database at each scrape, so that every web process returns all of them.

Labels are few and no organization is named. What counts events counts those of the last MINUTES, as gauges.
"""

import time
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from audit import checkpoints
from marketplace.stripe import gateway
from saas.backoffice.fetching import fetch
from saas.kernel import tenancy
from saas.kernel.transactions import bounded
from tokens.verification import mismatches

MINUTES = 15
LOCK_SECONDS, STATEMENT_SECONDS = 0.5, 8.0
"""A locked table is waited for hardly at all: whoever watches must see at once that something stands."""

# name: labels, what it says
GAUGES: dict[str, tuple[tuple[str, ...], str]] = {
    "holds_open": ((), "Holds whose operation has not ended."),
    "holds_open_age_seconds_max": ((), "How long the oldest open hold is open."),
    "holds_overdue_seconds_max": (
        (),
        "How long ago the first open hold expired; the sweeper ends them within a minute.",
    ),
    "inbox_waiting": ((), "Events of Stripe that wait to be handled."),
    "inbox_lag_seconds": ((), "How long the oldest of them waits."),
    "payments_resting": ((), "1 while Stripe did not answer and is left alone for a while; 0 is right."),
    "inbox_parked": ((), "Events of Stripe that failed too often and wait for a person."),
    "stream_unread": (("reader",), "Events that a reader of the stream has not read: notifications, webhooks."),
    "outbox_pending": ((), "Deliveries to customers' webhooks that are still to be made."),
    "outbox_overdue_seconds_max": ((), "How long ago the first of them was due."),
    "mails_unsent": ((), "News that nobody was sent by e-mail yet."),
    "mails_unsent_age_seconds_max": ((), "How old the oldest of them is."),
    "refusals": (("code",), f"AI operations refused in the last {MINUTES} minutes, by the rule's code."),
    "provider_calls": (("provider", "outcome"), f"Calls of AI providers in the last {MINUTES} minutes."),
    "provider_seconds_p95": (("provider",), "How long 95 % of those calls took at most."),
    "items_set_aside": (("job",), "Items that jobs could not work and set aside."),
    "ledger_mismatches": ((), "Accounts that differ from their buckets or open holds; must be 0."),
    "job_last_success_age_seconds": (("job",), "How long ago a scheduled job last ended well, or was first known."),
    "job_schedule_seconds": (("job",), "How often that job is due."),
    "audit_checkpoint_age_seconds": ((), "When the heads of the audit chains were last noted; absent where never."),
}


class BusinessCollector(Collector):
    """A collector that reads every gauge from the database."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Return the gauges as they are now."""
        families = {
            name: GaugeMetricFamily(f"milepost_{name}", text, labels=labels) for name, (labels, text) in GAUGES.items()
        }
        with tenancy.system(), bounded(lock_seconds=LOCK_SECONDS, statement_seconds=STATEMENT_SECONDS):
            for name, labels, value in (*fetch("metrics", minutes=MINUTES), ("ledger_mismatches", [], mismatches())):
                families[name].add_metric(labels, float(value))
        families["payments_resting"].add_metric([], float(gateway.is_resting()))
        if checkpoints.path().exists():
            age = time.time() - checkpoints.path().stat().st_mtime
            families["audit_checkpoint_age_seconds"].add_metric([], age)
        return families.values()


def text() -> bytes:
    """Return the metrics in Prometheus' text form."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(BusinessCollector())
    return generate_latest(registry)
