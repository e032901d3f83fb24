from django.apps import AppConfig


class TeamConfig(AppConfig):
    name = "saas.team"
    label = "team"
