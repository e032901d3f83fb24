"""Celery task of licenses."""

from celery import shared_task

from licensing import actions


@shared_task
def advance_licenses() -> int:
    """Record the new state of every overdue license and notify people; return how many changed."""
    return actions.advance_all()
