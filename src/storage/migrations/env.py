"""Where alembic starts: on the connection that it is given, in the transaction that is open there."""

from __future__ import annotations

from alembic import context

from storage.tables import metadata


def run() -> None:
    """Run the migrations that the command asked for."""
    context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
    context.run_migrations()


run()
