"""Celery tasks of quests."""

from celery import shared_task

from quests import summaries
from quests.steps import reminders


@shared_task
def remind() -> int:
    """Remind people of the steps that are due today, where it is morning; return how many were."""
    return reminders.remind_all()


@shared_task
def summarize() -> int:
    """Send the months that are over and the goals that are behind, where it is morning; return how many."""
    return summaries.summarize_all()
