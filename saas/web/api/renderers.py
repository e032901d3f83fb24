"""JSON as the API gives it."""

from rest_framework import renderers

from saas.kernel.serialization import JSONEncoder


class JSONRenderer(renderers.JSONRenderer):
    """Writes every value as problems, stored answers and events have it."""

    encoder_class = JSONEncoder
