"""Settings of Milepost: everything that differs between places comes from the environment (.env.example)."""

import hmac
import os
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONCE
from kombu import Exchange, Queue
from psycopg.conninfo import conninfo_to_dict
from redis.backoff import NoBackoff
from redis.retry import Retry

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent

APP_ENV = env("APP_ENV", default="development")
PRODUCTION = APP_ENV == "production"
# `manage.py up --reload`, for who changes the code: templates are read anew, and an error's page shows where it was.
RELOAD = env.bool("MILEPOST_RELOAD", default=False)
DEBUG = RELOAD and not PRODUCTION and env("MILEPOST_PROCESS", default="") == "web"
DATA_DIR = Path(env("DATA_DIR", default=str(BASE_DIR / ".data")))
AUDIT_CHECKPOINTS = Path(env("AUDIT_CHECKPOINTS", default="") or DATA_DIR / "audit-checkpoints.jsonl")
PORT = env.int("PORT", default=8000)
SECRET_KEY = env("SECRET_KEY", default="")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = [f"https://{host.lstrip('.')}" for host in ALLOWED_HOSTS if host != "*"]
BASE_URL = env("BASE_URL", default=f"http://localhost:{PORT}")

INSTALLED_APPS = [
    "saas.kernel",
    "saas.accounts",
    "saas.web",
    "audit",
    "tokens",
    "abuse",
    "plans",
    "licensing",
    "saas.metering",
    "saas.team",
    "saas.webhooks",
    "quests",
    "marketplace",
    "saas.notifications",
    "saas.reports",
    "saas.closing",
    "saas.backoffice",
    "saas.web.apps.StaffSiteConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "saas.web.middleware.RequestContext",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "saas.web.middleware.CompressPages",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "saas.web.middleware.StaffSessions",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "saas.web.middleware.CurrentOrganization",
    "saas.web.middleware.RenderDomainErrors",
    "saas.web.middleware.LimitAttempts",
]

ROOT_URLCONF = "saas.urls"
NAVIGATION = ("quests", "metering", "reports", "team")
"""The rooms whose pages are in the top bar, in order; each declares its links in its `apps.py`."""
WSGI_APPLICATION = "saas.wsgi.application"

READ_ANEW = ("filesystem", "app_directories")  # with APP_DIRS, Django keeps what it has read
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": not RELOAD,
        "OPTIONS": {
            **({"loaders": [f"django.template.loaders.{name}.Loader" for name in READ_ANEW]} if RELOAD else {}),
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "saas.web.context.theme",
                "saas.shell.context.shell",
                "marketplace.context.mode",
            ],
        },
    },
]

# Database: DATABASE_URL is the owner's way in (roles, migrations). Requests log in as app_web, all else as app_jobs.
# A person waits for web, nobody for a command: `saas.wsgi` and `saas.celery` say which process this is. 0 is no limit.

_statement, _lock, _idle = {"web": (15, 3, 15), "jobs": (60, 10, 60), "commands": (0, 30, 0)}[
    env("MILEPOST_PROCESS", default="commands")
]
DATABASE_CONNECT_SECONDS = env.int("DATABASE_CONNECT_SECONDS", default=5)
DATABASE_STATEMENT_SECONDS = float(env("DATABASE_STATEMENT_SECONDS", default="") or _statement)
DATABASE_LOCK_SECONDS = float(env("DATABASE_LOCK_SECONDS", default="") or _lock)
DATABASE_IDLE_SECONDS = float(env("DATABASE_IDLE_SECONDS", default="") or _idle)
DATABASE_POOL_SECONDS = env.float("DATABASE_POOL_SECONDS", default=10)
DATABASE_PREPARE = env.bool("DATABASE_PREPARE", default=True)


def _database(conninfo: dict[str, Any], **options: Any) -> dict[str, Any]:
    return {
        "ENGINE": "saas.kernel.postgres",
        "NAME": conninfo.get("dbname", "milepost"),
        "USER": conninfo.get("user", ""),
        "PASSWORD": conninfo.get("password", ""),
        "HOST": conninfo.get("host", ""),
        "PORT": conninfo.get("port", ""),
        "CONN_MAX_AGE": 0 if "pool" in options else 60,
        "CONN_HEALTH_CHECKS": "pool" not in options,  # what comes out of the pool is looked at in any case
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {
            "connect_timeout": DATABASE_CONNECT_SECONDS,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 10_000,
            "prepare": DATABASE_PREPARE,
            **options,
        },
    }


