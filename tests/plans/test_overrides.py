"""One organization's own values name their source; a roll-out only ever grows."""

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.actions import end_override, roll_out, set_override
from plans.models import OverrideKind
from plans.queries import Effective, FeatureNotInPlan, entitlements, rolled_out
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import Invalid
from tests.conftest import Person

pytestmark = pytest.mark.fast


def test_an_override_says_that_it_is_one_and_ends(alice: Person, mallory: Person) -> None:
    with alice.acting():
        now = database_now()
        hour = now + timedelta(hours=1)
        give = {"reason": "asked by phone", "by": None}
        set_override(kind=OverrideKind.LIMIT, key="members", value=None, ends_at=hour, **give)  # type: ignore[arg-type]
        set_override(kind=OverrideKind.PRICE, key="quest", value=2, ends_at=None, **give)  # type: ignore[arg-type]
        set_override(kind=OverrideKind.FEATURE, key="departments", value=1, ends_at=None, **give)  # type: ignore[arg-type]
        set_override(kind=OverrideKind.FEATURE, key="packs", value=1, ends_at=now, **give)  # type: ignore[arg-type]
        entitled = entitlements(alice.organization_id).fetch()
        assert entitled.limits["members"] == Effective(None, "override")
        assert entitled.prices["quest"] == Effective(2, "override")
        assert entitled.prices["lead_list"] == Effective(5, "plan")
        assert entitled.features["departments"] == Effective(True, "override")
        assert entitled.features["packs"].source == "plan", "an override that has ended holds no more"
        assert end_override(kind=OverrideKind.LIMIT, key="members", reason="no longer needed")
        assert entitlements(alice.organization_id).fetch().limits["members"] == Effective(10, "plan")
    with mallory.acting():
        assert entitlements(mallory.organization_id).fetch().prices["quest"] == Effective(3, "plan")


def test_an_override_needs_a_reason(alice: Person) -> None:
    with alice.acting(), pytest.raises(Invalid):
        set_override(kind=OverrideKind.LIMIT, key="members", value=3, reason=" ", ends_at=None, by=None)


@given(st.text(min_size=1), st.integers(0, 100), st.integers(0, 100))
def test_who_has_a_feature_keeps_it_when_more_get_it(feature: str, one: int, other: int) -> None:
    fewer, more = sorted((one, other))
    organization_id = uuid4()
    assert not rolled_out(feature, organization_id, 0)
    assert rolled_out(feature, organization_id, 100)
    assert rolled_out(feature, organization_id, more) or not rolled_out(feature, organization_id, fewer)


def test_ten_percent_are_about_ten_in_a_hundred_and_others_for_another_feature() -> None:
    organizations = [uuid4() for _ in range(4000)]
    having = {key: {o for o in organizations if rolled_out(key, o, 10)} for key in ("quest", "lead_list")}
    assert 300 < len(having["quest"]) < 500
    assert len(having["quest"] & having["lead_list"]) < 100


def test_a_roll_out_turns_a_feature_of_the_plan_off_for_the_others_only(alice: Person) -> None:
    with tenancy.system():
        roll_out(feature="revenue_forecast", percentage=0, reason="test")
    try:
        with alice.acting():
            entitled = entitlements(alice.organization_id).fetch()
            assert entitled.features["revenue_forecast"] == Effective(False, "rollout")
            with pytest.raises(FeatureNotInPlan):
                entitled.require("revenue_forecast")
    finally:
        with tenancy.system():
            roll_out(feature="revenue_forecast", percentage=100, reason="test")
    with alice.acting():
        assert entitlements(alice.organization_id).fetch().has("revenue_forecast")
