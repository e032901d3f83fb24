"""People, organizations, roles, departments, invitations, API keys."""

import unicodedata
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models
from django.db.models.functions import Collate, Lower, Now
from django.utils.crypto import salted_hmac

from saas.accounts.tenancy import TenantModel
from saas.kernel.ids import uuid7
from saas.kernel.isolation import TenantForeignKey
from saas.kernel.text import clean_name

ADDRESS_MAX = 254
"""Characters of an address, in its canonical spelling too: some characters stand for twenty."""


def canonical_email(address: str) -> str:
    """Return one spelling for all spellings of a mailbox: NFKC, no invisible characters, case folded, IDNA.

    >>> canonical_email("Alice@BÜCHER.example")
    'alice@xn--bcher-kva.example'
    """
    visible = "".join(c for c in unicodedata.normalize("NFKC", address) if unicodedata.category(c) != "Cf")
    local, _, domain = visible.strip().casefold().rpartition("@")
    with suppress(UnicodeError):  # no valid domain: the address form refuses it with a better message
        domain = domain.encode("idna").decode("ascii")
    return f"{local}@{domain}"


DOTLESS_DOMAINS = frozenset({"gmail.com", "googlemail.com"})
"""Domains of one provider, which ignores dots in what stands before the @."""


def mailbox(address: str) -> str:
    """Return one spelling for all addresses of a mailbox, tags included: for counting mailboxes, never for mailing.

    >>> mailbox("Al.Ice+shop@googlemail.com")
    'alice@gmail.com'
    """
    local, _, domain = canonical_email(address).rpartition("@")
    tagless = local.partition("+")[0] or local
    if domain in DOTLESS_DOMAINS:
        return f"{tagless.replace('.', '') or tagless}@gmail.com"
    return f"{tagless}@{domain}"


def can_be_mailed(address: str) -> bool:
    """Return True if an address is one that mail can be sent to: ASCII in an envelope, in a named domain, not too long.

    What is asked is the address as it stands, which is what mail is sent to: an invisible character in the domain
    leaves the canonical one valid, and cannot be sent to.
    """
    local, _, domain = address.strip().rpartition("@")
    try:
        domain.encode("idna")
    except UnicodeError:
        return False
    canonical = canonical_email(address)
    is_ascii = local.isascii() and canonical.isascii()
    return is_ascii and not domain.startswith("[") and len(canonical) <= ADDRESS_MAX


def address_columns(address: str) -> dict[str, str]:
    """Return the columns of `User` that an address takes: the database refuses one of them without the others."""
    return {"email": address, "canonical_email": canonical_email(address), "canonical_email_source": address}


class NameField(models.CharField):  # type: ignore[type-arg]
    """A name in one line without control characters and direction overrides, whichever way it is written."""

    def get_prep_value(self, value: Any) -> Any:
        """Return the cleaned name, for storing and for searching."""
        prepared = super().get_prep_value(value)
        return clean_name(prepared) if isinstance(prepared, str) else prepared


