"""How the web process runs: `gunicorn xdportal.wsgi`, from this folder. Options of the command
line win.
"""

import gc
import os
import shutil
from pathlib import Path
from typing import Any

from django.conf import settings

from xdportal.lib.memory import use_one_arena

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xdportal.settings")
use_one_arena()

bind = f"{settings.HOST}:{settings.PORT}"
worker_class = "xdportal.lib.web_worker.Worker"
workers = settings.WEB_PROCESSES
threads = 8
graceful_timeout = 20
forwarded_allow_ips = ""  # TRUSTED_PROXIES decides, in the portal
control_socket_disable = True

# gunicorn's own lines, too: in LOG_FORMAT.
gunicorn_logger = {"level": "INFO", "handlers": [], "propagate": True}
logconfig_dict = {
    **settings.LOGGING,
    "loggers": {**settings.LOGGING["loggers"], "gunicorn.error": gunicorn_logger},
}

# Every web process of this machine counts its requests into files there; /metrics adds them up.
COUNTS = Path(settings.DATA_DIR) / "metrics"
COUNTS_SIZE = 2**20  # what prometheus_client takes at once
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(COUNTS)


def on_starting(server: Any) -> None:
    """Drop what processes before a restart counted; then load the portal once for all that are
    forked, which share its memory as long as the collector doesn't write into it.
    """
    from xdportal.lib import preloading  # its settings exist only now

    shutil.rmtree(COUNTS, ignore_errors=True)
    COUNTS.mkdir(mode=0o700)
    server.app.wsgi()
    preloading.load_pages()
    gc.collect()
    gc.freeze()


def post_fork(server: object, worker: object) -> None:
    """Take the room for the counts now: a page of theirs that a full disk can't take kills the
    process.
    """
    for kind in ("counter", "histogram"):
        with (COUNTS / f"{kind}_{os.getpid()}.db").open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, COUNTS_SIZE)


def post_worker_init(worker: object) -> None:
    from xdportal.operations import watchdog  # models exist only now

    watchdog.start()
