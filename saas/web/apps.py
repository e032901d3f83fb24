from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin import apps as admin_apps
from django.contrib.messages.storage.cookie import CookieStorage

from saas.kernel.errors import NUMBER, RETRY_AFTER, ErrorCode


class WebConfig(AppConfig):
    name = "saas.web"
    label = "web"
    error_codes = (
        ErrorCode(400, "bad_request"),
        ErrorCode(400, "malformed_json"),
        ErrorCode(400, "idempotency_key_required"),
        ErrorCode(401, "invalid_api_key"),
        ErrorCode(401, "not_authenticated"),
        ErrorCode(405, "method_not_allowed"),
        ErrorCode(409, "idempotency_in_progress", RETRY_AFTER),
        ErrorCode(411, "length_required"),
        ErrorCode(413, "body_too_large", {"limit": NUMBER}),
        ErrorCode(414, "address_too_long"),
        ErrorCode(415, "unsupported_media_type"),
        ErrorCode(422, "idempotency_key_reused"),
        ErrorCode(429, "rate_limited", RETRY_AFTER),
        ErrorCode(431, "headers_too_large"),
        ErrorCode(500, "internal_error"),
    )

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
