"""Do what a failed renewal does to an organization's license: day 0, AI is off."""

from licensing.actions import payment_failed
from licensing.management.payment_command import PaymentCommand


class Command(PaymentCommand):
    """A further failure while overdue changes nothing."""

    help = __doc__

    def record(self, *, reason: str) -> str:
        """Record that the payment failed: day 0 of the overdue license begins."""
        if payment_failed(reason=reason):
            return "payment is overdue from now on, AI is off."
        return "payment was overdue already, nothing changed."
