"""One settings file, environment first. Every variable is explained in .env.example."""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from xdportal.lib import env as environment
from xdportal.lib import single_sign_on
from xdportal.lib.beat import Every
from xdportal.lib.middleware import is_probe
from xdportal.lib.sealing import Keyring, KeyringError

django_stubs_ext.monkeypatch()  # lets types say QuerySet[Team] and the like at run time, too
BASE_DIR = Path(__file__).resolve().parent.parent
env = environment.read(BASE_DIR)

# What is secret
SECRET_KEY = env.required(
    "SECRET_KEY", "Run `make run` to have a .env written, or set 50 random characters."
)
if environment.is_weak(SECRET_KEY):
    raise ImproperlyConfigured(
        "SECRET_KEY is weak: set 50 random characters, or run `make run` to have a .env written."
    )
try:
    CREDENTIAL_KEYRING = Keyring.parse(
        env.required(
            "CREDENTIAL_KEYS",
            "Credentials are encrypted with it: run `make run`, or see .env.example.",
        )
    )
except KeyringError as error:
    raise ImproperlyConfigured(f"CREDENTIAL_KEYS: {error} See .env.example.") from None

# Where the portal is reached
PORT = env.whole("PORT", 8000, 1, 65535)
HOST = env.text("HOST", "127.0.0.1")  # this and the next are read by gunicorn.conf.py
WEB_PROCESSES = env.whole("WEB_PROCESSES", min(2, os.cpu_count() or 1), 1, 64)
SITE_URL = env.url(
    "SITE_URL", f"http://127.0.0.1:{PORT}", https_unless_loopback=False, has_path=False
)
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

# Waits that hold the engine together
PROVIDER_DEADLINE = env.whole("PROVIDER_DEADLINE", 30, 1, 300)
LEASE_SECONDS = PROVIDER_DEADLINE + env.whole("LEASE_SPARE", 30, 1, 300)
SWEEP_SECONDS = env.whole("SWEEP_SECONDS", 5, 1, 60)
# Without a sweep for so long, the scheduler counts as dead.
SWEEP_PATIENCE = env.whole("SWEEP_PATIENCE", 120, 2, 3600)
MAIL_SWEEP_SECONDS = 60
# After that a message counts as lost, and is sent again.
MESSAGE_LIFE = env.whole("MESSAGE_LIFE", 60, 1, 600)
# A team and an account get at most half of a worker's threads
WORKER_THREADS = env.whole("WORKER_THREADS", 8, 1, 64)
MAX_PERSON_CONNECTIONS = env.whole("MAX_PERSON_CONNECTIONS", 50, 1, 100_000)
MAX_TEAM_CONNECTIONS = env.whole("MAX_TEAM_CONNECTIONS", 200, 1, 100_000)

