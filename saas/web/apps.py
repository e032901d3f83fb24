from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin import apps as admin_apps
from django.contrib.messages.storage.cookie import CookieStorage


class WebConfig(AppConfig):
    name = "saas.web"
    label = "web"

    def ready(self) -> None:
        """Register what a process refuses to start for, and name the cookie of messages as production names the others.

        Django has no setting for its name.
        """
        from saas.web import checks  # noqa: F401

        if settings.PRODUCTION:
            CookieStorage.cookie_name = "__Host-messages"


class StaffSiteConfig(admin_apps.AdminConfig):
    """Django's admin with our site; INSTALLED_APPS names it."""

    default = False
    default_site = "saas.web.site.StaffSite"
