"""The simulated provider as a process of its own, which takes so many seconds for each answer."""

import sys
import time
from typing import Any

from xdportal.simulator import Simulator
from xdportal.simulator.answers import Answer
from xdportal.simulator.calls import Call


class Slow(Simulator):
    seconds = 0.0

    def answer(self, call: Call, *arguments: Any) -> Answer:
        time.sleep(self.seconds)
        return super().answer(call, *arguments)


if __name__ == "__main__":
    simulator = Slow(port=int(sys.argv[1]))
    simulator.seconds = float(sys.argv[2])
    simulator.serve_forever()
