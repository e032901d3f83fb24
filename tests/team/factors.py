"""What the tests of second factors share."""

from time import sleep, time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

SEED = "JBSWY3DPEHPK3PXP"


def code_of(seed: str) -> str:
    """Return what an authenticator app shows, once it shows it for long enough to be used."""
    while time() % 30 > 25:
        sleep(0.1)
    return str(format_hotp_value(hotp_value(seed, next(iter(yield_hotp_counters_from_time())))))
