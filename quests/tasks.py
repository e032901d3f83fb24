"""Celery task of quests."""

from celery import shared_task

from quests.steps import reminders


@shared_task
def remind() -> int:
    """Remind people of the steps that are due today, where it is morning; return how many were."""
    return reminders.remind_all()
