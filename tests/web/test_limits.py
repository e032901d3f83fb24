"""Who waits as long as a refusal says is served."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine

from saas.web.limits import RateLimited, enforce

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("second", range(0, 60, 7))
def test_retry_after_is_never_too_short(second: int) -> None:
    key = str(uuid4())
    now = datetime(2027, 3, 1, 12, 0, second, 999_000, tzinfo=UTC)
    with time_machine.travel(now, tick=False) as clock:
        enforce(group="test", key=key, per_minute=1)
        with pytest.raises(RateLimited) as refused:
            enforce(group="test", key=key, per_minute=1)
        seconds = refused.value.retry_after
        assert seconds is not None
        assert 1 <= seconds <= 60
        clock.move_to(now.replace(microsecond=0) + timedelta(seconds=seconds))
        enforce(group="test", key=key, per_minute=1)
