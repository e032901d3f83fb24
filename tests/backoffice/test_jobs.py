"""Each scheduled job leaves when it last ended well; /metrics tells how long ago."""

import pytest
from django.test import Client

from saas.backoffice import jobs
from saas.backoffice.models import JobRun
from saas.celery import app
from saas.kernel import tenancy
from tokens import tasks

pytestmark = pytest.mark.own_database


@pytest.fixture
def watch() -> str:
    jobs.register({name: entry["schedule"] for name, entry in app.conf.beat_schedule.items()})
    return next(str(name) for name, entry in app.conf.beat_schedule.items() if entry["task"] == "tokens.tasks.watch")


def metric(name: str, job: str) -> float:
    """Return a job's figure in /metrics."""
    page = Client().get("/metrics").content.decode()
    return next(float(line.split()[-1]) for line in page.splitlines() if line.startswith(f'{name}{{job="{job}"}}'))


def run(name: str) -> JobRun:
    with tenancy.system():
        return JobRun.objects.get(name=name)


def test_a_job_that_ends_well_says_when_and_one_that_fails_says_that(
    watch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks.watch.apply(throw=True)
    first = run(watch)
    assert first.succeeded_at is not None
    assert first.took is not None
    assert 0 <= metric("milepost_job_last_success_age_seconds", watch) < 3600
    assert metric("milepost_job_schedule_seconds", watch) == 20

    def breaks() -> int:
        raise ValueError("with somebody's words in it")

    monkeypatch.setattr("tokens.alerts.watch", breaks)
    assert tasks.watch.apply().failed()
    second = run(watch)
    assert (second.succeeded_at, second.error) == (first.succeeded_at, "ValueError")
    monkeypatch.undo()
    tasks.watch.apply(throw=True)
    assert run(watch).error == ""


def test_a_new_job_counts_from_when_it_was_first_known_and_a_removed_one_is_forgotten(watch: str) -> None:
    everything = {name: entry["schedule"] for name, entry in app.conf.beat_schedule.items()}
    jobs.register({**everything, "made up": 5})
    assert run("made up").succeeded_at is None
    assert 0 <= metric("milepost_job_last_success_age_seconds", "made up") < 3600
    jobs.register(everything)
    with tenancy.system():
        assert not JobRun.objects.filter(name="made up").exists()


def test_a_worker_that_is_not_told_its_queues_takes_every_job() -> None:
    told = {app.amqp.router.route({}, name)["queue"].name for name in app.tasks}
    assert told == set(app.amqp.queues.consume_from) == {"celery", "money"}
