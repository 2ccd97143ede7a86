"""Where the API is and with which key: a profile, the environment, or the sandbox's own keys; never a mixture."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import typer

from perennial.shell.exits import wrong_usage

OWNER_ONLY = 0o600
SANDBOX_KEYS = ("distributor", "operator")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class Place:
    """An API's address and a key for it; `source` says where both come from."""

    url: str
    key: str = field(repr=False)
    source: str = "given"


@dataclass(frozen=True, slots=True)
class Profiles:
    """The profile file: places by name, and the one that is used when nothing else is said."""

    places: Mapping[str, Place]
    used: str | None = None


def chosen_place(profile: str | None) -> Place:
    """Return the place of a command: `--profile`, `PERENNIAL_PROFILE`, the environment, the file's own, the sandbox.

    Raises:
        Failed: the profile is unknown, or there is no key at all.
    """
    name = profile or os.environ.get("PERENNIAL_PROFILE")
    if name:
        return _named(name)
    url, key = os.environ.get("PERENNIAL_URL"), os.environ.get("PERENNIAL_API_KEY")
    if key:
        return Place(_checked(url or sandbox_url()), key, "the environment")
    if url and urlsplit(url).hostname not in _LOOPBACK:
        raise wrong_usage("PERENNIAL_URL is set: set PERENNIAL_API_KEY too, or choose a profile.")
    profiles = read_profiles()
    if not url and profiles.used is not None:
        return _named(profiles.used)
    return _sandbox(SANDBOX_KEYS[0], url)


def patience() -> float:
    """Return for how many seconds a request that is not answered, or told to come back, is repeated.

    Raises:
        Failed: the environment says something that is no number of seconds.
    """
    given = os.environ.get("PERENNIAL_PATIENCE", "30")
    if not (given.isascii() and given.isdigit()):
        raise wrong_usage("PERENNIAL_PATIENCE is a whole number of seconds.")
    return float(given)


def sandbox_url() -> str:
    """Return where `perennial up` serves on this machine."""
    return f"http://127.0.0.1:{os.environ.get('PERENNIAL_PORT', '8000')}"


def profile_file() -> Path:
    """Return where profiles are kept."""
    return Path(typer.get_app_dir("perennial")) / "profiles.toml"


def read_profiles() -> Profiles:
    """Return the profiles, none when there is no file.

    Raises:
        Failed: others may read the file, or it is not what `write_profiles` writes.
    """
    file = profile_file()
    if not file.exists():
        return Profiles({})
    if file.stat().st_mode & 0o077:
        raise wrong_usage(f"{file} holds keys and others may read it: chmod 600 {file}")
    try:
        return _profiles_of(tomllib.loads(file.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise wrong_usage(f"{file} is not a file of profiles: {error}") from error


def write_profiles(profiles: Profiles) -> None:
    """Write the file, readable by its owner only; it is there whole or as it was."""
    file = profile_file()
    lines = [] if profiles.used is None else [f"use = {json.dumps(profiles.used)}", ""]
    for name, place in sorted(profiles.places.items()):
        lines += [f"[profiles.{name}]", f"url = {json.dumps(place.url)}", f"key = {json.dumps(place.key)}", ""]
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = file.with_name(f"{file.name}.{os.getpid()}.partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY), "w", encoding="utf-8") as out:
        out.write("\n".join(lines))
    partial.replace(file)


def new_place(name: str, url: str, key: str) -> Place:
    """Return a place to be kept under a name.

    Raises:
        Failed: the name, the address or the key cannot be one.
    """
    if not _NAME.fullmatch(name):
        raise wrong_usage("A profile's name is 1 to 64 letters, digits, hyphens and underscores.")
    if not key or not key.isascii() or not key.isprintable():
        raise wrong_usage("There is no key: give it at the prompt, or pipe it in.")
    return Place(_checked(url), key, f"the profile {name}")


def _named(name: str) -> Place:
    found = read_profiles().places.get(name)
    if found is not None:
        return found
    if name in SANDBOX_KEYS:
        return _sandbox(name, os.environ.get("PERENNIAL_URL"))
    raise wrong_usage(f"There is no profile {name}; `perennial profile list` shows those that are there.")


def _sandbox(kind: str, url: str | None) -> Place:
    file = Path(os.environ.get("PERENNIAL_DATA", "var")) / "keys.json"
    try:
        key: str = json.loads(file.read_text("utf-8"))[kind]
    except (OSError, ValueError, KeyError) as error:
        raise wrong_usage(
            f"There is no key: set PERENNIAL_API_KEY, add a profile, or run `perennial up` here ({file} is not there)."
        ) from error
    return Place(_checked(url or sandbox_url()), key, f"{file} ({kind})")


def _checked(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise wrong_usage(f"{url} is not an address of an API, such as https://api.example.com.")
    return url.rstrip("/")


def _profiles_of(content: dict[str, Any]) -> Profiles:
    places = {
        name: Place(_checked(str(entry["url"])), str(entry["key"]), f"the profile {name}")
        for name, entry in content.get("profiles", {}).items()
    }
    return Profiles(places, content.get("use"))
