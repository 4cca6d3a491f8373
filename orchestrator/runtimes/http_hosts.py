"""Where an HTTP agent may be: its host is looked up and checked before every connection, and that very address is used.

Clouds hand out credentials at addresses that only the machine itself reaches; whoever names an agent's address, or the
name behind it, must not get there through a worker.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
METADATA = tuple(map(ipaddress.ip_network, (
    "169.254.0.0/16", "fe80::/10",  # link-local: most clouds' metadata (RFC 3927, RFC 4291)
    "fd00:ec2::/32", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32",  # that of others
    "0.0.0.0/8", "::/128", "224.0.0.0/4", "ff00::/8", "255.255.255.255/32",  # no host at all
)))  # fmt: skip
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


class Forbidden(Exception):
    """The address may not be called; the message says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosts:
    """Which hosts may be called."""

    allowed: tuple[str, ...] = ()
    """Names such as `api.example.com` and `*.example.com`; empty allows all but those that hand out credentials."""

    def why_not(self, host: str) -> str:
        """Say why a host may not be called by its name; empty when it may, as far as its name tells."""
        if self.allowed:
            return "" if self._is_named(host) else f"'{host}' is not on the list of allowed hosts"
        ip = _as_ip(host)
        return f"{host} is an address at which machines find their credentials" if ip and _is_closed(ip) else ""

    def addresses(self, host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[object, ...]]]:
        """Look a host up; raises Forbidden when none of its addresses may be called, OSError when it has none."""
        refused = self.why_not(host)
        if refused:
            raise Forbidden(refused)
        found = [(family, address) for family, _, _, _, address in _looked_up(host, port)]
        named = bool(self.allowed) and _as_ip(host) is not None  # an administrator wrote this very address down
        right = [one for one in found if named or not _is_closed(_ip_of(one[1]))]
        if not right:
            raise Forbidden(f"'{host}' stands for {found[0][1][0]}, an address at which machines find credentials")
        return right

    def _is_named(self, host: str) -> bool:
        return any(fnmatchcase(host.lower(), pattern.lower()) for pattern in self.allowed)


def _looked_up(host: str, port: int) -> Sequence[tuple[socket.AddressFamily, int, int, str, tuple[object, ...]]]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def _ip_of(address: tuple[object, ...]) -> Ip:
    return ipaddress.ip_address(str(address[0]).partition("%")[0])


def _as_ip(host: str) -> Ip | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_closed(ip: Ip) -> bool:
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return _is_closed(ip.ipv4_mapped)
        if ip in _TRANSLATED:
            return _is_closed(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return any(ip in network for network in METADATA)
