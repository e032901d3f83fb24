"""Celery: a clock around actions. The truth about work to do is in PostgreSQL, so a lost message is only late."""

import os
import sys
from time import monotonic
from typing import Any

from billiard import pool
from celery import Celery, Task, signals, states
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings")

if not settings.configured:
    os.environ.setdefault("MILEPOST_PROCESS", "jobs")

# A child that ends waits 30 s until the worker has read its results. One that is asked to stop in its first seconds may
# never read them; every task can be repeated, so 3 s (in steps of 0.1 s) are enough for those that do.
pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = 30

app = Celery("milepost")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "sweep": {"task": "tokens.tasks.sweep", "schedule": 30.0, "options": {"expires": 30}},
    "refresh allowances": {"task": "plans.tasks.refresh_allowances", "schedule": 300.0, "options": {"expires": 300}},
    "advance trials": {"task": "plans.tasks.advance_trials", "schedule": 300.0, "options": {"expires": 300}},
    "advance licenses": {"task": "licensing.tasks.advance_licenses", "schedule": 3600.0, "options": {"expires": 3600}},
    "watch balances": {"task": "tokens.tasks.watch", "schedule": 20.0, "options": {"expires": 20}},
    "notify": {"task": "audit.tasks.notify", "schedule": 20.0, "options": {"expires": 20}},
    "build reports": {"task": "saas.reports.tasks.tick", "schedule": 60.0, "options": {"expires": 60}},
    "publish webhooks": {"task": "saas.webhooks.tasks.publish", "schedule": 5.0, "options": {"expires": 5}},
    "deliver webhooks": {"task": "saas.webhooks.tasks.deliver", "schedule": 5.0, "options": {"expires": 5}},
    "record activity": {"task": "saas.team.tasks.record_activity", "schedule": 10.0, "options": {"expires": 10}},
    "forget webhooks": {"task": "saas.webhooks.tasks.forget", "schedule": 86_400.0, "options": {"expires": 86_400}},
    "remind of steps": {"task": "quests.tasks.remind", "schedule": 900.0, "options": {"expires": 900}},
    "summarize": {"task": "quests.tasks.summarize", "schedule": 900.0, "options": {"expires": 900}},
    "checkpoint": {"task": "audit.tasks.checkpoint", "schedule": 3600.0, "options": {"expires": 3600}},
    "work inbox": {"task": "marketplace.tasks.work_inbox", "schedule": 30.0, "options": {"expires": 30}},
    "settle orders": {"task": "marketplace.tasks.settle_orders", "schedule": 120.0, "options": {"expires": 120}},
    "top up": {"task": "marketplace.tasks.top_up", "schedule": 60.0, "options": {"expires": 60}},
    "pay with new cards": {
        "task": "marketplace.tasks.pay_with_new_cards",
        "schedule": 20.0,
        "options": {"expires": 20},
    },
    "report overage": {"task": "marketplace.tasks.report_overage", "schedule": 60.0, "options": {"expires": 60}},
    "look after gifts": {"task": "marketplace.tasks.look_after_gifts", "schedule": 60.0, "options": {"expires": 60}},
    "follow price changes": {
        "task": "marketplace.tasks.follow_price_changes",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "remind of bills": {
        "task": "marketplace.tasks.remind_of_bills",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "catch up with Stripe": {"task": "marketplace.tasks.catch_up", "schedule": 3600.0, "options": {"expires": 3600}},
    "send billing contacts": {
        "task": "marketplace.tasks.send_contacts",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "reconcile with Stripe": {
        "task": "marketplace.tasks.reconcile_all",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "end unpaid subscriptions": {
        "task": "marketplace.tasks.end_unpaid",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "forget webhook bodies": {
        "task": "marketplace.tasks.forget_payloads",
        "schedule": 86_400.0,
        "options": {"expires": 86_400},
    },
    "enforce retention": {
        "task": "saas.closing.tasks.enforce_retention",
        "schedule": 86_400.0,
        "options": {"expires": 86_400},
    },
    "check margins": {"task": "saas.backoffice.tasks.check_margins", "schedule": 3600.0, "options": {"expires": 3600}},
    "alert staff": {"task": "saas.backoffice.tasks.alert_staff", "schedule": 20.0, "options": {"expires": 20}},
    "forget counters": {"task": "saas.web.tasks.forget_counters", "schedule": 3600.0, "options": {"expires": 3600}},
    "forget idempotency keys": {
        "task": "saas.web.tasks.forget_idempotency_keys",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
}
if settings.BILLING_MODE == "sandbox":
    app.conf.beat_schedule["sandbox"] = {"task": "fake_stripe.tasks.tick", "schedule": 5.0, "options": {"expires": 5}}
    app.conf.beat_schedule["demo"] = {
        "task": "saas.backoffice.tasks.fill_demo",
        "schedule": 5.0,
        "options": {"expires": 5},
    }


@signals.celeryd_init.connect
@signals.beat_init.connect
def refuse_to_start(**signal: Any) -> None:
    """End a worker or beat that must not start; celery would log any other exception and go on."""
    from saas.kernel import startup

    try:
        startup.refuse_to_start()
    except ImproperlyConfigured as error:
        sys.exit(str(error))


JOBS = {entry["task"]: name for name, entry in app.conf.beat_schedule.items()}
"""The name of each scheduled job by its task."""


@signals.beat_init.connect
def _register_jobs(**_: Any) -> None:
    from saas.backoffice import jobs

    jobs.register({name: entry["schedule"] for name, entry in app.conf.beat_schedule.items()})


@signals.task_prerun.connect
def _begin_job(task: Task[..., Any], **_: Any) -> None:
    task.request.update(began_at=monotonic())


@signals.task_postrun.connect
def _end_job(task: Task[..., Any], state: str, retval: Any, **_: Any) -> None:
    """Write down when a scheduled job ended well, or that it raised."""
    from saas.backoffice import jobs

    if (name := JOBS.get(task.name)) is None:
        return
    if state == states.SUCCESS:
        jobs.succeeded(name=name, seconds=monotonic() - task.request.get("began_at", monotonic()))
    elif isinstance(retval, BaseException):
        jobs.failed(name=name, error=retval)
