"""Outcomes made known to whoever waits: inside the process at once, across processes by PostgreSQL's notices."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

CHANNEL = "perennial_outcomes"


@dataclass(slots=True, eq=False)
class Listening:
    """One who waits; `news` is what was announced, if the announcer had it at hand."""

    told: asyncio.Event = field(default_factory=asyncio.Event)
    news: dict[str, Any] | None = None


class Announcements:
    """Who waits for which name: a command's id for its outcome, a subscription's for something told about it."""

    def __init__(self) -> None:
        """Start with nobody waiting."""
        self._waiting: defaultdict[str, set[Listening]] = defaultdict(set)
        self._here: set[str] = set()

    def announce(self, name: str, news: dict[str, Any] | None = None) -> None:
        """Wake everybody who waits for the name; with the news they need not look."""
        for listening in self._waiting.get(name, ()):
            listening.news = news or listening.news
            listening.told.set()

    @contextmanager
    def announcing(self, name: str) -> Generator[None]:
        """Pass over the database's notice of a name in a block that announces it itself, with news."""
        self._here.add(name)
        try:
            yield
        finally:
            self._here.discard(name)

    def hear(self, name: str) -> None:
        """Pass on what was announced without news, unless this process is about to announce it with news."""
        if name not in self._here:
            self.announce(name)

    @contextmanager
    def listening(self, name: str) -> Generator[Listening]:
        """Listen for the length of the block; begin before looking whether it is there already."""
        listening = Listening()
        self._waiting[name].add(listening)
        try:
            yield listening
        finally:
            self._waiting[name].discard(listening)
            if not self._waiting[name]:
                del self._waiting[name]
