"""Which hosts the program may talk to: checked by the address that is connected to, not by its spelling."""

import ipaddress
import queue
import re
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import SplitResult, urlsplit

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
#: (host, port) -> what ``socket.getaddrinfo`` returns.
Resolve = Callable[[str, int], list[tuple[Any, ...]]]

_DEFAULT_PORTS = {"https": 443, "http": 80}
#: Services of cloud machines that hand out credentials; two of them lie in ordinary private ranges.
_METADATA = frozenset(map(ipaddress.ip_address, ("169.254.169.254", "100.100.100.200", "fd00:ec2::254")))
_CARRIER_NAT = ipaddress.ip_network("100.64.0.0/10")
_SITE_LOCAL = ipaddress.ip_network("fec0::/10")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?\.?")
#: 127.1, 0x7f.1, 2130706433, 0177.0.0.1: what the C library takes for an address and people do not.
_NUMBER_LIKE = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+))*\.?")


class Place(StrEnum):
    """Where an address lies."""

    PUBLIC = "public"
    PRIVATE = "private"  # a home or office network
    LOOPBACK = "loopback"
    FORBIDDEN = "forbidden"  # link-local, metadata, multicast, reserved: never a provider


class AddressRefusedError(Exception):
    """A host may not be connected to; ``code`` says why. Not an OSError: it must pass HTTP libraries whole."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Origin:
    """What credentials are bound to."""

    scheme: str
    host: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressPolicy:
    """What may be connected to. Loopback only for a client whose own address is loopback."""

    allow_private: bool = False
    allow_loopback: bool = False

    def check(self, host: str, address: IpAddress) -> None:
        """Raise AddressRefusedError where ``host``, found at ``address``, may not be connected to."""
        place = place_of(address)
        if place is Place.PUBLIC or (place is Place.LOOPBACK and self.allow_loopback):
            return
        if place is Place.PRIVATE:
            if self.allow_private:
                return
            raise AddressRefusedError(
                "private_address", f"{host} is an address inside a private network and was not confirmed."
            )
        raise AddressRefusedError("forbidden_address", f"{host} leads to an address that no provider has.")


def split_url(url: str) -> SplitResult:
    """Return the parts of an absolute http or https URL that two parsers cannot read differently.

    Raises AddressRefusedError for user names, back slashes, white space, odd numbers as host, other schemes.
    """
    bad = AddressRefusedError("bad_url", "The address is not a web address that can be used.")
    if not url.isprintable() or "\\" in url or " " in url:
        raise bad
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise bad from None
    host = parts.hostname or ""
    if parts.scheme not in _DEFAULT_PORTS or "@" in parts.netloc or port == 0 or not _is_plain_host(host):
        raise bad
    return parts


def origin_of(url: str) -> Origin:
    """Return scheme, host and port of ``url``, lower case and with the port written out."""
    parts = split_url(url)
    return Origin(parts.scheme, str(parts.hostname), parts.port or _DEFAULT_PORTS[parts.scheme])


def is_loopback_host(host: str) -> bool:
    """Return whether a host, as written, means this computer."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = literal_address(host)
    return address is not None and place_of(address) is Place.LOOPBACK


def literal_address(host: str) -> IpAddress | None:
    """Return the address that ``host`` spells, or None when it is a name."""
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None


def place_of(address: IpAddress) -> Place:
    """Return where ``address`` lies; an IPv4 address wrapped in IPv6 is judged as what it wraps."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _wrapped(address)
        if inner is not None:
            return place_of(inner)
    if address in _METADATA:
        return Place.FORBIDDEN
    if address.is_loopback:
        return Place.LOOPBACK
    if address.is_unspecified or address.is_link_local or address.is_multicast:
        return Place.FORBIDDEN
    if address in _CARRIER_NAT or address in _SITE_LOCAL or _is_private_use(address):
        return Place.PRIVATE
    return Place.PUBLIC if address.is_global else Place.FORBIDDEN


def _wrapped(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if address in _NAT64 or (int(address) >> 32 == 0 and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _is_private_use(address: IpAddress) -> bool:
    networks = ("fc00::/7",) if address.version == 6 else ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
    return any(address in ipaddress.ip_network(network) for network in networks)


def _is_plain_host(host: str) -> bool:
    if literal_address(host) is not None:
        return "%" not in host
    return bool(_HOST.fullmatch(host)) and not _NUMBER_LIKE.fullmatch(host)


def system_resolve(host: str, port: int) -> list[tuple[Any, ...]]:
    """Ask the system for the addresses of ``host``."""
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


def resolve_within(resolve: Resolve, host: str, port: int, *, seconds: float) -> list[tuple[Any, ...]]:
    """Resolve ``host``, giving up after ``seconds``: the system's own resolver knows no deadline.

    Raises OSError (``socket.gaierror``) when there is no such name and TimeoutError when it takes too long.
    """
    literal = literal_address(host)
    if literal is not None:
        family = socket.AF_INET if literal.version == 4 else socket.AF_INET6
        return [(family, socket.SOCK_STREAM, 0, "", (str(literal), port))]
    answers: queue.Queue[list[tuple[Any, ...]] | OSError] = queue.Queue()

    def ask() -> None:
        try:
            answers.put(resolve(host, port))
        except OSError as error:
            answers.put(error)
        except UnicodeError:  # a label is too long for a name
            answers.put(socket.gaierror(socket.EAI_NONAME, "no such name"))

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=max(seconds, 0.0))
    except queue.Empty:
        raise TimeoutError("the name was not resolved in time") from None
    if isinstance(answer, OSError):
        raise answer
    return answer
