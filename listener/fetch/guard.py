"""Connections to public addresses only, and name resolution that cannot starve.

The address that is checked is the one that is connected to, so a name cannot change in between.
Behind a proxy (HTTP_PROXY and its kin) names are resolved by the proxy, which then has to guard.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import httpcore

_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052
_CONNECT = 10.0  # seconds for each address, so that a dead one leaves time for the next

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


class PrivateAddress(Exception):
    """The host is on this machine or in this network."""


def public(address: str) -> bool:
    """Tell whether an address is on the public internet, also when it wraps an IPv4 address."""
    ip = ipaddress.ip_address(address)
    inner = _wrapped(ip)
    if inner is not None:
        return public(str(inner))
    return ip.is_global and not (
        ip.is_multicast or ip.is_reserved or getattr(ip, "is_site_local", False)
    )


def _wrapped(ip: Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address inside an IPv6 one: mapped, 6to4, Teredo, NAT64."""
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)


class Resolver:
    """Looks names up in threads of its own: asyncio's default executor has a handful."""

    def __init__(self, threads: int = 64) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="resolve")

    async def addresses(self, host: str, port: int) -> list[str]:
        """Return the host's addresses in the system's order of preference; raises OSError."""
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return list(dict.fromkeys(str(info[4][0]) for info in found))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class Backend(httpcore.AsyncNetworkBackend):
    """Resolves, checks, then connects to exactly what was checked."""

    def __init__(self, resolver: Resolver, *, private: bool) -> None:
        self._resolver = resolver
        self._private = private
        self._sockets = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  (the interface of httpcore)
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._resolver.addresses(host, port)
        allowed = [a for a in addresses if self._private or public(a)]
        if not allowed:
            raise PrivateAddress(host)
        for address in allowed[:-1]:
            try:
                return await self._sockets.connect_tcp(
                    address, port, min(_CONNECT, timeout or _CONNECT), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._sockets.connect_tcp(
            allowed[-1], port, timeout, local_address, socket_options
        )
