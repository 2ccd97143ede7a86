"""Which methods an address has, of all the routes that it has."""

from __future__ import annotations

from fastapi.routing import iter_route_contexts
from starlette.requests import Request
from starlette.routing import compile_path


def allow_of(request: Request) -> str:
    """Return the methods of the request's path as the header `Allow` names them; `HEAD` is answered where `GET` is.

    Where several paths lead there, as `/a/b` and `/a/{id}` do, it is the one that names most of it.
    """
    routes = [(str(route.path), route.methods or ()) for route in iter_route_contexts(request.app.routes)]
    paths = [path for path, _ in routes if compile_path(path)[0].match(request.url.path)]
    nearest = min(paths, key=lambda path: (path.count("{"), -len(path)))
    found = {method for path, methods in routes if path == nearest for method in methods}
    return ", ".join(sorted(found | ({"HEAD"} if "GET" in found else set())))
