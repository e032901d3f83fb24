"""Celery tasks of reports."""

from uuid import UUID

from celery import shared_task

from saas.kernel import tenancy
from saas.kernel.publishing import publish
from saas.reports import actions
from saas.reports.models import ReportFile


@shared_task
def build_file(organization_id: str, file_id: str) -> bool:
    """Build one file; return whether it was."""
    with tenancy.organization(UUID(organization_id)):
        return actions.build(UUID(file_id))


def wake(file: ReportFile) -> None:
    """Ask a worker to build a file now; without a broker the next tick finds it."""
    publish("saas.reports.tasks.build_file", str(file.organization_id), str(file.id))


@shared_task
def tick() -> int:
    """Build waiting files and delete old ones; return how many were tried."""
    actions.forget_files()
    return actions.build_waiting()
