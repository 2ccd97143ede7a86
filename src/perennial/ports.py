"""Knows which TCP ports of this machine's loopback are free."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Mapping
from pathlib import Path

LOOPBACK = "127.0.0.1"
FIRST_CHOICE = 10_240
# Where Linux says from which port on it takes them for outgoing connections, and where that is if it does not say.
OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")
OUTGOING_FROM = 32_768


class BusyPort(Exception):
    """A port that a setting names is taken by another program."""

    def __init__(self, setting: str, port: int) -> None:
        super().__init__(f"port {port} is in use by another program: free it, or set {setting} to another port")
        self.setting = setting
        self.port = port


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback now."""
    with socket.socket() as listener:
        # As servers do: a port whose last connections are still closing counts as free, one with a listener does not.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def free_ports(count: int) -> list[int]:
    """So many different free ports, chosen at random so that two stacks that start at once do not meet."""
    found: list[int] = []
    choice = _choice()
    for port in random.sample(choice, k=len(choice)):
        if is_free(port):
            found.append(port)
        if len(found) == count:
            return found
    message = f"fewer than {count} free ports between {choice.start} and {choice.stop}"
    raise RuntimeError(message)


def await_free(ports: Mapping[str, int], *, patience: float = 5.0) -> None:
    """Wait up to `patience` seconds until the ports, by the setting that names each, are free; else raise BusyPort.

    The wait is for the children of a killed stack, whose ports the kernel is about to give back.
    """
    until = time.monotonic() + patience
    for setting, port in ports.items():
        while not is_free(port):
            if time.monotonic() > until:
                raise BusyPort(setting, port)
            time.sleep(0.05)


def _choice() -> range:
    """Ports that the kernel gives to no outgoing connection between our choice and its use, if it leaves that many."""
    outgoing_from = int(OUTGOING.read_text(encoding="ascii").split()[0]) if OUTGOING.exists() else OUTGOING_FROM
    enough = outgoing_from >= FIRST_CHOICE + 1_000
    return range(FIRST_CHOICE, min(outgoing_from, OUTGOING_FROM) if enough else OUTGOING_FROM)
