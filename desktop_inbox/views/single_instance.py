"""One window per user and profile: a second start hands its arguments to the first (S05)."""

import getpass
import hashlib
import json
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_WAIT = 1000  # milliseconds; the first instance is on this computer
_LIMIT = 64 * 1024  # bytes of arguments


class SingleInstance(QObject):
    """Hold one for as long as the window lives. ``claim`` says whether this process is the first."""

    called = Signal(list)  # the arguments of a second start

    def __init__(self, profile: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.name = server_name(profile)
        self._server: QLocalServer | None = None

    def claim(self, arguments: Sequence[str] = ()) -> bool:
        """Become the one; False when another runs, which then has ``arguments`` and comes forward."""
        if self._hand_over(arguments):
            return False
        server = QLocalServer(self)
        # Only this user may connect.
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.newConnection.connect(self._accept)
        if not server.listen(self.name):
            # Nobody answered, so what is there was left by a process that died.
            QLocalServer.removeServer(self.name)
            if not server.listen(self.name):
                return True  # better two windows than none
        self._server = server
        return True

    def release(self) -> None:
        """Let another process be the one."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def _hand_over(self, arguments: Sequence[str]) -> bool:
        socket = QLocalSocket()
        socket.connectToServer(self.name)
        if not socket.waitForConnected(_WAIT):
            return False
        socket.write(json.dumps(list(arguments)).encode()[:_LIMIT])
        socket.flush()
        socket.waitForBytesWritten(_WAIT)
        socket.disconnectFromServer()
        return True

    def _accept(self) -> None:
        assert self._server is not None  # noqa: S101
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnected.connect(lambda socket=socket: self._read(socket))
            if socket.state() is QLocalSocket.LocalSocketState.UnconnectedState:
                self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        if socket.property("read"):
            return
        socket.setProperty("read", True)
        data = bytes(socket.read(_LIMIT).data())
        socket.deleteLater()
        try:
            arguments = json.loads(data or b"[]")
        except ValueError:
            arguments = []
        self.called.emit([str(item) for item in arguments] if isinstance(arguments, list) else [])


def server_name(profile: str) -> str:
    """Return the name of the meeting place: of this user and profile, and short enough for every system."""
    owner = hashlib.sha256(f"{getpass.getuser()}\0{profile}".encode()).hexdigest()[:24]
    return f"desktop-inbox-{owner}"
