"""Celery: a clock around actions. The truth about work to do is in PostgreSQL, so a lost message is only late."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings")

app = Celery("milepost")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "sweep": {"task": "tokens.tasks.sweep", "schedule": 30.0, "options": {"expires": 30}},
    "refresh allowances": {"task": "plans.tasks.refresh_allowances", "schedule": 300.0, "options": {"expires": 300}},
    "advance licenses": {"task": "licensing.tasks.advance_licenses", "schedule": 3600.0, "options": {"expires": 3600}},
    "notify": {"task": "audit.tasks.notify", "schedule": 20.0, "options": {"expires": 20}},
    "checkpoint": {"task": "audit.tasks.checkpoint", "schedule": 3600.0, "options": {"expires": 3600}},
    "forget idempotency keys": {
        "task": "saas.web.tasks.forget_idempotency_keys",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
}
