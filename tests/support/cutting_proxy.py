"""A TCP proxy on loopback that cuts a connection when the client says a certain word."""

import contextlib
import socket
import threading
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit


class CuttingProxy:
    """Stands before a server. With ``cut(word, answered=True)`` the next request that holds ``word`` reaches the
    server and is carried out, but its answer is lost; with ``answered=False`` it never arrives."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self._target = (parts.hostname, parts.port or 5432)
        self._listener = socket.create_server(("127.0.0.1", 0))
        place = parts.netloc.rpartition("@")[0] + f"@127.0.0.1:{self._listener.getsockname()[1]}"
        self.url = urlunsplit(parts._replace(netloc=place))
        self.cuts = 0
        self._plan: tuple[bytes, bool] | None = None
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()

    def cut(self, word: bytes, *, answered: bool) -> None:
        """Arm it for the next request with ``word``."""
        with self._lock:
            self._plan = (word, answered)

    def __enter__(self) -> "CuttingProxy":
        self._spawn(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in tuple(self._open):
            _hang_up(connection)

    def _spawn(self, target: Callable[..., None], *arguments: object) -> None:
        threading.Thread(target=target, args=arguments, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
            except OSError:
                return
            self._open |= {client, server}
            deaf = threading.Event()
            self._spawn(self._from_client, client, server, deaf)
            self._spawn(self._from_server, client, server, deaf)

    def _from_client(self, client: socket.socket, server: socket.socket, deaf: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                answered = self._due(data)
                if answered is not None:
                    deaf.set()
                if answered is False:
                    break
                server.sendall(data)
        if not deaf.is_set() or answered is False:
            _hang_up(client)
            _hang_up(server)

    def _from_server(self, client: socket.socket, server: socket.socket, deaf: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if deaf.is_set():
                    break
                client.sendall(data)
        _hang_up(client)
        _hang_up(server)

    def _due(self, data: bytes) -> bool | None:
        with self._lock:
            if self._plan is None or self._plan[0] not in data:
                return None
            answered = self._plan[1]
            self._plan = None
            self.cuts += 1
            return answered


def _hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
