from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "saas.accounts"
    label = "accounts"
    verbose_name = "People and organizations"
    state_looks = {"success": "active", "danger": "revoked"}
