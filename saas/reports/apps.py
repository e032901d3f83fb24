from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "saas.reports"
    label = "reports"
    navigation = (("reports", "Reports"),)
    state_looks = {"danger": "failed"}
