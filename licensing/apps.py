from django.apps import AppConfig


class LicensingConfig(AppConfig):
    name = "licensing"
    state_looks = {"success": "active", "warning": "grace offline", "danger": "suspended"}
