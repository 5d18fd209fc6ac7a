"""The queue's application: `celery -A xdportal worker --beat`."""

import os
import threading
import warnings
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, Protocol, TypeVar, cast

import celery.beat
from celery import Celery
from celery.exceptions import SecurityWarning
from celery.signals import setup_logging, worker_shutting_down

from xdportal.lib import broker, threads
from xdportal.lib.memory import use_one_arena

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xdportal.settings")
# Celery would let Django check the site, which loads all pages, and drop what that says.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")
P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
LONGEST_STOP = 25  # seconds
# A wall of text at each start as root. It is about pickled messages; ours are JSON.
warnings.filterwarnings("ignore", "You're running the worker", SecurityWarning)
use_one_arena()
broker.use_for_files()
app = Celery("xdportal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    ["xdportal.accounts", "xdportal.connections", "xdportal.catalog", "xdportal.alerts"]
)

# `worker --beat` runs beat in a thread, as it does where processes cannot be forked. A process of
# its own would live on as an orphan when the worker is killed, and nobody would miss it when it
# dies alone.
celery.beat._Process = None


class Task(Protocol[P, R_co]):
    """What a function becomes that a worker can run."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...

    def apply_async(self, args: tuple[object, ...], **options: object) -> object: ...


def task(function: Callable[P, R_co]) -> Task[P, R_co]:
    """Let a worker run the function, and count the thread it takes.

    As a decorator Celery's own has no types.
    """

    @wraps(function)
    def counted(*args: P.args, **kwargs: P.kwargs) -> R_co:
        with threads.in_use():
            return function(*args, **kwargs)

    return cast(Task[P, R_co], app.task(counted))


def use_django_logging(**kwargs: object) -> None:
    """Without a receiver Celery replaces the handlers, and with them the redaction."""


def end_in_time(**kwargs: object) -> None:
    """A supervisor waits for 30 s, a check may run for PROVIDER_DEADLINE. What is cut off here is
    checked again by whoever finds its lease expired. No thread begins another check.
    """
    threads.ends.set()
    last = threading.Timer(LONGEST_STOP, os._exit, [0])
    last.daemon = True
    last.start()


setup_logging.connect(use_django_logging)
worker_shutting_down.connect(end_in_time)
