"""A PostgreSQL server of the tests' own, from the machine's programs: one for all workers of a run, gone with it.

The server is kept by a small program (this file, run as one) that outlives the worker which started it, ends the
server when the run's first process is gone, and removes its folder.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pwd
import re
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from perennial.ports import free_ports
from perennial.tether import die_with_parent

STARTS_WITHIN = 60.0
SETTINGS = (
    *("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="),
    # What a crash of the machine would lose, no test misses.
    *("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"),
    *("-c", "max_connections=300", "-c", "shared_buffers=64MB"),
)


class NoPostgres(Exception):
    """There is no PostgreSQL server on this machine, or it did not start: the tests that need it fail."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server, whose only user may do all."""

    port: int

    def dsn(self, database: str) -> str:
        """The address of a database, for psycopg; SQLAlchemy wants `postgresql+psycopg://`."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str = "test") -> str:
        """Make a fresh, empty database, whose name begins with `name`, and answer its address."""
        full = f"{re.sub(r'[^a-z0-9_]', '_', name.lower())[:40]}_{secrets.token_hex(5)}"
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            # template0 is never connected to, so that workers can copy it at once.
            connection.execute(f'CREATE DATABASE "{full}" TEMPLATE template0'.encode())
        return self.dsn(full)

    def copy_database(self, dsn: str) -> str:
        """Make a copy of a database that nobody is connected to, and answer the copy's address."""
        original = dsn.rpartition("/")[2]
        copy = f"{original}_{secrets.token_hex(5)}"
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{original}"'.encode())
        return self.dsn(copy)

    def drop_database(self, dsn: str) -> None:
        """Remove a database that `create_database` made, with whoever is still connected to it."""
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{dsn.rpartition("/")[2]}" WITH (FORCE)'.encode())


def shared_postgres(shared: Path) -> PostgresServer:
    """The server of this run of pytest; the first worker that asks starts it.

    `shared` is a folder that all workers of the run have, and no other run: with xdist
    `tmp_path_factory.getbasetemp().parent`, else `tmp_path_factory.getbasetemp()`; see `shared_folder`.
    """
    note = shared / "postgres.json"
    with (shared / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not note.exists():
            note.write_text(json.dumps({"port": _start_kept(shared)}))
    return PostgresServer(port=json.loads(note.read_text())["port"])


def shared_folder(basetemp: Path) -> Path:
    """The folder that all workers of a run share, of a worker's `tmp_path_factory.getbasetemp()`."""
    return basetemp.parent if "PYTEST_XDIST_WORKER" in os.environ else basetemp


def binaries() -> Path:
    """The folder of `initdb` and `postgres`: the newest of Debian's, else that of the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        message = "no PostgreSQL server on this machine: install it (Debian: apt-get install postgresql)"
        raise NoPostgres(message)
    return found[-1].parent if found else Path(on_path or "").resolve().parent


def _start_kept(shared: Path) -> int:
    (port,) = free_ports(1)
    run = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    log = shared / "postgres.log"
    with log.open("wb") as output:
        keeper = subprocess.Popen(
            (sys.executable, __file__, str(run), str(port), str(binaries())),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    until = time.monotonic() + STARTS_WITHIN
    while not _accepts(port):
        if keeper.poll() is not None or time.monotonic() > until:
            raise NoPostgres(f"PostgreSQL did not start:\n{log.read_text(errors='replace')[-4000:]}")
        time.sleep(0.05)
    return port


def _accepts(port: int) -> bool:
    with contextlib.suppress(psycopg.OperationalError, OSError):
        with socket.create_connection(("127.0.0.1", port), 1):
            pass
        psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres").close()
        return True
    return False


def keep(run: int, port: int, programs: Path) -> None:
    """Run a server on `port` for as long as the process `run` lives."""
    data = Path(tempfile.mkdtemp(prefix="perennial-postgres-"))
    uid, gid = _server_user()
    os.chown(data, uid, gid)
    try:
        _run(_init(programs, data), data, uid, gid).wait()
        server = _run((str(programs / "postgres"), "-D", str(data), "-p", str(port), *SETTINGS), data, uid, gid)
        _until_gone(run)
        server.send_signal(signal.SIGQUIT)
        server.wait()
    finally:
        shutil.rmtree(data, ignore_errors=True)


def _init(programs: Path, data: Path) -> tuple[str, ...]:
    who = ("-U", "postgres", "-A", "trust")
    return (str(programs / "initdb"), "-D", str(data), *who, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")


def _run(command: tuple[str, ...], data: Path, uid: int, gid: int) -> subprocess.Popen[bytes]:
    groups: list[int] | None = [] if os.geteuid() == 0 else None
    return subprocess.Popen(
        command,
        cwd=data,
        user=uid,
        group=gid,
        extra_groups=groups,
        preexec_fn=_die_with_keeper,  # noqa: PLW1509 # This program has one thread.
    )


def _die_with_keeper() -> None:
    # After the change of user, which clears the signal.
    if sys.platform.startswith("linux"):
        die_with_parent(signal.SIGQUIT)


def _server_user() -> tuple[int, int]:
    """Whose process the server is; PostgreSQL refuses to run as root, so there its own user, or `nobody`."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return user.pw_uid, user.pw_gid
    message = "running as root, and there is neither a user postgres nor a user nobody to run PostgreSQL as"
    raise NoPostgres(message)


def _until_gone(run: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        select.select([os.pidfd_open(run)], [], [])


if __name__ == "__main__":
    keep(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