# Where the data is
DATA_DIR = env.folder("DATA_DIR", BASE_DIR, "var")
DATABASES = {"default": env.database(f"sqlite:///{DATA_DIR / 'portal.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # A check that waits for a lock must not lose its lease.
        "timeout": min(20, LEASE_SECONDS // 3),
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8000;",
    }
    # Forever: opening the first and closing the last connection to a file needs disk space.
    DATABASES["default"]["CONN_MAX_AGE"] = None
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": env.cache()}
vars().update(env.email())
MAIL_SERVER_BACKEND = vars()["EMAIL_BACKEND"]
EMAIL_BACKEND = "xdportal.accounts.mail_backend.EmailBackend"  # no page waits for the mail server
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("EMAIL_FROM", f"xdportal@{SITE_HOST}")

# The provider, and how often it is asked
PROVIDER_URLS = {
    "production": env.url(
        "PROVIDER_PRODUCTION_URL", "https://client.xuandashi.com", https_unless_loopback=True
    ),
    "sandbox": env.url(
        "PROVIDER_SANDBOX_URL", "https://client-sandbox.xuandashi.com", https_unless_loopback=True
    ),
}
PROVIDER_MAX_BODY = env.whole("PROVIDER_MAX_BODY", 32 * 2**20, 1024, 2**30)
CHECK_INTERVAL = env.whole("CHECK_INTERVAL", 1800, 10, 7 * 86400)
CHECK_RETENTION_DAYS = env.whole("CHECK_RETENTION_DAYS", 90, 1, 36500)
SUSPECT_PERCENT = env.whole("SUSPECT_PERCENT", 30, 1, 100)
SUSPECT_CONFIRM_SECONDS = env.whole("SUSPECT_CONFIRM_SECONDS", 3600, 0, 30 * 86400)
DEMO_PASSWORD = env.text("DEMO_PASSWORD")  # set by `make demo` alone: it marks its .env

# Messages to people and programs, and where they may go
NOTIFY_ALLOW_NETWORKS = env.networks("NOTIFY_ALLOW_NETWORKS")
NOTIFY_ROBOT_URL = env.optional_url("NOTIFY_ROBOT_URL", https_unless_loopback=True)
NOTIFY_RETRY_SECONDS = env.whole_numbers(
    "NOTIFY_RETRY_SECONDS", (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400), 1, 7 * 86400
)
ALERT_BATCH_SECONDS = env.whole("ALERT_BATCH_SECONDS", 60, 0, 3600)
DELIVERY_RETENTION_DAYS = env.whole("DELIVERY_RETENTION_DAYS", 90, 1, 36500)
EVENT_RETENTION_DAYS = env.whole("EVENT_RETENTION_DAYS", 365, 1, 36500)

# The queue: it only carries ids; the database says what is due
CELERY_BROKER_URL = env.broker("filesystem://localhost//")
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_CONCURRENCY = WORKER_THREADS
CELERY_TASK_SERIALIZER = "json"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for ever: a broker may be away for a night
CELERY_BEAT_SCHEDULER = "xdportal.lib.scheduler:MemoryScheduler"
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "xdportal.catalog.tasks.sweep",
        "schedule": Every(SWEEP_SECONDS),
        "options": {"expires": SWEEP_SECONDS},
    },
    "mails": {
        "task": "xdportal.accounts.tasks.sweep_mails",
        "schedule": Every(MAIL_SWEEP_SECONDS),
        "options": {"expires": MAIL_SWEEP_SECONDS},
    },
    "alerts": {
        "task": "xdportal.alerts.tasks.sweep",
        "schedule": Every(SWEEP_SECONDS),
        "options": {"expires": SWEEP_SECONDS},
    },
    "daily": {
        "task": "xdportal.catalog.tasks.daily",
        "schedule": Every(86400),
        "options": {"expires": 3600},
    },
    "alerts-daily": {
        "task": "xdportal.alerts.tasks.daily",
        "schedule": Every(86400),
        "options": {"expires": 3600},
    },
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

# Who may read /metrics: nobody, unless one of these allows it
METRICS_TOKEN = env.text("METRICS_TOKEN")
METRICS_ALLOW = env.networks("METRICS_ALLOW")

# Who gets in
OPEN_SIGN_UP = env.flag("OPEN_SIGN_UP")
REQUIRE_SECOND_FACTOR = env.flag("REQUIRE_SECOND_FACTOR")
SINGLE_SIGN_ON = single_sign_on.read(env)

# The API
API_RATE = env.whole("API_RATE", 120, 1, 1_000_000)  # requests a minute and key
API_KEY_MAX_DAYS = env.whole("API_KEY_MAX_DAYS", 365, 1, 3650)

# The project
INSTALLED_APPS = [
    "xdportal.lib",  # before auth: its createsuperuser is the one that runs
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "xdportal.accounts.apps.OpenSessionsConfig",
    "allauth.socialaccount",
    *SINGLE_SIGN_ON.apps,
    "axes",
    "xdportal.errorcodes",
    "xdportal.accounts",
    "xdportal.connections",
    "xdportal.catalog",
    "xdportal.alerts",
    "xdportal.api",
    "xdportal.operations",
]
MIDDLEWARE = [
    "xdportal.operations.metrics.count_requests",
    "xdportal.lib.middleware.trusted_proxies",
    "xdportal.lib.middleware.request_id",
    "xdportal.lib.middleware.head_without_body",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # of pages; pads them by chance against guessing from their length
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "xdportal.lib.middleware.private_by_default",
    "xdportal.operations.middleware.probes",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "xdportal.lib.middleware.one_large_form_at_a_time",
    "django.middleware.csrf.CsrfViewMiddleware",
    "xdportal.lib.middleware.without_nul",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "xdportal.accounts.middleware.viewer",
    "xdportal.accounts.middleware.preferences",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "xdportal.accounts.middleware.recent_sign_in",
    "xdportal.accounts.middleware.second_factor",
    "xdportal.accounts.middleware.sign_on_unreachable",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "xdportal.urls"
WSGI_APPLICATION = "xdportal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "xdportal.lib.template_loader.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "xdportal.accounts.context.people",
                "xdportal.lib.context.navigation",
                "xdportal.lib.context.zone",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "xdportal.lib.templatetags.portal",
                "xdportal.lib.templatetags.pieces",
            ],
        },
    }
]

