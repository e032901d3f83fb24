"""Reports as the REST API takes and gives them."""

from typing import Any

from rest_framework import serializers

from saas.reports.models import FileStatus
from saas.web.api.fields import DayField
from saas.web.api.resources import StrictSerializer


class SpanParameters(StrictSerializer):
    """Which days; `from` is included, `to` too."""

    def get_fields(self) -> dict[str, Any]:
        """Add the parameters whose names Python reserves."""
        return {**super().get_fields(), **{name: DayField(required=False) for name in ("from", "to")}}


class FileShape(serializers.Serializer[object]):
    """A PDF that is being built: ask again after `Retry-After`."""

    report = serializers.CharField()
    status = serializers.ChoiceField(choices=FileStatus.choices)
    lines = serializers.IntegerField()
    lines_done = serializers.IntegerField()
