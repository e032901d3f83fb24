"""Rows that workers claim: one worker each, until the claim runs out; what fails costs the others nothing."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import F, QuerySet

from saas.kernel import tenancy
from saas.kernel.claims import claim, work_claimed
from saas.kernel.items import set_aside_by
from saas.reports.models import ReportFile
from tests.conftest import Person

HOUR = timedelta(hours=1)
CLAIM: dict[str, Any] = {"until": "claim_ends_at", "lease": timedelta(minutes=5)}


@pytest.fixture
def files(alice: Person) -> Iterator[QuerySet[ReportFile]]:
    """Three rows of hers that wait, the third for longest."""
    with alice.acting():
        for day in (1, 2, 3):
            file = ReportFile.objects.create(
                user=alice.user, report="goals", first_day=date(2026, 1, day), last_day=date(2026, 2, 1), lines=1
            )
            ReportFile.objects.filter(pk=file.pk).update(claim_ends_at=F("created_at") - day * HOUR)
    with tenancy.system():
        rows = ReportFile.objects.filter(organization_id=alice.organization_id)
        yield rows
        rows.delete()


def taken_by(worked: list[int]) -> Callable[[ReportFile], None]:
    return lambda file: worked.append(file.first_day.day)


def test_a_row_is_worked_by_one_worker_until_its_claim_runs_out(files: QuerySet[ReportFile]) -> None:
    job = f"claims {uuid4()}"
    first: list[int] = []
    second: list[int] = []

    def work(file: ReportFile) -> None:
        assert files.get(pk=file.pk).claim_ends_at == file.claim_ends_at
        first.append(file.first_day.day)
        work_claimed(job, files, taken_by(second), **CLAIM, at_most=3 - len(first))

    assert work_claimed(job, files, work, **CLAIM) == 1
    assert (first, second) == ([3], [2, 1]), "what the other worker took meanwhile is not taken again"
    assert work_claimed(job, files, work, **CLAIM) == 0
    files.filter(first_day=date(2026, 1, 3)).update(claim_ends_at=F("claim_ends_at") - CLAIM["lease"])
    assert work_claimed(job, files, taken_by(first), **CLAIM) == 1
    assert first == [3, 3]


def test_of_two_who_saw_the_same_row_one_claims_it(files: QuerySet[ReportFile]) -> None:
    seen = files.order_by("claim_ends_at")[0]
    same = files.filter(pk=seen.pk, claim_ends_at=seen.claim_ends_at)
    assert [claim(same, **CLAIM, lines_done=1) for _ in range(2)] == [True, False]
    assert files.get(pk=seen.pk).lines_done == 1


def test_rows_go_by_their_own_clock(files: QuerySet[ReportFile]) -> None:
    job = f"claims {uuid4()}"
    worked: list[int] = []
    files.update(claim_ends_at=F("created_at") + 2 * HOUR)
    assert work_claimed(job, files, taken_by(worked), **CLAIM) == 0
    assert work_claimed(job, files, taken_by(worked), **CLAIM, clock=F("created_at") + 3 * HOUR) == 3
    for file in files:
        assert file.claim_ends_at == file.created_at + 3 * HOUR + CLAIM["lease"]


def test_a_bad_row_is_set_aside_and_the_others_are_worked(files: QuerySet[ReportFile]) -> None:
    job, bad = f"claims {uuid4()}", {2}
    worked: list[int] = []

    def work(file: ReportFile) -> None:
        if file.first_day.day in bad:
            raise ConnectionError("bad")  # may pass, so it is tried again without a pause
        worked.append(file.first_day.day)

    assert work_claimed(job, files, work, **CLAIM) == 2
    assert worked == [3, 1]
    assert list(set_aside_by(job)) == [str(files.get(first_day=date(2026, 1, 2)).pk)]
    bad.clear()
    files.filter(first_day=date(2026, 1, 2)).update(claim_ends_at=F("created_at"))
    assert work_claimed(job, files, work, **CLAIM) == 1
    assert worked == [3, 1, 2] and not set_aside_by(job)


def test_a_run_ends_where_what_all_need_is_away_and_after_so_many(files: QuerySet[ReportFile]) -> None:
    job = f"claims {uuid4()}"
    tried: list[int] = []

    def work(file: ReportFile) -> None:
        tried.append(file.first_day.day)
        if len(tried) > 1:
            raise ConnectionError("away")

    assert work_claimed(job, files, work, **CLAIM, at_most=1) == 1
    assert work_claimed(job, files, work, **CLAIM, is_away=lambda error: isinstance(error, OSError)) == 0
    assert tried == [3, 2] and not set_aside_by(job)
    assert work_claimed(job, files, taken_by(tried), **CLAIM) == 1
    assert tried == [3, 2, 1], "the rest waits for the next run, the one that was tried for its claim to run out"
