"""Register the webhook endpoint at Stripe, for exactly the events handled, and keep the pay page and portal set up."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from marketplace.models.modes import BillingMode
from marketplace.stripe import webhook_registration
from marketplace.stripe.gateway import WebhookRegistration
from saas.kernel.errors import DomainError


class Command(BaseCommand):
    """Make the endpoint and print its secret, once; run again, it finds the endpoint and updates its events."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the address, and what to do beyond seeing that there is an endpoint."""
        parser.add_argument("--url", default="", help="the address; by default BASE_URL/webhooks/stripe")
        choices = parser.add_mutually_exclusive_group()
        choices.add_argument("--rotate", action="store_true", help="make a second endpoint, with a new secret")
        choices.add_argument("--retire", action="store_true", help="delete all endpoints at the address but the newest")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it and say what to configure."""
        url = options["url"] or settings.BASE_URL + reverse("stripe_webhook")
        _require_reachable(url)
        try:
            if options["retire"]:
                self._retire(url)
            elif options["rotate"]:
                self._show(webhook_registration.add(url))
            else:
                self._ensure(url)
        except DomainError as error:
            raise CommandError(error.detail) from error

    def _ensure(self, url: str) -> None:
        found, done = webhook_registration.ensure(url)
        for what, (id, did) in webhook_registration.ensure_pages().items():
            self.stdout.write(f"The configuration of the {what}, {id}, is {did}.")
        if done == "made":
            self._show(found)
            return
        words = "Brought its list of events up to date." if done == "updated" else "Nothing to do."
        self.stdout.write(f"{found.endpoint_id} at {url} is there already. {words}")
        self.stdout.write("Its secret cannot be shown again: --rotate makes a new one.")

    def _show(self, made: WebhookRegistration) -> None:
        secrets_set = [secret for secret in settings.STRIPE_WEBHOOK_SECRETS if secret]
        before = "the present value and, after a comma, the new one" if secrets_set else "it"
        after = "\nThen delete the older endpoint: stripe_webhook --retire" if secrets_set else ""
        self.stdout.write(
            f"Made {made.endpoint_id} at {made.url}: {len(made.events)} events, API {made.api_version}.\n"
            f"Its secret, shown this once:\n\n    {made.secret}\n\n"
            f"Set STRIPE_WEBHOOK_SECRETS to {before}, and restart web and worker.{after}"
        )

    def _retire(self, url: str) -> None:
        ids = ", ".join(one.endpoint_id for one in webhook_registration.retire_older(url))
        self.stdout.write(f"Deleted {ids}. Take the older secret out of STRIPE_WEBHOOK_SECRETS, and restart.")


def _require_reachable(url: str) -> None:
    if settings.BILLING_MODE == BillingMode.SANDBOX:
        raise CommandError("The sandbox delivers its events by itself. Set BILLING_MODE and STRIPE_SECRET_KEY first.")
    if not url.startswith("https://") and not settings.STRIPE_API_BASE:
        raise CommandError(f"Stripe sends to public https addresses only, not to {url}. Set BASE_URL, or give --url.")
