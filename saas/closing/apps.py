from django.apps import AppConfig


class ClosingConfig(AppConfig):
    name = "saas.closing"
    label = "closing"
