"""RabbitMQ as the queue, in place of files or Redis: a broker that goes away and comes back."""

import re
from contextlib import ExitStack
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.portal import Portal
from tests.servers import rabbitmq_server, wait_for
from xdportal.simulator import Simulator

TOKEN = "a token for metrics"
QUEUE = re.compile(r"^xdportal_queue_length (\d+)", re.MULTILINE)


def metrics(portal: Portal) -> str:
    request = Request(f"{portal.base}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    with urlopen(request, timeout=30) as answer:
        return str(answer.read().decode())


@pytest.mark.full
def test_checks_go_on_after_the_broker_was_away(tmp_path: Path) -> None:
    with ExitStack() as stack:
        broker = stack.enter_context(rabbitmq_server(tmp_path))
        simulator = stack.enter_context(Simulator())
        portal = Portal(
            tmp_path / "portal", simulator, CELERY_BROKER_URL=broker.url, METRICS_TOKEN=TOKEN
        )
        stack.callback(portal.close)
        portal.prepare()
        portal.connect()
        portal.start_all()
        wait_for(lambda: simulator.count("open/image") >= 2, 60, "two checks")
        assert QUEUE.search(metrics(portal)) is not None

        broker.stop()
        wait_for(lambda: portal.status("/readyz") == 503, 30, "the silence")
        assert [portal.status(path) for path in ("/healthz", "/login/")] == [200, 200]
        checked = simulator.count("open/image")
        broker.start()
        wait_for(lambda: portal.status("/readyz") == 200, 60, "the portal")
        wait_for(lambda: simulator.count("open/image") >= checked + 2, 60, "two more checks")
        assert portal.ask("Check.objects.exclude(outcome='ok').count()") == 0
