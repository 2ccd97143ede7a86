"""How signing in at a provider of identities fails; the messages are for the log and hold nothing of a token."""

from __future__ import annotations


class ProviderFailed(Exception):
    """The provider does not answer, or not as OpenID Connect has it."""


class IdentityRefused(Exception):
    """A code or a token is not what this way to the provider asked for."""