def _limits() -> dict[str, Any]:
    """Return how long a statement, a lock and an idle transaction may take, on the server's side and on ours."""
    seconds = {
        "statement_timeout": DATABASE_STATEMENT_SECONDS,
        "lock_timeout": DATABASE_LOCK_SECONDS,
        "idle_in_transaction_session_timeout": DATABASE_IDLE_SECONDS,
    }
    return {
        "options": " ".join(f"-c {name}={round(value * 1000)}" for name, value in seconds.items()),
        "answer_seconds_max": DATABASE_STATEMENT_SECONDS + 2 if DATABASE_STATEMENT_SECONDS else 0,
    }


DATABASE_URL = env("DATABASE_URL")
DATABASE_POOL_SIZE = env.int("DATABASE_POOL_SIZE", default=0)
APP_PASSWORDS = {
    login: hmac.digest(SECRET_KEY.encode(), login.encode(), "sha256").hex()
    for login in ("app_web", "app_jobs", "app_analyst")
}
_owner = conninfo_to_dict(DATABASE_URL)
_application = {**_owner, "user": "", "password": ""}
# After a failure a new connection is tried at once, not after a pause that has grown meanwhile.
_sizes = {"min_size": 1, "max_size": DATABASE_POOL_SIZE, "timeout": DATABASE_POOL_SECONDS, "reconnect_timeout": 3}
# Reports are read from a streaming replica, by the same logins; where none is named, from the primary.
REPORTS_DATABASE_URL = env("REPORTS_DATABASE_URL", default="")
if REPORTS_DATABASE_URL == DATABASE_URL:
    REPORTS_DATABASE_URL = ""
_replica = conninfo_to_dict(REPORTS_DATABASE_URL) if REPORTS_DATABASE_URL else {}
DATABASES = {
    "default": {
        **_database(_application, **_limits(), **({"pool": _sizes} if DATABASE_POOL_SIZE else {})),
        "LOGINS": APP_PASSWORDS,
        "REPLICA": {"port": "5432", **{key: _replica[key] for key in ("host", "port", "dbname") if key in _replica}}
        if _replica
        else {},
    },
    "owner": {
        **_database(_owner, assume_role="app_owner"),
        # A migration that waits for a lock makes everybody wait behind it: it gives up instead, and is run again.
        "SESSION": {
            "lock_timeout": f"{env.int('MIGRATION_LOCK_TIMEOUT_SECONDS', default=4)}s",
            "statement_timeout": f"{env.int('MIGRATION_STATEMENT_TIMEOUT_SECONDS', default=30)}s",
        },
    },
}
DATABASE_ROUTERS = ["saas.kernel.routers.OneDatabase"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis: one server, three uses kept apart by key prefix or database number.

REDIS_URL = env("REDIS_URL")
ABUSE_KEY_PREFIX = env("ABUSE_KEY_PREFIX", default="milepost:abuse:")
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "milepost:cache",
        # The cache only ever limits addresses and speeds things up: without it the pages must go on working.
        # Its client would try each command four times; a Redis that hangs may cost a request a second in all.
        "OPTIONS": {
            "IGNORE_EXCEPTIONS": True,
            "SOCKET_CONNECT_TIMEOUT": 0.15,
            "SOCKET_TIMEOUT": 0.15,
            "CONNECTION_POOL_KWARGS": {"retry": Retry(NoBackoff(), 0)},
        },
    },
}
DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = False
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
CELERY_TASK_IGNORE_RESULT = True
# What asks Stripe has workers of its own: where Stripe hangs, all other jobs keep their pace. Both queues are named, so
# that a worker which is not told its queues leaves none of them alone.
CELERY_TASK_QUEUES = [Queue(name, Exchange(name), name) for name in ("celery", "money")]
CELERY_TASK_ROUTES = {
    "marketplace.tasks.look_after_gifts": {"queue": "celery"},
    "marketplace.tasks.forget_payloads": {"queue": "celery"},
    "marketplace.tasks.*": {"queue": "money"},
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_TIME_LIMIT = 600
# Longer than the longest task, or a second worker would start it again while it runs.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 1800, "socket_connect_timeout": 2, "socket_timeout": 10}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"

# People

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
# The first one makes new hashes; what an older one made is verified, and made anew at the next login.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
] + [{"NAME": "saas.accounts.passwords.OwnWordsValidator"}]
_leaks = "https://api.pwnedpasswords.com/range/" if PRODUCTION else "off"
if (_url := env("PASSWORD_LEAKS_URL", default="") or _leaks) != "off":
    AUTH_PASSWORD_VALIDATORS.append({"NAME": "saas.accounts.leaks.LeakedValidator", "OPTIONS": {"url": _url}})
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
ACCOUNT_ADAPTER = "saas.team.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {"login": "saas.team.forms.LoginForm", "signup": "saas.team.forms.SignupForm"}
ACCOUNT_EMAIL_VERIFICATION = env("EMAIL_VERIFICATION", default="mandatory" if PRODUCTION else "optional")
# Whoever changes addresses, factors, keys or money confirms it first, unless the login is younger than this.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
# Staff: docs/security.md has why.
STAFF_NEED_SECOND_FACTOR = PRODUCTION
STAFF_SESSION_SECONDS, STAFF_IDLE_SECONDS = 12 * 3600, 30 * 60
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # only in the browser that signed up: the link alone logs nobody in
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False  # ours are in saas.web.attempts: they need no Redis
MFA_ADAPTER = "saas.team.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "authenticate": "saas.team.forms.CodeForm",
    "reauthenticate": "saas.team.forms.ConfirmationCodeForm",
    "add_webauthn": "saas.team.passkeys.AddPasskeyForm",
    "edit_webauthn": "saas.team.passkeys.RenamePasskeyForm",
    "login_webauthn": "saas.team.passkeys.PasskeyLoginForm",
    "authenticate_webauthn": "saas.team.passkeys.AuthenticateForm",
    "reauthenticate_webauthn": "saas.team.passkeys.ReauthenticateForm",
}
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION  # http://localhost, which browsers take for secure
MFA_TOTP_ISSUER = "Milepost"
MFA_TOTP_TOLERANCE = 0  # a code lives for its 30 s and no longer (ASVS 6.5.5)
USERSESSIONS_TRACK_ACTIVITY = False

