"""Every address of Milepost."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "saas.web.errors.bad_request"
handler403 = "saas.web.errors.permission_denied"
handler404 = "saas.web.errors.not_found"
handler500 = "saas.web.errors.broken"
