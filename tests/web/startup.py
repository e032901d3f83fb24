"""What production needs, for tests that start its processes."""

from django.conf import settings as configured

FINE = {
    "APP_ENV": "production",
    "SECRET_KEY": configured.SECRET_KEY,
    "ALLOWED_HOSTS": "milepost.example",
    "BASE_URL": "https://milepost.example",
    "TRUSTED_PROXIES": "1",
    "EMAIL_URL": "smtp+tls://milepost.example:587",
    "DEFAULT_FROM_EMAIL": "Milepost <hello@milepost.example>",
    "BILLING_MODE": "test",
    "STRIPE_SECRET_KEY": "sk_test_made_up",
    "STRIPE_WEBHOOK_SECRETS": "whsec_made_up",
}
"""What production needs, servers apart."""
