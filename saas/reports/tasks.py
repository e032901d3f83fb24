"""Celery's clock for reports."""

from contextlib import suppress
from uuid import UUID

from celery import shared_task
from kombu.exceptions import OperationalError

from saas.kernel import tenancy
from saas.reports import actions
from saas.reports.models import ReportFile


@shared_task
def build_file(organization_id: str, file_id: str) -> bool:
    """Build one file; return whether it was."""
    with tenancy.organization(UUID(organization_id)):
        return actions.build(UUID(file_id))


def wake(file: ReportFile) -> None:
    """Ask a worker to build a file now; without a broker the next tick finds it."""
    with suppress(OperationalError):
        build_file.apply_async(args=(str(file.organization_id), str(file.id)), retry=False)


@shared_task
def tick() -> int:
    """Build what waits, forget what is old; return how many files were built."""
    actions.forget_files()
    return actions.build_waiting()