# Mail

_email = env.email_url_config(env("EMAIL_URL", default="") or "consolemail://")
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = _email.get("EMAIL_HOST", ""), _email.get("EMAIL_PORT") or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _email.get("EMAIL_HOST_USER", ""), _email.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS, EMAIL_USE_SSL = _email.get("EMAIL_USE_TLS", False), _email.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = _email.get("EMAIL_FILE_PATH", "")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Milepost <hello@localhost>")
# Where customers write to; nobody reads mail to @localhost, and so no page names such an address by itself.
_sender = parseaddr(DEFAULT_FROM_EMAIL)[1]
CONTACT_EMAIL = env("CONTACT_EMAIL", default="") or ("" if _sender.endswith("@localhost") else _sender)

# AI

AI_PROVIDER = env("AI_PROVIDER", default="builtin")
AI_MODEL = env("AI_MODEL", default="")
AI_BASE_URL = env("AI_BASE_URL", default="")
AI_API_KEY = env("AI_API_KEY", default="")
AI_FALLBACK = env.list("AI_FALLBACK", default=[])
globals().update(
    {
        f"AI_{provider}_{name}": env(f"AI_{provider}_{name}", default="")
        for provider in ("OPENAI", "ANTHROPIC")
        for name in ("API_KEY", "MODEL", "BASE_URL")
    }
)
AI_DEADLINE_SECONDS = env.float("AI_DEADLINE_SECONDS", default=30.0)
AI_OUTPUT_TOKENS_MAX = 2000
AI_RESPONSE_BYTES_MAX = 256 * 1024
HOLD_SECONDS = env.int("HOLD_SECONDS", default=120)
HOLD_SECONDS_MAX = env.int("HOLD_SECONDS_MAX", default=3600)

# Money. What a process refuses to start with: `saas.kernel.startup`

