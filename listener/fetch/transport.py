"""httpx's transport over connections of ours, and the proxies of the environment."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from urllib.request import getproxies

import httpcore
import httpx

from listener.fetch.guard import Backend

_IDLE = 32  # connections kept for the next request


class Direct(httpx.AsyncHTTPTransport):
    """HTTP/1.1 straight to the host. httpx has no place for a network backend, httpcore has."""

    def __init__(self, backend: Backend, tls: ssl.SSLContext) -> None:
        super().__init__(verify=tls)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=None,  # Pacing limits them
            max_keepalive_connections=_IDLE,
            keepalive_expiry=30,
            network_backend=backend,
        )


def proxies(tls: ssl.SSLContext) -> Mapping[str, httpx.AsyncBaseTransport | None]:
    """Return transports for HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY.

    httpx reads them itself only when it makes the transport.
    """
    known = getproxies()
    spared = [host.strip() for host in known.get("no", "").split(",") if host.strip()]
    if "*" in spared:
        return {}
    mounts: dict[str, httpx.AsyncBaseTransport | None] = {
        f"{scheme}://": httpx.AsyncHTTPTransport(verify=tls, proxy=known[scheme])
        for scheme in ("http", "https", "all")
        if scheme in known
    }
    return mounts | {f"all://*{host}": None for host in spared} if mounts else {}
