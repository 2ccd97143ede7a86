"""The installation's secrets: given by settings, or made once and kept in a sandbox's data folder."""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from perennial.settings import Settings
from storage.eca_tokens import EcaKeys

FILE = "secrets.json"
OWNER_ONLY = 0o600


class SecretMissing(Exception):
    """Production was started without a secret; the message names the setting."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The pepper of API keys and the keys of the agreement's links."""

    pepper: SecretStr
    eca: EcaKeys

    @property
    def pepper_bytes(self) -> bytes:
        """What the hashes of keys and secrets are keyed with."""
        return self.pepper.get_secret_value().encode()


def read_secrets(settings: Settings) -> Secrets:
    """Return the secrets; a sandbox makes those that are not set and keeps them with its data.

    Raises:
        SecretMissing: outside a sandbox, one is not set.
    """
    made = _kept(settings.data) if settings.sandbox else {}
    pepper = _secret(settings.pepper, made, "pepper")
    eca_key = _secret(settings.eca_key, made, "eca_key")
    return Secrets(pepper=pepper, eca=EcaKeys(settings.eca_key_id, {settings.eca_key_id: eca_key}))


def _secret(given: SecretStr | None, made: dict[str, str], name: str) -> SecretStr:
    if given is not None:
        return given
    if name not in made:
        message = f"set PERENNIAL_{name.upper()} to at least 32 random bytes"
        raise SecretMissing(message)
    return SecretStr(made[name])


def _kept(folder: Path) -> dict[str, str]:
    path = folder / FILE
    if not path.exists():
        made = {"pepper": secrets.token_hex(32), "eca_key": secrets.token_hex(32)}
        write_private(path, json.dumps(made), keeps_first=True)
    kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return kept


def write_private(path: Path, text: str, *, keeps_first: bool = False) -> None:
    """Write a file that only its owner can read; it is there whole or not at all.

    With `keeps_first` a file that is there stays, so that of processes that begin at once all go by the same.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY), "w", encoding="utf-8") as file:
        file.write(text)
    if not keeps_first:
        partial.replace(path)
        return
    with suppress(FileExistsError):
        path.hardlink_to(partial)
    partial.unlink()