# People
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "account_login"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "xdportal.accounts.backends.Backend",
]
PASSWORD_HASHERS = [
    "xdportal.accounts.hashers.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Sign-in, by django-allauth
ACCOUNT_ADAPTER = "xdportal.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_FORMS = {
    "login": "xdportal.accounts.forms.LoginForm",
    "reset_password": "xdportal.accounts.forms.ResetPasswordForm",
}
ACCOUNT_EMAIL_VERIFICATION = "optional"
# Sign-up answers alike for known addresses: the new account's is unconfirmed.
ACCOUNT_PREVENT_ENUMERATION = "strict"
PASSWORD_RESET_TIMEOUT = 4 * 3600  # seconds: an old mail must not let anyone in
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # or anyone could make us write to anyone
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[xdportal] "
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
MFA_ADAPTER = "xdportal.accounts.adapters.MFAAdapter"
MFA_FORMS = {
    "authenticate": "xdportal.accounts.forms.CodeForm",
    "reauthenticate": "xdportal.accounts.forms.CodeAgainForm",
    "add_webauthn": "xdportal.accounts.forms.AddKeyForm",
    "edit_webauthn": "xdportal.accounts.forms.EditKeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "xdportal"
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
SOCIALACCOUNT_ADAPTER = "xdportal.accounts.adapters.SocialAccountAdapter"
SOCIALACCOUNT_PROVIDERS = SINGLE_SIGN_ON.providers
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # an address proves nothing: linking is done signed in

# Guessing passwords: the limits are in accounts/guessing.py
AXES_HANDLER = "xdportal.accounts.guessing.Handler"
AXES_USERNAME_CALLABLE = "xdportal.accounts.guessing.account_of"
AXES_CLIENT_IP_CALLABLE = "xdportal.accounts.guessing.network_of"
AXES_LOCKOUT_CALLABLE = "xdportal.accounts.guessing.refuse"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # what a good password resets
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_FAILURE_LIMIT = 1
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = AXES_VERBOSE = False

# Sessions
SESSION_ENGINE = "xdportal.lib.session_store"
# A session that is not used for so long ends.
SESSION_IDLE_HOURS = env.whole("SESSION_IDLE_HOURS", 72, 1, 14 * 24)

# Words, numbers, times
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.time_zone("TIME_ZONE", "Asia/Shanghai")
USE_TZ = True
FORMAT_MODULE_PATH = ["xdportal.formats"]
USE_THOUSAND_SEPARATOR = True  # codes, ids and numbers of snapshots go through |unlocalize

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

# Headers for browsers
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
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"

# What is taken from browsers: forms, the largest with a million Chinese characters for the decoder,
# and no files
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 0

# Logs
LOG_FORMAT = env.one_of("LOG_FORMAT", "lines", {"lines", "json"})
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "about": {"()": "xdportal.lib.logs.AboutFilter"},
        "nonsense": {"()": "xdportal.lib.logs.NonsenseFilter"},
        "redact": {"()": "xdportal.lib.redaction.RedactingFilter"},
        "no_probes": {
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: not is_probe(record),
        },
    },
    "formatters": {
        "lines": {"format": "%(asctime)s %(levelname)s %(name)s%(about)s: %(message)s"},
        "json": {"()": "xdportal.lib.logs.JsonFormatter"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "filters": ["about", "redact", "nonsense", "no_probes"],
            "formatter": LOG_FORMAT,
        },
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        "axes": {"level": "ERROR"},  # the audit trail records it
        "celery": {"level": "INFO"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
    },
}
