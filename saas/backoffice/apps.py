from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    name = "saas.backoffice"
    label = "backoffice"
