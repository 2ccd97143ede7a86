"""The provider of identities at which people may sign in, as the settings name it."""

from __future__ import annotations

from console.oidc.discovery import is_safe
from console.oidc.provider import Provider
from console.paths import OIDC_RETURN
from perennial.settings import Settings


class OidcIncomplete(Exception):
    """A provider is set in part only, or at an address that is not safe; the message names the setting."""


def provider_of(settings: Settings) -> Provider | None:
    """Return the provider, None when none is set.

    Raises:
        OidcIncomplete: some of its settings are there and others are not, or its issuer is not an https address.
    """
    issuer, client_id, secret = settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret
    if not (issuer or client_id or secret):
        return None
    if not (issuer and client_id and secret):
        message = "set all of PERENNIAL_OIDC_ISSUER, PERENNIAL_OIDC_CLIENT_ID and PERENNIAL_OIDC_CLIENT_SECRET, or none"
        raise OidcIncomplete(message)
    if not is_safe(issuer):
        message = "PERENNIAL_OIDC_ISSUER must be an https address"
        raise OidcIncomplete(message)
    return Provider(
        name=settings.oidc_name,
        issuer=issuer,
        client_id=client_id,
        client_secret=secret.get_secret_value(),
        return_address=f"{settings.base_url}{OIDC_RETURN}",
    )
