from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "saas.reports"
    label = "reports"
    state_looks = {"danger": "failed"}
