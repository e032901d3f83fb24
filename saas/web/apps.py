from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin import apps as admin_apps
from django.contrib.messages.storage.cookie import CookieStorage


class WebConfig(AppConfig):
    name = "saas.web"
    label = "web"

    def ready(self) -> None:
        """Name the cookie of messages as the other cookies are named in production; Django has no setting for it."""
        if settings.PRODUCTION:
            CookieStorage.cookie_name = "__Host-messages"


class StaffSiteConfig(admin_apps.AdminConfig):
    """Django's admin with our site; INSTALLED_APPS names it."""

    default = False
    default_site = "saas.web.site.StaffSite"
