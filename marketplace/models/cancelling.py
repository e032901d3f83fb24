"""Why paid plans are cancelled."""

from django.db import models


class CancelReason(models.TextChoices):
    """Why somebody cancels: the values that Stripe knows, with the words that they choose from."""

    TOO_EXPENSIVE = "too_expensive", "It costs too much"
    UNUSED = "unused", "I do not use it enough"
    MISSING_FEATURES = "missing_features", "Something I need is missing"
    TOO_COMPLEX = "too_complex", "It is too complicated"
    LOW_QUALITY = "low_quality", "The results are not good enough"
    CUSTOMER_SERVICE = "customer_service", "I was not helped well"
    SWITCHED_SERVICE = "switched_service", "I use something else now"
    OTHER = "other", "Something else"
