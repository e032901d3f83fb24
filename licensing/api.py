"""REST resources of what the organization may do: its account and its license."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from licensing import queries
from licensing.models import LicenseState
from licensing.queries import LicenseStatus
from plans.api import TrialShape
from plans.queries import entitlements
from plans.trials import queries as trials
from plans.trials.queries import TrialProgress
from saas.accounts import queries as accounts
from saas.accounts.models import KeyMode
from saas.kernel.transactions import fetch_all
from saas.web.api.documentation import documented
from saas.web.api.resources import Resource


class CapabilitiesShape(serializers.Serializer[object]):
    """What the license allows now."""

    ai = serializers.BooleanField()
    sync = serializers.BooleanField()
    reports = serializers.BooleanField()


class StageShape(serializers.Serializer[object]):
    """A state and when it starts."""

    state = serializers.ChoiceField(choices=LicenseState.choices)
    starts_at = serializers.DateTimeField()


class LicenseShape(serializers.Serializer[object]):
    """Licenses: the right to use the product, by the state of payments."""

    state = serializers.ChoiceField(choices=LicenseState.choices)
    past_due_at = serializers.DateTimeField(allow_null=True)
    paused_at = serializers.DateTimeField(allow_null=True)
    capabilities = CapabilitiesShape()
    stages = StageShape(many=True)
    trial = TrialShape(allow_null=True)


class OrganizationShape(serializers.Serializer[object]):
    """An organization."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    timezone = serializers.CharField()
    currency = serializers.CharField(help_text="Code of ISO 4217: all amounts of the organization are in it.")
    trade = serializers.CharField(help_text="What it does for a living, like bakery; empty where nobody said.")


class LimitShape(serializers.Serializer[object]):
    """A limit and where it comes from; a null value is unlimited."""

    value = serializers.IntegerField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]


class FeatureShape(serializers.Serializer[object]):
    """A feature and where it comes from."""

    value = serializers.BooleanField()
    source = serializers.CharField()  # type: ignore[assignment]


class AccountShape(serializers.Serializer[object]):
    """Everything about what the organization may do."""

    organization = OrganizationShape()
    mode = serializers.ChoiceField(choices=KeyMode.choices)
    plan = serializers.CharField()
    plan_name = serializers.CharField()
    trial = TrialShape(allow_null=True)
    price_book_version = serializers.IntegerField()
    license = LicenseShape()
    features = serializers.DictField(child=FeatureShape())
    limits = serializers.DictField(child=LimitShape())
    operation_prices = serializers.DictField(child=LimitShape())


class AccountResource(Resource):
    """The organization behind the key."""

    scopes: ClassVar = {"GET": "read"}

    @documented("Get the account", gives=AccountShape)
    def get(self, request: Request) -> Response:
        """Return organization, plan, license, features, limits and prices with their sources."""
        self.parameters()
        organization_id = self.caller.organization_id
        payment_state, entitled = fetch_all(queries.payment_state(organization_id), entitlements(organization_id))
        organization, trial = accounts.organization(organization_id), trials.progress(entitled)
        return Response(
            {
                "organization": {
                    "id": organization.id,
                    "name": organization.name,
                    "timezone": organization.timezone,
                    "currency": organization.currency,
                    "trade": organization.trade,
                },
                "mode": self.caller.mode,
                "plan": entitled.plan.key,
                "plan_name": entitled.plan.name,
                "trial": trials.as_data(trial),
                "price_book_version": entitled.book.version,
                "license": license_shape(queries.license_status_from(payment_state, entitled), trial),
                "features": _with_sources(entitled.features),
                "limits": _with_sources(entitled.limits),
                "operation_prices": _with_sources(entitled.prices),
            }
        )


class LicenseResource(Resource):
    """The organization's license."""

    scopes: ClassVar = {"GET": "read"}

    @documented("Get the license", gives=LicenseShape)
    def get(self, request: Request) -> Response:
        """Return the license's state, what it allows, and the stages to come."""
        self.parameters()
        organization_id = self.caller.organization_id
        payment_state, entitled = fetch_all(queries.payment_state(organization_id), entitlements(organization_id))
        return Response(license_shape(queries.license_status_from(payment_state, entitled), trials.progress(entitled)))


def license_shape(license_status: LicenseStatus, trial: TrialProgress | None = None) -> dict[str, Any]:
    """Return a license as the API shows it."""
    return {
        "state": license_status.state,
        "past_due_at": license_status.past_due_at,
        "paused_at": license_status.paused_at,
        "capabilities": license_status.capabilities,
        "stages": [{"state": stage.state, "starts_at": stage.starts_at} for stage in license_status.stages],
        "trial": trials.as_data(trial),
    }


def _with_sources(values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {key: {"value": each.value, "source": each.source} for key, each in values.items()}
