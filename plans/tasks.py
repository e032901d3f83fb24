"""Celery tasks of allowances and trials."""

from celery import shared_task

from plans import actions
from plans.trials import actions as trial_actions


@shared_task
def refresh_allowances() -> int:
    """Grant every allowance that is due; return how many were granted."""
    return actions.refresh_due()


@shared_task
def advance_trials() -> int:
    """Record what trials have come to and notify people; return how many had come to something."""
    return trial_actions.advance_trials()