STRIPE_SECRET_KEY = env("STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRETS = env.list("STRIPE_WEBHOOK_SECRETS", default=[])
BILLING_MODE = env("BILLING_MODE", default="") or ("" if PRODUCTION or STRIPE_SECRET_KEY else "sandbox")
STRIPE_API_VERSION = "2026-10-28.endive"
STRIPE_API_BASE = env("STRIPE_API_BASE", default="")
STRIPE_TAX = env.bool("STRIPE_TAX", default=False)
STRIPE_TAX_BEHAVIOR = env("STRIPE_TAX_BEHAVIOR", default="exclusive")
os.environ.setdefault("STRIPE_SUPPRESS_NOTICES", "true")

# What stands in for Stripe in sandbox mode. Production has neither its pages nor its jobs.
FAKE_STRIPE_TRANSPORT = "fake_stripe.transport.FakeTransport"
FAKE_STRIPE_WEBHOOK_SECRET = "fake_stripe.mode.webhook_secret"  # noqa: S105  (where it is made)
FAKE_STRIPE_PAY = "fake_stripe.operator_actions.pay_checkout"
FAKE_STRIPE_CLOCK = "fake_stripe.actions.pass_time"
if BILLING_MODE == "sandbox":
    INSTALLED_APPS.append("fake_stripe")

# Webhooks

WEBHOOKS_TO_LOOPBACK = env.bool("WEBHOOKS_TO_LOOPBACK", default=False)

# How long what is kept, in days: docs/privacy.md. A daily job enforces it, see `saas.closing.actions.retention`

RETENTION_DAYS = {
    name: env.int(f"RETENTION_{name.upper()}_DAYS", default=days)
    for name, days in {
        "sessions": 0,
        "notifications": 180,
        "invitations": 90,
        "webhook_deliveries": 30,
        "stripe_payloads": 90,
        "closed_organizations": 90,
    }.items()
}

# The edge

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "saas.web.errors.csrf_failure"
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
# The API refuses what comes in clear: a redirect would hide that a key travels in clear.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$", r"^api/v1/"]
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
    SECURE_HSTS_SECONDS = 31_536_000
    # These bind every other site below the domain, and preloading is hard to undo: its owner decides.
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_INCLUDE_SUBDOMAINS", default=True)
    SECURE_HSTS_PRELOAD = env.bool("HSTS_PRELOAD", default=False)
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'", NONCE],
        "style-src": ["'self'", NONCE],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "worker-src": ["'self'"],
        # Forms that pay lead on to Stripe's own pages.
        "form-action": ["'self'", *(f"https://{name}.stripe.com" for name in ("checkout", "billing", "invoice"))],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    },
}

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

# API

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "saas.web.api.authentication.KeyAuthentication",
        "saas.web.api.authentication.BrowserSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["saas.web.api.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["saas.web.api.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "saas.web.api.documentation.Schema",
    "EXCEPTION_HANDLER": "saas.web.api.problems.exception_handler",
    "COERCE_DECIMAL_TO_STRING": True,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Milepost API",
    "DESCRIPTION": "Goals in, quests out, every AI operation metered in tokens.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "saas.web.api.documentation.add_problems",
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_PATCH": False,
    "ENUM_NAME_OVERRIDES": {
        "RequestStatus": "saas.team.models.RequestStatus",
        "KeyStatus": "saas.accounts.models.KeyStatus",
        "GoalStatus": "quests.models.GoalStatus",
        "LeadState": "quests.models.LeadState",
        "Kept": "quests.models.ConflictResolution",
        "RecordType": "quests.models.RecordType",
        "HoldStatus": "tokens.kinds.HoldStatus",
        "EntryKind": "tokens.kinds.EntryKind",
        "BucketSource": "tokens.kinds.Source",
        "LicenseState": "licensing.models.LicenseState",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "defaultModelsExpandDepth": -1, "displayRequestDuration": True},
}

# What goes on: lines of JSON in production, see saas.kernel.logs

METRICS_TOKEN = env("METRICS_TOKEN", default="")
LOG_FORMAT = env("LOG_FORMAT", default="json" if PRODUCTION else "plain")
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # its own format would not be cleaned
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"()": "saas.kernel.logs.PlainFormatter", "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "json": {"()": "saas.kernel.logs.formatter"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT},
        "null": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        # These quote the host and the path that somebody sent; `saas.web.errors` logs the same refusals by route.
        "django.security.DisallowedHost": {"handlers": ["null"], "propagate": False},
        "django.security.csrf": {"handlers": ["null"], "propagate": False},
        "httpx2": {"level": "WARNING"},
        "stripe": {"level": "WARNING"},
        "celery": {"level": "INFO" if LOG_FORMAT == "json" else "WARNING"},
        "saas.web.requests": {"level": "INFO" if LOG_FORMAT == "json" else "WARNING"},
    },
}
