"""`perennial up` as a process: whatever of it is killed, it or the next one goes on where it was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import psutil
import pytest

from counts import ran_on
from perennial.ports import free_ports
from support_product import Json, Seat
from support_waiting import eventually, lives

pytestmark = pytest.mark.xdist_group("whole stacks")
READY = "ready, until Ctrl-C"
READY_WITHIN = 120.0


@dataclass
class Up:
    """A sandbox on a data folder and ports of its own, which may be started again and again."""

    data: Path
    ports: list[int] = field(default_factory=lambda: free_ports(3))
    process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.ports[0]}"

    @property
    def settings(self) -> dict[str, str]:
        names = ("PERENNIAL_PORT", "PERENNIAL_TEMPORAL_PORT", "PERENNIAL_TEMPORAL_UI_PORT")
        given = {name: str(port) for name, port in zip(names, self.ports, strict=True)}
        return {**os.environ, **given, "PERENNIAL_DATA": str(self.data)}

    @property
    def output(self) -> Path:
        return self.data.parent / "output.txt"

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        with self.output.open("wb") as output:
            command = (sys.executable, "-m", "perennial", "up")
            self.process = subprocess.Popen(
                command, env=self.settings, stdout=output, stderr=output, start_new_session=True
            )
        self.wait_for(READY)

    def wait_for(self, words: str) -> None:
        eventually(lambda: words in self.output.read_text() or not self.runs(), within=READY_WITHIN)
        said = self.output.read_text()
        if words not in said:
            pytest.fail(f"it never said {words!r}, but:\n{said}")

    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def children(self) -> dict[str, int]:
        """The pids of its children by what they are."""
        assert self.process is not None
        found: dict[str, int] = {}
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.NoSuchProcess):  # It is dead and only not collected yet.
                command = " ".join(child.cmdline())
                name = next((name for name in ("serve --with-worker", "temporal-server") if name in command), command)
                found[name] = child.pid
        return found

    def kill_child(self, name: str) -> None:
        """Kill a child by SIGKILL, and wait until another takes its place and all is ready."""
        pid = self.children()[name]
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: not lives(pid))
        eventually(lambda: name in self.children(), within=READY_WITHIN)
        eventually(self.is_ready, within=READY_WITHIN)

    def is_ready(self) -> bool:
        try:
            return httpx2.get(f"{self.base_url}/readyz", timeout=5).status_code == 200
        except httpx2.HTTPError:
            return False

    def end(self, by: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(by)
        return self.process.wait(30)

    def seat(self) -> Seat:
        keys: dict[str, str] = json.loads((self.data / "keys.json").read_text())
        return Seat(self, keys["distributor"])


@pytest.fixture
def up(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Up]:
    ran_on(request, "the engine")
    ran_on(request, "SQLite")
    stack = Up(tmp_path / "data")
    yield stack
    if stack.runs():
        stack.end(signal.SIGKILL)


def verified(up: Up) -> subprocess.CompletedProcess[str]:
    settings = {**up.settings, "PERENNIAL_SANDBOX": "true"}
    command = (sys.executable, "-m", "perennial", "verify")
    return subprocess.run(command, env=settings, capture_output=True, text=True, check=False)


def renews(seat: Seat, bought: Json) -> bool:
    after = seat.advance(bought["id"], bought["end_date"])
    actions = [item["action"] for item in seat.transactions(bought["id"])]
    return after["term_number"] == 2 and actions == ["purchase", "renewal"]


def test_a_killed_sandbox_takes_its_children_along_and_the_next_goes_on_where_it_was(up: Up) -> None:
    up.start()
    bought = up.seat().bought()
    moved = up.seat().advance_days(bought["id"], 300)
    children = list(up.children().values())
    assert len(children) == 3
    up.end(signal.SIGKILL)
    eventually(lambda: not any(lives(pid) for pid in children))

    up.start()
    seat = up.seat()
    assert seat.subscription(bought["id"]) == moved
    assert renews(seat, bought)
    found = verified(up)
    assert found.returncode == 0, found.stdout + found.stderr
    assert up.end(signal.SIGINT) == 0


def test_a_killed_engine_and_a_killed_product_are_started_again(up: Up) -> None:
    up.start()
    seat = up.seat()
    bought = [seat.bought()]
    for name in ("temporal-server", "serve --with-worker"):
        up.kill_child(name)
        bought.append(seat.bought())
    for subscription in bought:
        assert renews(seat, subscription)
    found = verified(up)
    assert found.returncode == 0, found.stdout + found.stderr
    assert up.end(signal.SIGTERM) == 0
