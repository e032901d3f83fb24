"""Which errors of sending mail are the server's, and which the one mail's."""

from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused


def is_of_the_server(error: Exception) -> bool:
    """Return True if no other mail could be sent now either: the server is away or refuses us."""
    return isinstance(error, OSError) and not isinstance(
        error, SMTPRecipientsRefused | SMTPSenderRefused | SMTPDataError
    )
