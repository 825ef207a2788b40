"""Guards that stop a test which reaches outside this computer or makes the GUI thread wait.

They listen to the interpreter's audit events, so that no name is patched and no library is missed.
"""

import ipaddress
import sys
import threading
from collections.abc import Callable
from types import FrameType

_NETWORK_EVENTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"})
_BLOCKING_EVENTS = frozenset({"socket.connect", "socket.getaddrinfo", "sqlite3.connect"})


class GuardError(BaseException):
    """A test did what no test may; not an ``Exception``, so that no code under test swallows it."""


class _Guards:
    """What the one audit hook of this process asks. A hook cannot be removed, so it must be switchable."""

    def __init__(self) -> None:
        self.gui_thread: int | None = None
        self.offences: list[str] = []

    def audit(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in _NETWORK_EVENTS:
            host = _host(event, arguments)
            if host is not None and not _is_loopback(host):
                self.refuse(f"{event}: {host!r} is not this computer")
        if event in _BLOCKING_EVENTS and self.gui_thread == threading.get_ident() and not _in_socketpair():
            self.refuse(f"{event} on the GUI thread")

    def refuse(self, offence: str) -> None:
        self.offences.append(offence)
        raise GuardError(offence)


_guards = _Guards()
_installed = False


def install() -> None:
    """Start guarding; once per process."""
    global _installed
    if not _installed:
        _installed = True
        sys.addaudithook(_guards.audit)


def watch_gui_thread() -> Callable[[], None]:
    """From now on the present thread is the GUI thread; call the result to stop watching.

    Refused are sockets, store connections and the use of a pooled store connection.
    """
    from sqlalchemy import event
    from sqlalchemy.pool import Pool

    from desktop_inbox.models import store

    def refuse_here(*_: object) -> None:
        if _guards.gui_thread == threading.get_ident():
            _guards.refuse("the GUI thread waits for the store")

    _guards.gui_thread = threading.get_ident()
    event.listen(Pool, "checkout", refuse_here)
    store.blocking_call_guard = refuse_here

    def stop() -> None:
        _guards.gui_thread = None
        event.remove(Pool, "checkout", refuse_here)
        store.blocking_call_guard = None

    return stop


def take_offences() -> list[str]:
    """Return what was refused since the last call."""
    taken, _guards.offences = _guards.offences, []
    return taken


def _host(event: str, arguments: tuple[object, ...]) -> str | None:
    if event == "socket.getaddrinfo":
        host: object = arguments[0]
    else:
        address = arguments[1] if len(arguments) > 1 else None
        host = address[0] if isinstance(address, tuple) and address else None
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    return host if isinstance(host, str) else None


def _is_loopback(host: str) -> bool:
    if host in ("", "localhost", "ip6-localhost") or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.split("%")[0]).is_loopback or host in ("0.0.0.0", "::")
    except ValueError:
        return False


def _in_socketpair() -> bool:
    # Windows has no socketpair; Python makes one by a connection to itself when an event loop starts.
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_name in ("socketpair", "_fallback_socketpair"):
            return True
        frame = frame.f_back
    return False
