from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class WebConfig(AppConfig):
    name = "saas.web"
    label = "web"


class StaffSiteConfig(admin_apps.AdminConfig):
    """Django's admin with our site; INSTALLED_APPS names it."""

    default = False
    default_site = "saas.web.site.StaffSite"
