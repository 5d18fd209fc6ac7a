"""One settings file, environment first. Every variable is explained in .env.example."""

from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from xdportal.lib import env as environment
from xdportal.lib.middleware import is_probe
from xdportal.lib.sealing import Keyring, KeyringError

django_stubs_ext.monkeypatch()  # lets types say QuerySet[Team] and the like at run time, too
BASE_DIR = Path(__file__).resolve().parent.parent
env = environment.read(BASE_DIR)

# What is secret
SECRET_KEY = env.required("SECRET_KEY", "Run `make run` to have a .env written, or set 50 random characters.")
try:
    CREDENTIAL_KEYRING = Keyring.parse(
        env.required("CREDENTIAL_KEYS", "Credentials are encrypted with it: run `make run`, or see .env.example.")
    )
except KeyringError as error:
    raise ImproperlyConfigured(f"CREDENTIAL_KEYS: {error} See .env.example.") from None

# Where the portal is reached
PORT = env.whole("PORT", 8000, 1, 65535)
SITE_URL = env.url("SITE_URL", f"http://127.0.0.1:{PORT}", https_unless_loopback=False)
SITE_HOST = urlsplit(SITE_URL).hostname or ""
HTTPS = urlsplit(SITE_URL).scheme == "https"
DEBUG = env.flag("DEBUG")
ALLOWED_HOSTS = [SITE_HOST, *sorted(environment.LOOPBACK), *env.hosts("ALLOWED_HOSTS")]
if DEBUG and not all(environment.is_loopback(host) for host in ALLOWED_HOSTS):
    raise ImproperlyConfigured(
        "DEBUG is on while SITE_URL or ALLOWED_HOSTS names a public host: it would show secrets."
    )
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
CSRF_TRUSTED_ORIGINS = [f"{urlsplit(SITE_URL).scheme}://{urlsplit(SITE_URL).netloc}"]

# Where data are
DATA_DIR = env.folder("DATA_DIR", BASE_DIR, "var")
DATABASES = {"default": env.database(f"sqlite:///{DATA_DIR / 'portal.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8000;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": env.cache()}
vars().update(env.email())
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("EMAIL_FROM", f"xdportal@{SITE_HOST}")

# The provider, and how often it is asked
PROVIDER_URLS = {
    "production": env.url("PROVIDER_PRODUCTION_URL", "https://client.xuandashi.com", https_unless_loopback=True),
    "sandbox": env.url("PROVIDER_SANDBOX_URL", "https://client-sandbox.xuandashi.com", https_unless_loopback=True),
}
PROVIDER_DEADLINE = env.whole("PROVIDER_DEADLINE", 30, 1, 300)
PROVIDER_MAX_BODY = env.whole("PROVIDER_MAX_BODY", 32 * 2**20, 1024, 2**30)
CHECK_INTERVAL = env.whole("CHECK_INTERVAL", 1800, 10, 7 * 86400)
CHECK_RETENTION_DAYS = env.whole("CHECK_RETENTION_DAYS", 90, 1, 36500)
SUSPECT_PERCENT = env.whole("SUSPECT_PERCENT", 30, 1, 100)
SUSPECT_CONFIRM_SECONDS = env.whole("SUSPECT_CONFIRM_SECONDS", 3600, 0, 30 * 86400)
LEASE_SECONDS = PROVIDER_DEADLINE + 30
DEMO_PASSWORD = env.text("DEMO_PASSWORD")  # set by `make demo` alone: it marks its .env

# The queue: it only carries ids; the database says what is due
CELERY_BROKER_URL = env.broker("filesystem://localhost//")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
SWEEP_SECONDS = env.whole("SWEEP_SECONDS", 5, 1, 60)
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "xdportal.catalog.tasks.sweep", "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
    "daily": {"task": "xdportal.catalog.tasks.daily", "schedule": 86400, "options": {"expires": 3600}},
}
if CELERY_BROKER_URL.startswith("filesystem:"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(DATA_DIR / "broker"),
        "data_folder_out": str(DATA_DIR / "broker"),
        "control_folder": str(DATA_DIR / "broker-control"),
        "polling_interval": 0.5,
    }
    for name in ("data_folder_in", "control_folder"):
        Path(str(CELERY_BROKER_TRANSPORT_OPTIONS[name])).mkdir(mode=0o700, exist_ok=True)

# The project
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "xdportal.lib",
    "xdportal.errorcodes",
    "xdportal.accounts",
    "xdportal.connections",
    "xdportal.catalog",
    "xdportal.operations",
]
MIDDLEWARE = [
    "xdportal.lib.middleware.trusted_proxies",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # of pages; pads them by chance against guessing from their length
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "xdportal.accounts.middleware.preferences",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "xdportal.lib.middleware.private_by_default",
]
ROOT_URLCONF = "xdportal.urls"
WSGI_APPLICATION = "xdportal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "xdportal.catalog.context.portal",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "xdportal.lib.templatetags.portal"],
        },
    }
]

# People
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "login"
PASSWORD_HASHERS = ["xdportal.accounts.hashers.Argon2", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20  # a million Chinese characters in the decoder

# Words, numbers, times
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.time_zone("TIME_ZONE", "Asia/Shanghai")
USE_TZ = True

# Files that browsers load. Without `collectstatic` they are served from the checkout, unhashed.
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(mode=0o700, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "xdportal.lib.staticfiles.Storage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

# What browsers are told
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "redact": {"()": "xdportal.lib.redaction.RedactingFilter"},
        "no_probes": {"()": "django.utils.log.CallbackFilter", "callback": lambda record: not is_probe(record)},
    },
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "filters": ["redact", "no_probes"], "formatter": "line"},
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        "celery": {"level": "INFO"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
    },
}
