"""The portal's settings, with the peers beside it."""

from xdportal.settings import *  # noqa: F403
from xdportal.settings import INSTALLED_APPS, LOGGING

INSTALLED_APPS = [*INSTALLED_APPS, "simple_history", "bench"]
ROOT_URLCONF = "bench.urls"
LOGGING = {**LOGGING, "root": {"handlers": [], "level": "CRITICAL"}}
