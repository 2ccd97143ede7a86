"""Which of several media types an answer has, by the request's `Accept`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from starlette.requests import Request

JSON = "application/json"
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"


class NotAcceptable(Exception):
    """The request accepts none of the media types that the address has."""

    def __init__(self, offered: Sequence[str]) -> None:
        """Name those that it has."""
        super().__init__()
        self.offered = tuple(offered)


def media_type_of(request: Request, *offered: str) -> str:
    """Return the type that the request prefers, of several alike the first of `offered`.

    Raises:
        NotAcceptable: it accepts none of them.
    """
    ranges = list(_ranges(request.headers.get("accept") or "*/*"))
    weights = {media_type: _weight(media_type, ranges) for media_type in offered}
    best = max(offered, key=lambda media_type: weights[media_type])
    if weights[best] <= 0:
        raise NotAcceptable(offered)
    return best


def _ranges(header: str) -> Iterator[tuple[str, float]]:
    for member in header.split(","):
        media_range, *parameters = (part.strip().lower() for part in member.split(";"))
        quality = next((value for name, _, value in map(_pair, parameters) if name == "q"), "1")
        if media_range:
            yield media_range, _number(quality)


def _pair(parameter: str) -> tuple[str, str, str]:
    name, equals, value = parameter.partition("=")
    return name.strip(), equals, value.strip()


def _number(quality: str) -> float:
    digits = quality.replace(".", "", 1)
    return min(float(quality), 1.0) if digits.isascii() and digits.isdigit() else 0.0


def _weight(media_type: str, ranges: Sequence[tuple[str, float]]) -> float:
    """The most exact of the ranges that cover a type says how welcome it is."""
    covering = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    for exact in covering:
        for media_range, quality in ranges:
            if media_range == exact:
                return quality
    return 0.0
