"""Fresh PostgreSQL databases without the second that making one takes: copies of one original, emptied after use."""

from __future__ import annotations

import psycopg

from storage.tables import metadata
from support_postgres import PostgresServer

# What the original holds, and every fresh copy with it.
KEPT = ("catalogues", "price_rows")


class PostgresCopies:
    """Copies of a migrated database, handed out one at a time."""

    def __init__(self, server: PostgresServer, original: str) -> None:
        self._server = server
        self._original = original
        self._free: list[str] = []
        with psycopg.connect(original, autocommit=True) as connection:
            connection.execute("CREATE SCHEMA kept")
            for table in KEPT:
                connection.execute(f"CREATE TABLE kept.{table} AS TABLE public.{table}".encode())

    def take(self) -> str:
        """The address of a copy that holds what the original does."""
        return self._free.pop() if self._free else self._server.copy_database(self._original)

    def give_back(self, address: str) -> None:
        """Make a copy as it was; one that cannot be, because a test broke or holds its tables, is dropped."""
        try:
            with psycopg.connect(address) as connection:
                connection.execute(_restoring().encode())
        except psycopg.Error:
            self._server.drop_database(address)
        else:
            self._free.append(address)


def _restoring() -> str:
    emptied = [str(table.delete()) for table in reversed(metadata.sorted_tables)]
    restored = [f"INSERT INTO {table} SELECT * FROM kept.{table}" for table in KEPT]  # noqa: S608 # Names of our own.
    counted = "SELECT setval(pg_get_serial_sequence('catalogues', 'id'), (SELECT max(id) FROM catalogues))"
    return "; ".join(("SET lock_timeout = '2s'", *emptied, *restored, counted))
