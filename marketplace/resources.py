"""What REST resources of money share.

Note [Money under a key]
    Stripe is called outside any transaction, so key, effect and answer cannot be one commit: the answer is stored
    when it is done. When a crash comes in between, a repetition finds the purchase, since an order is unique by its
    key, for longer than keys are remembered; and it finds the plan that was asked for, since a
    change names the plan, not a difference.
"""

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS

from saas.accounts.callers import Caller
from saas.kernel.errors import Forbidden
from saas.web.api.resources import Resource


class MoneyResource(Resource):
    """What costs money; test keys spend none, unless BILLING_MODE is sandbox and nobody does."""

    def require_mode(self, caller: Caller) -> None:
        """Raise Forbidden for a test key that would move money."""
        if caller.is_test and self.request.method not in SAFE_METHODS and settings.BILLING_MODE != "sandbox":
            raise Forbidden(
                "A test key moves no money unless BILLING_MODE is sandbox. POST /test/tokens gives its test"
                " organization tokens, POST /test/payment lets a renewal fail or succeed."
            )
