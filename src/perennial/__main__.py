"""`python -m perennial` is the `perennial` command."""

from perennial.cli import main

main()
