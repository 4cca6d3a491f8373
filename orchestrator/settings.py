"""Every setting of Signalbox, read from the environment. Nothing reads the environment elsewhere.

Neither DATABASE_URL nor REDIS_URL set means embedded: SQLite and the Valkey server that `manage.py up` starts.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

from csp.constants import NONCE, SELF, UNSAFE_INLINE

from orchestrator import environment, logs
from orchestrator.supervisor.places import Places

BASE_DIR = Path(__file__).resolve().parents[1]
PLACES = Places.of(environment.text("SIGNALBOX_DATA") or BASE_DIR / "var")
DATA = PLACES.data
DATA.mkdir(mode=0o700, parents=True, exist_ok=True)
# What this process is: `web`, `worker` and `timers` keep their connections differently.
BENCH = environment.flag("SIGNALBOX_BENCH", False)
ROLE = environment.choice("SIGNALBOX_ROLE", "shell", ("shell", "web", "worker", "timers"))


def secret_key() -> str:
    """Return the given key, or the one made once for this data folder."""
    given = environment.text("SIGNALBOX_SECRET_KEY")
    kept = DATA / "secret_key"
    if given and len(given) < 32:
        remedy = "Make one: python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
        raise environment.refuse("SIGNALBOX_SECRET_KEY", "…", "it is shorter than 32 characters", remedy)
    if not given and not kept.exists():
        # Written aside and linked: of two processes that start at once, the second takes the first one's key.
        draft = DATA / f"secret_key.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50))
        with suppress(FileExistsError):
            os.link(draft, kept)
        draft.unlink()
    return given or kept.read_text().strip()


SECRET_KEY = secret_key()
DEBUG = environment.flag("SIGNALBOX_DEBUG", False)
ALLOWED_HOSTS = environment.items("SIGNALBOX_ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]"))
CSRF_TRUSTED_ORIGINS = environment.origins("SIGNALBOX_ORIGINS")
HTTPS = environment.flag("SIGNALBOX_HTTPS", False)

# Folders a run may read: path inputs outside them are refused.
ROOTS = environment.folders("SIGNALBOX_ROOTS", (BASE_DIR, DATA))
# Programs that command agents may run beside those Signalbox ships with.
COMMANDS = environment.items("SIGNALBOX_COMMANDS", ())
# What one attempt in a process of its own may take.
MEMORY_BYTES = environment.number("SIGNALBOX_MEMORY_MB", 2048, 64, 1 << 20) << 20
OUTPUT_BYTES = environment.number("SIGNALBOX_OUTPUT_MB", 16, 1, 1024) << 20
# The most that everything together may use up in a day (UTC); what is not set has no limit.
_DAY = {
    "usd": environment.amount("SIGNALBOX_BUDGET_DAY_USD", 9),
    "tokens": environment.amount("SIGNALBOX_BUDGET_DAY_TOKENS", 0),
    "calls": environment.amount("SIGNALBOX_BUDGET_DAY_CALLS", 0),
}
BUDGET_DAY = {unit: most for unit, most in _DAY.items() if most is not None}
# What an hour of a person costs, for the cost of outcomes; unknown where nobody says.
PERSON_HOUR = environment.amount("SIGNALBOX_PERSON_HOUR_USD", 9, unset="while nobody knows")
# Folders beside this project that agents in Python are imported from.
AGENT_PATHS = environment.folders("SIGNALBOX_AGENT_PATHS", ())
# Modules that define agents in Python; `apply` imports them beside the folders it is given.
AGENT_MODULES = environment.items("SIGNALBOX_AGENT_MODULES", ())
# Hosts that HTTP agents may call, and variables they may send or sign with.
HTTP_HOSTS = environment.items("SIGNALBOX_HTTP_HOSTS", ())
HTTP_ENV = environment.items("SIGNALBOX_HTTP_ENV", ())
# Where others reach this installation; `up` knows its own address.
URL = next(iter(environment.origins("SIGNALBOX_URL")), "")
# A model that does what some functions of the shipped examples do, as `provider:name`, and where its server is.
MODEL = environment.text("SIGNALBOX_MODEL")
MODEL_URL = environment.text("SIGNALBOX_MODEL_URL")
# Whether /metrics answers without a token: for scrapers on a private network.
METRICS_OPEN = environment.flag("SIGNALBOX_METRICS_OPEN", False)
SLOTS_QUICK = environment.number("SIGNALBOX_SLOTS_QUICK", 16, 1, 256)
SLOTS_SLOW = environment.number("SIGNALBOX_SLOTS_SLOW", 4, 1, 256)
# Whether runs are refused whose agents have not passed their saved examples.
REQUIRE_PROVEN = environment.flag("SIGNALBOX_REQUIRE_PROVEN", False)
# How deep runs may stand in each other: child runs, plans and calls of agents.
DEPTH = environment.number("SIGNALBOX_DEPTH", 3, 0, 20)
# Seconds a step that nobody stands in for waits for the breaker of its agent or provider; 0 fails at once.
BREAKER_WAIT = environment.number("SIGNALBOX_BREAKER_WAIT", 600, 0, 1 << 20)
# Seconds of idleness after which an agent that names a probe is probed; 0 never.
PROBE_SECONDS = environment.number("SIGNALBOX_PROBE_SECONDS", 0, 0, 1 << 20)
# How many attempts of an agent, a provider, a workflow or of all may be at work at once, or begin in a time.
LIMITS = environment.limits("SIGNALBOX_LIMITS")
# Seconds between asking cancelled work to end and killing it.
STOP_GRACE = environment.number("SIGNALBOX_STOP_GRACE", 2, 0, 60)

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "django_htmx",
    "orchestrator",
    "dashboard",
]
MIDDLEWARE = [
    "dashboard.requests.followed",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "dashboard.urls"
ASGI_APPLICATION = "dashboard.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ]
        },
    }
]


def databases() -> dict[str, dict[str, Any]]:
    """Describe the one database: PostgreSQL where an address is given, else the data folder's SQLite file."""
    address = environment.text("DATABASE_URL")
    return {"default": postgres(address) if address else sqlite()}


