"""What the API takes and gives about notifications."""

from rest_framework import serializers

from saas.web.api.cursors import PageParameters


class NotificationParameters(PageParameters):
    """Which notifications: read ones, or unread ones."""

    read = serializers.ChoiceField(choices=["true", "false"], required=False)


class NotificationShape(serializers.Serializer[object]):
    """A notification of one person."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    topic = serializers.CharField()
    title = serializers.CharField()
    body = serializers.CharField()
    event = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)
