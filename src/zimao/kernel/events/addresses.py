"""Where a webhook may go: a guard against requests forged to reach the inside of our own network (SSRF).

The name is resolved once, every address it has must be permitted, and the connection is then made to that address and not
to the name, so that a second answer of the name server cannot lead elsewhere (DNS rebinding).
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from zimao.kernel.errors import Refused, Unavailable
from zimao.kernel.text import t

__all__ = ["Target", "check_url", "choose", "is_public", "resolve"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# prefixes that carry an IPv4 address inside an IPv6 one: NAT64 (RFC 6052, RFC 8215)
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address to connect to, with the name that goes into the Host line and the TLS handshake."""

    address: Address
    host: str


def _inner(address: Address) -> Address:
    """The address that really is reached when ``address`` wraps another."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    return address


def is_public(address: Address) -> bool:
    """True when ``address`` is on the public internet (IANA special-purpose registries, RFC 6890)."""
    if isinstance(address, ipaddress.IPv6Address) and any(address in network for network in _NAT64):
        return False
    inner = _inner(address)
    return inner.is_global and not inner.is_multicast


def _permitted(address: Address, allowed: Iterable[Network]) -> bool:
    return any(_inner(address) in network for network in allowed)


def check_url(url: str) -> tuple[str, int, bool]:
    """Host, port and whether TLS is used; Refused when the address is not a plain http(s) address."""
    sentence = t("地址须为 https://主机/路径，不含用户名", "The address must be https://host/path, without a user name")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused("url", sentence, "url") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None or parts.fragment:
        raise Refused("url", sentence, "url")
    secure = parts.scheme == "https"
    return parts.hostname, port or (443 if secure else 80), secure


def choose(host: str, addresses: Sequence[Address], allowed: Sequence[Network], *, secure: bool) -> Target:
    """The address to use; Refused when one of them is neither public nor allowed, or plain http would cross the internet."""
    for address in addresses:
        if not is_public(address) and not _permitted(address, allowed):
            raise Refused(
                "address_refused",
                t(
                    "该主机解析到内部或保留地址，已拒绝；如属可信内网，请由运维人员将其网段加入允许清单",
                    "The host resolves to an internal or reserved address and is refused; an operator may allow a trusted network",
                ),
                "url",
            )
        if not secure and not _permitted(address, allowed):
            raise Refused("https_required", t("公网地址必须使用 https", "A public address must use https"), "url")
    return Target(addresses[0], host)


async def resolve(host: str, port: int) -> list[Address]:
    """Every address of ``host``; Unavailable when the name cannot be resolved."""
    try:
        return [ipaddress.ip_address(host)]
    except ValueError:
        pass
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unavailable("name", t("无法解析主机名", "The host name cannot be resolved"), "url") from error
    return [ipaddress.ip_address(str(entry[4][0]).split("%")[0]) for entry in found]
