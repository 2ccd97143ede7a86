"""`perennial catalog` and `perennial agreement`, as far as they work on the database; loaded without it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from perennial.shell.commands import GROUPS

catalog = typer.Typer(help=GROUPS["catalog"], no_args_is_help=True)
agreement = typer.Typer(help=GROUPS["agreement"], no_args_is_help=True)


@catalog.command("load")
def load(
    file: Annotated[Path, typer.Argument(help="A TOML file of new and changed entries and further price rows.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
) -> None:
    """Load a file over the catalogue in force: all of it, or nothing and every reason."""
    from perennial import catalog_work  # noqa: PLC0415 - heavy to load

    catalog_work.load(file, dry_run=dry_run)


@catalog.command("show")
def show(
    *,
    on: Annotated[str | None, typer.Option(help="The day (YYYY-MM-DD), today unless said.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Every entry and price row, as JSON.")] = False,
) -> None:
    """Show offerings, products and the prices in force on a day, from the database."""
    from perennial import catalog_work  # noqa: PLC0415 - heavy to load

    catalog_work.show(on=on, as_json=as_json)


@agreement.command("load")
def load_agreement(
    file: Annotated[Path, typer.Argument(help="The text (UTF-8), exactly as acceptors will see it.")],
    *,
    version: Annotated[str, typer.Option(help="The version's name, as in 2027.1.")],
    since: Annotated[str, typer.Option("--from", help="The first day (YYYY-MM-DD) on which requests show it.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say whether it would be loaded.")] = False,
) -> None:
    """Load a new version; one that is there never changes, and the very same again changes nothing."""
    from perennial import agreement_work  # noqa: PLC0415 - heavy to load

    agreement_work.load(file, version=version, since=since, dry_run=dry_run)


@agreement.command("list")
def list_agreements(
    *, as_json: Annotated[bool, typer.Option("--json", help="Every version with its text, as JSON.")] = False
) -> None:
    """List the versions, the one that came last first, from the database."""
    from perennial import agreement_work  # noqa: PLC0415 - heavy to load

    agreement_work.show_versions(as_json=as_json)
