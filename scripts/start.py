"""`make run` and `make demo`: write a .env if there is none, prepare the database, start."""

import base64
import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
DOTENV = BASE / ".env"
# Honcho itself kills after five seconds; gunicorn and the worker end by themselves within 25.
HONCHO = "from honcho import command, manager; manager.KILL_WAIT = 28; command.main()"
PATIENCE = 90  # seconds until the portal must be ready
DEMO_HEADER = """\
# Written by `make demo`: a portal on this machine alone, with a simulated provider.
# Its data is in var/demo.
# To use xdportal for real, remove this file and run `make run`.
"""
REAL_HEADER = """\
# Written by `make run`. Every setting is explained in .env.example.
# CREDENTIAL_KEYS opens the stored credentials: keep a copy apart from the backups of the database.
"""


def main() -> int:
    demo = sys.argv[1:] == ["demo"]
    values = read_env() if DOTENV.exists() else write_env(demo)
    port_text = os.environ.get("PORT") or values.get("PORT") or "8000"
    problem = problem_of_env(demo, values) or problem_of_port(port_text)
    if problem:
        print(problem, file=sys.stderr)
        return 1
    port = int(port_text)
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    os.chdir(BASE)
    prepare(demo)
    return run(demo, port, values)


def problem_of_env(demo: bool, values: dict[str, str]) -> str:
    """Return why this .env is not for this command; empty if it is."""
    is_demos = bool(values.get("DEMO_PASSWORD"))
    if demo and not is_demos:
        return (
            "The .env here is not a demo's. `make demo` leaves it alone: move it away, or use "
            "another checkout."
        )
    if is_demos and not demo:
        return (
            "The .env here was written by `make demo`. Remove it to use the portal for real; "
            "var/demo may go, too."
        )
    return ""


def problem_of_port(text: str) -> str:
    is_number = text.isascii() and text.isdigit() and len(text) < 6
    if not is_number or not 0 < int(text) < 65536:
        return f"PORT is {text[:40]!r}; it must be a whole number from 1 to 65535."
    if is_taken(int(text)):
        return f"Port {text} is in use. Set PORT (and SITE_URL) in .env, or end what listens there."
    return ""


def prepare(demo: bool) -> None:
    manage("migrate", "--verbosity", "0")
    manage("collectstatic", "--noinput", "--verbosity", "0")
    if demo:
        manage("seed_demo")


def run(demo: bool, port: int, values: dict[str, str]) -> int:
    """Start the processes, say when they are ready, and stop when they do."""
    names = ["web", "worker", *(["provider", "receiver"] if demo else [])]
    process = {name: value for name, value in os.environ.items() if value}
    environment = {**values, **process, "PORT": str(port), "PYTHONUNBUFFERED": "1"}
    if demo:
        environment["HOST"] = "127.0.0.1"
    # If honcho read .env itself, it would override the environment.
    honcho = [sys.executable, "-c", HONCHO]
    command = [*honcho, "start", "--env", os.devnull, "--port", str(port), *names]
    processes = subprocess.Popen(command, env=environment)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: processes.send_signal(signal.SIGTERM))
    if wait_until_ready(port, processes):
        site = values.get("SITE_URL") or f"http://127.0.0.1:{port}"
        print(f"\n  xdportal is ready: {site}", flush=True)
        print(how_to_begin(demo, values), flush=True)
    return processes.wait()


def how_to_begin(demo: bool, values: dict[str, str]) -> str:
    """Return the demo's password, or the link for the first administrator if there is none yet."""
    if demo:
        return (
            f"  user name: demo\n  password:  {values['DEMO_PASSWORD']}\n"
            f"  messages arrive at: {values.get('NOTIFY_ROBOT_URL', '')}/\n"
        )
    link = manage("setup_link").strip()
    return f"  Create the first administrator (one use, 24 hours): {link}\n" if link else ""


def wait_until_ready(port: int, processes: "subprocess.Popen[bytes]") -> bool:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and processes.poll() is None:
        if answers(port):
            return True
        time.sleep(0.3)
    if processes.poll() is None:
        print(
            f"The portal is not ready after {PATIENCE} s; see the lines above and /readyz.",
            file=sys.stderr,
        )
    return False


def answers(port: int) -> bool:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        link.request("GET", "/readyz")
        return link.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()


def manage(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout


def read_env() -> dict[str, str]:
    lines = [
        line.split("=", 1)
        for line in DOTENV.read_text().splitlines()
        if "=" in line and not line.startswith("#")
    ]
    return {name.strip(): value.strip() for name, value in lines if value.strip()}


def write_env(demo: bool) -> dict[str, str]:
    port = os.environ.get("PORT") or "8000"
    values = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "CREDENTIAL_KEYS": f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "PORT": port,
        "SITE_URL": f"http://127.0.0.1:{port}",
    }
    if demo:
        provider = free_port()
        receiver = free_port()
        values |= {
            "DATA_DIR": "var/demo",
            "CHECK_INTERVAL": "20",
            "PROVIDER_PRODUCTION_URL": f"http://127.0.0.1:{provider}/production",
            "PROVIDER_SANDBOX_URL": f"http://127.0.0.1:{provider}/sandbox",
            "DEMO_PASSWORD": secrets.token_urlsafe(9),
            "DEMO_PROVIDER_PORT": str(provider),
            "NOTIFY_ROBOT_URL": f"http://127.0.0.1:{receiver}",
            "NOTIFY_ALLOW_NETWORKS": "127.0.0.0/8",
            "ALERT_BATCH_SECONDS": "10",
            "DEMO_RECEIVER_PORT": str(receiver),
            "DEMO_EPOCH": str(int(time.time())),
        }
    text = (DEMO_HEADER if demo else REAL_HEADER) + "".join(
        f"{name}={value}\n" for name, value in values.items()
    )
    with os.fdopen(os.open(DOTENV, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    return values


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    sys.exit(main())
