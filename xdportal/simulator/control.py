"""The simulator's own addresses, for a person at the demo: faults, and moving on."""

import json
from typing import TYPE_CHECKING, Any

from xdportal.simulator.answers import Answer, encode
from xdportal.simulator.faults import FAULTS

if TYPE_CHECKING:
    from xdportal.simulator.simulator import Simulator

CONTROL = "/simulator/"


def control(simulator: "Simulator", method: str, path: str, body: bytes) -> Answer:
    """Obey, and report the state; 404 for an unknown command, 400 for invalid options."""
    try:
        _obey(simulator, method, path.removeprefix(CONTROL), body)
    except LookupError:
        return Answer(encode({"error": "no such command"}), 404)
    except (TypeError, ValueError) as error:
        return Answer(encode({"error": str(error)}), 400)
    return Answer(encode(_report(simulator)))


def _obey(simulator: "Simulator", method: str, command: str, body: bytes) -> None:
    options: dict[str, Any] = json.loads(body or b"{}")
    match method, command:
        case "GET", "":
            return
        case "POST", "fault":
            simulator.fault(**options)
        case "POST", "clear":
            simulator.clear_faults()
        case "POST", "move":
            simulator.move(**options)
        case _:
            raise LookupError(command)


def _report(simulator: "Simulator") -> dict[str, object]:
    queued = [
        {"name": fault.name, "times": fault.times, "on": fault.on}
        for fault in simulator.queued_faults
    ]
    ids = {
        environment: [account.account_id for account in known]
        for environment, known in simulator.accounts.items()
    }
    return {"step": simulator.step, "accounts": ids, "queued": queued, "faults": list(FAULTS)}