def sqlite() -> dict[str, Any]:
    """Describe the embedded database: durable commits, and a writer says so when its transaction begins."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA / "signalbox.sqlite3",
        "CONN_MAX_AGE": 0 if ROLE == "web" else None,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY",
        },
    }


def postgres(address: str) -> dict[str, Any]:
    """Describe a PostgreSQL database; only web processes pool, because slots keep their own connection."""
    found = environment.postgres("DATABASE_URL", address)
    options = found["OPTIONS"]
    options.setdefault("connect_timeout", 5)
    if ROLE == "web":
        options["pool"] = {"min_size": 1, "max_size": 16, "timeout": 10}
        options["options"] = "-c statement_timeout=15s -c idle_in_transaction_session_timeout=15s"
    return found | {"CONN_MAX_AGE": 0 if ROLE == "web" else None, "CONN_HEALTH_CHECKS": True}


DATABASES = databases()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS = environment.redis("REDIS_URL", environment.text("REDIS_URL") or f"unix://{PLACES.socket}")
BROKER_URL = environment.celery_broker(environment.redis_database(REDIS, 0))
LAYER_URL = environment.redis_database(REDIS, 1)
# Published hints are heard in all numbered databases of a server; the number keeps installations apart.
LIVE_CHANNEL = f"signalbox.live.{environment.redis_number(LAYER_URL)}"
# Sockets hear the hub of their process. A layer of their own is what `bench live` measures it against.
CHANNEL_LAYERS = (
    {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer",
                 "CONFIG": {"hosts": [LAYER_URL], "prefix": "signalbox", "capacity": 2000, "expiry": 30}}}
    if BENCH else {}
)  # fmt: skip

AUTH_USER_MODEL = "orchestrator.User"
LOGIN_URL = "/signin/"
LOGIN_REDIRECT_URL = "/"
CSRF_FAILURE_VIEW = "dashboard.views.errors.stale_form"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Browsers keep cookies per host, not per port: two installations on one machine need different names.
_INSTALLATION = hashlib.sha256(f"cookie name {SECRET_KEY}".encode()).hexdigest()[:8]
SESSION_COOKIE_NAME = f"signalbox_session_{_INSTALLATION}"
CSRF_COOKIE_NAME = f"signalbox_csrf_{_INSTALLATION}"
# Written at sign-in only. A row, unlike a signed cookie, can be revoked; unlike a cache it survives a restart.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_SAVE_EVERY_REQUEST = False
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        # Plotly and htmx's indicator write style elements.
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": [SELF],
        "frame-ancestors": ["'none'"],
    }
}

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(environment.text("SIGNALBOX_STATIC") or DATA / "static")
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "dashboard.finders.PackagedFileFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

LOG_LEVEL = environment.choice(
    "SIGNALBOX_LOG_LEVEL", "WARNING" if ROLE == "shell" else "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")
)
LOG = environment.choice("SIGNALBOX_LOG", "", ("", "json", "text"))
LOGGING = logs.configuration(ROLE, LOG_LEVEL, LOG, environment.text("SIGNALBOX_LOG_FILE"))
