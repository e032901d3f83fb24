"""Do what a paid renewal does to an organization's license: everything is restored."""

from licensing.actions import payment_succeeded
from licensing.management.payment_command import PaymentCommand


class Command(PaymentCommand):
    """Without an overdue payment it changes nothing."""

    help = __doc__

    def record(self, *, reason: str) -> str:
        """Record that the payment succeeded: all that was turned off works again."""
        if payment_succeeded(reason=reason):
            return "paid, everything is restored."
        return "nothing was overdue, nothing changed."
