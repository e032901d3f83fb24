"""When each scheduled job last ran well: written by the workers, read by /metrics and the staff's list."""

from datetime import timedelta

from django.db.models.functions import Now

from saas.backoffice.models import JobRun
from saas.kernel import tenancy

ERROR_MAX = 200


def register(schedule: dict[str, float]) -> None:
    """Make a row for each job of the schedule (name: seconds), and drop the rows of jobs that are gone."""
    with tenancy.system():
        JobRun.objects.exclude(name__in=schedule).delete()
        for name, seconds in schedule.items():
            JobRun.objects.update_or_create(name=name, defaults={"every": timedelta(seconds=seconds)})


def succeeded(*, name: str, seconds: float) -> None:
    """Note that a job ended well after so many seconds."""
    with tenancy.system():
        JobRun.objects.filter(name=name).update(succeeded_at=Now(), took=timedelta(seconds=seconds), error="")


def failed(*, name: str, error: BaseException) -> None:
    """Note that a job raised; its last success stays as it was. The error's class only: its text may quote anything."""
    with tenancy.system():
        JobRun.objects.filter(name=name).update(failed_at=Now(), error=type(error).__name__[:ERROR_MAX])
