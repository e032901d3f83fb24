"""The site with the pages of the fake Stripe."""

from django.urls import include, path

from saas import urls as site

urlpatterns = [*site.urlpatterns, path("sandbox/", include("fake_stripe.urls"))]
handler400, handler403, handler404 = site.handler400, site.handler403, site.handler404
handler500 = site.handler500
