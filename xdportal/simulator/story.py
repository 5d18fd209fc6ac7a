"""A list that moves step by step: the same seed always tells the same story."""

import hashlib
from abc import ABC, abstractmethod
from random import Random


class Story(ABC):
    def __init__(self, name: str) -> None:
        self._name = name
        self._start()

    def go_to(self, step: int) -> None:
        if step < 0:
            raise ValueError("there is no step before 0")
        if step < self._step:
            self._start()
        while self._step < step:
            self._move()
            self._step += 1

    def _start(self) -> None:
        self._step = 0
        self._random = Random(self._name)  # noqa: S311
        self._begin()

    @abstractmethod
    def _begin(self) -> None:
        """Set up the list at step 0."""

    @abstractmethod
    def _move(self) -> None:
        """Change the list as the next step does."""

    def _below(self, limit: int) -> int:
        return int(self._random.random() * limit)


def short_id(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]