class UserManager(DjangoUserManager["User"]):
    """Makes users by e-mail address; there is no user name."""

    def _create_user(self, username: Any, email: str | None, password: str | None, **extra: Any) -> "User":
        # In lower case as everywhere: login and sign-up look addresses up so.
        user = self.model(email=(email or "").strip().lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "User":  # type: ignore[override]
        return self._create_user(None, email, password, **extra)

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> "User":  # type: ignore[override]
        return self._create_user(None, email, password, is_staff=True, is_superuser=True, **extra)


class User(AbstractUser):
    """A person. One login for all their organizations.

    Raising `session_epoch` ends every session of theirs: what a session carries no longer fits. From `erased_at` on
    the row says nothing of who they were: see Note [What is left of an erased person].

    Note [One mailbox, one person]
        `canonical_email` is unique. The rule behind it (IDNA among others) cannot be said in SQL, so the database holds
        what it can: `canonical_email_source` is the address it was computed from and must be `email`, which refuses an
        address that was written alone; and of an ASCII address the canonical one is its lower case.
        It is NULL for those whose address turned out to be another spelling of somebody's when that was checked:
        staff find them by the filter "address" of the list of people, and a change of address ends it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField("e-mail address", unique=True)
    canonical_email = models.CharField(max_length=320, unique=True, null=True, editable=False)
    canonical_email_source = models.CharField(max_length=254, editable=False)
    name = NameField(max_length=120, blank=True)
    erased_at = models.DateTimeField(null=True, editable=False)
    session_epoch = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(canonical_email_source=models.F("email")), name="user_canonical_of_this_email"
            ),
            models.CheckConstraint(
                condition=~models.Q(email__regex=r"^[!-~]+@[!-~]+$")
                | models.Q(canonical_email=Lower(Collate("email", "C"))),
                name="user_canonical_of_ascii",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with the address's other columns, also where only `email` is to be saved: allauth does that."""
        if self.canonical_email_source != self.email:
            for name, value in address_columns(self.email).items():
                setattr(self, name, value)
        if (names := kwargs.get("update_fields")) is not None and "email" in names:
            kwargs["update_fields"] = {*names, *address_columns("")}
        super().save(*args, **kwargs)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return what a session must carry; before the first raise of the epoch it is Django's own."""
        if not self.session_epoch:
            return super()._get_session_auth_hash(secret)  # type: ignore[misc, no-any-return]
        value = f"{self.session_epoch}:{self.password}"
        return salted_hmac("accounts.User.session", value, secret=secret, algorithm="sha256").hexdigest()


class Organization(models.Model):
    """A customer: a small business with its people, its goals and its token account.

    `currency` is a code of ISO 4217, which all of its own amounts are in; `trade` is one of `saas.accounts.trades`, or
    empty where nobody said.
    `sandbox_of` is the organization whose test keys act for this one, which is its test organization: one at most,
    without members.
    `clock_offset` is how far its clock was moved ahead; only a test organization's ever is, and under sandbox payments
    anybody's. The demo's is behind while its history is made.
    With `second_factor_required` people without one cannot work in it until they have one; its keys can.
    From `closed_at` on nothing new begins in it: the database refuses new keys, holds, grants, orders and more.
    From `purged_at` on nothing is left of it but its ledger, its money's rows and its audit log.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = NameField(max_length=120)
    timezone = models.CharField(max_length=64, default="UTC")
    currency = models.CharField(max_length=3, default="USD")
    trade = models.CharField(max_length=40, blank=True, default="", db_default="")
    sandbox_of = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, editable=False, related_name="sandbox"
    )
    clock_offset = models.DurationField(default=timedelta, editable=False)
    second_factor_required = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    purged_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sandbox_of=None) | ~models.Q(sandbox_of=models.F("id")),
                name="organization_sandbox_of_another",
            ),
            models.CheckConstraint(
                condition=models.Q(currency__regex=r"^[A-Z]{3}$"), name="organization_currency_is_a_code"
            ),
            models.CheckConstraint(condition=models.Q(trade__regex=r"^[a-z_]*$"), name="organization_trade_is_a_code"),
        ]

    def __str__(self) -> str:
        return str(self.name)

    @property
    def clock_is_behind(self) -> bool:
        """Return True while the history of the demo is being made; see `saas.backoffice.demo_history`."""
        return self.clock_offset < timedelta(0)


class Installation(models.Model):
    """How this database earns money, as `manage.py prepare` recorded it: one row, which the application only reads.

    The database decides by it whose clock may be moved; see `sql/clocks.sql`.
    """

    id = models.BooleanField(primary_key=True, default=True)
    billing_mode = models.CharField(max_length=7, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=True), name="installation_once")]

    def __str__(self) -> str:
        return self.billing_mode


class OrganizationState(models.Model):
    """What nearly every write of an organization changes, in one row: its tokens' totals and its audit chain's head.

    The rooms of both are above this one, and their functions write it: `tokens.Account` has the totals, and
    `audit.ChainHead` the head. The table has the name that it had before it got the head. The platform's row has no
    tokens. Nothing refers to the organization: its chain outlives it.
    """

    organization_id = models.UUIDField(primary_key=True)
    available = models.IntegerField(db_default=0)
    held = models.IntegerField(db_default=0)
    debt = models.IntegerField(db_default=0)
    entry_seq = models.BigIntegerField(db_default=0)
    suspended_at = models.DateTimeField(null=True)
    period_started_at = models.DateTimeField(null=True)
    resets_at = models.DateTimeField(null=True)
    event_seq = models.BigIntegerField(db_default=0)
    event_hash = models.BinaryField(max_length=32, db_default=b"")

    class Meta:
        db_table = "tokens_account"
        constraints = [
            models.CheckConstraint(condition=models.Q(available__gte=0), name="account_available_not_negative"),
            models.CheckConstraint(condition=models.Q(held__gte=0), name="account_held_not_negative"),
            models.CheckConstraint(condition=models.Q(debt__gte=0), name="account_debt_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} at entry {self.entry_seq}, event {self.event_seq}"


class Department(TenantModel):
    """A part of an organization that can have a token quota of its own."""

    name = models.CharField(max_length=80)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="department_name_once")]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a person may do: members work, admins also manage people and keys, owners also pay."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"


MANAGERS = (Role.OWNER, Role.ADMIN)
"""Who manages people, quotas and keys."""


class Membership(TenantModel):
    """A person's place in an organization."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role)
    department = TenantForeignKey(Department, on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"


class Invitation(TenantModel):
    """An offer of membership to an e-mail address; the links' secrets are stored as their SHA-256.

    The mail's link proves the mailbox. Where no mail goes out the inviter is shown another one, which proves nothing.
    """

    email = models.EmailField()
    role = models.CharField(max_length=8, choices=Role)
    department = TenantForeignKey(Department, on_delete=models.SET_NULL, null=True, blank=True)
    secret_hash = models.BinaryField(max_length=32, unique=True, editable=False)
    shown_secret_hash = models.BinaryField(max_length=32, unique=True, null=True, editable=False)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "email"],
                name="invitation_open_once",
                condition=models.Q(accepted_at=None, revoked_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.email


class KeyStatus(models.TextChoices):
    """The status of an API key. Only an active key is accepted."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


class KeyMode(models.TextChoices):
    """Which organization a key acts for: its own (live), or that organization's test organization (test)."""

    LIVE = "live"
    TEST = "test"


class ApiKey(TenantModel):
    """An integrator's credential: what is kept of it is a SHA-256, its prefix and its last four characters.

    A test key is kept with the organization that made it, and acts for its test organization.
    `replaces` is the key that this one was rotated in for.
    """

    name = models.CharField(max_length=80)
    mode = models.CharField(max_length=4, choices=KeyMode, default=KeyMode.LIVE, editable=False)
    secret_hash = models.BinaryField(max_length=32, unique=True, editable=False)
    hint = models.CharField(max_length=24, editable=False)
    scopes = models.JSONField(default=list)
    requests_per_minute = models.PositiveIntegerField(default=600)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, editable=False)
    replaces = TenantForeignKey("self", on_delete=models.PROTECT, null=True, editable=False, db_index=False)

    class Meta:
        verbose_name = "API key"
        verbose_name_plural = "API keys"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "replaces"],
                name="api_key_replaced_once",
                condition=models.Q(revoked_at=None),
            ),
            models.CheckConstraint(condition=models.Q(mode__in=KeyMode.values), name="api_key_mode_known"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint})"

    def status(self, now: datetime) -> KeyStatus:
        """Return whether the key is active, expired or revoked."""
        if self.revoked_at is not None:
            return KeyStatus.REVOKED
        return KeyStatus.EXPIRED if self.expires_at is not None and self.expires_at <= now else KeyStatus.ACTIVE
