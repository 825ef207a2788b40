"""A real Synapse on loopback, and people with another client in it.

Installs nothing: looks for ``.tools/synapse``, an environment with matrix-synapse and matrix-nio that
``dev.py test`` makes.
"""

import base64
import contextlib
import hashlib
import hmac
import itertools
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
_TOOLS = Path(os.environ.get("DESKTOP_INBOX_SYNAPSE", ROOT / ".tools" / "synapse"))
PYTHON = _TOOLS / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
_SECRET = "registration"
_START_SECONDS = 60

#: High enough that no test meets them by accident.
NO_LIMITS = """
rc_message: {per_second: 10000, burst_count: 10000}
rc_login:
  address: {per_second: 10000, burst_count: 10000}
  account: {per_second: 10000, burst_count: 10000}
  failed_attempts: {per_second: 10000, burst_count: 10000}
rc_registration: {per_second: 10000, burst_count: 10000}
rc_joins:
  local: {per_second: 10000, burst_count: 10000}
  remote: {per_second: 10000, burst_count: 10000}
rc_joins_per_room: {per_second: 10000, burst_count: 10000}
rc_room_creation: {per_second: 10000, burst_count: 10000}
rc_invites:
  per_room: {per_second: 10000, burst_count: 10000}
  per_user: {per_second: 10000, burst_count: 10000}
  per_issuer: {per_second: 10000, burst_count: 10000}
"""


class SynapseServer:
    """One homeserver with its own folder and port."""

    def __init__(self, folder: Path, limits: str) -> None:
        self.folder = folder
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._write_config(limits)

    def start(self) -> None:
        """Start and wait until it answers."""
        with (self.folder / "output.log").open("ab") as log:
            self._process = subprocess.Popen(
                [PYTHON, "-m", "synapse.app.homeserver", "-c", str(self.folder / "homeserver.yaml")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            if self._process.poll() is not None:
                break
            with contextlib.suppress(OSError):
                self.ask("GET", "/_matrix/client/versions")
                return
            time.sleep(0.05)
        output = (self.folder / "output.log").read_text(errors="replace")[-2000:]
        self.stop()
        raise RuntimeError(f"Synapse did not start:\n{output}")

    def stop(self) -> None:
        """Stop, as a restart of the service would."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)
        self._process = None

    def ask(self, method: str, path: str, body: object = None, token: str = "") -> dict[str, Any]:
        """Make a request as an administrator's script would; OSError when refused."""
        request = urllib.request.Request(f"{self.url}{path}", method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=20) as response:
            answer: dict[str, Any] = json.load(response)
        return answer

    def register(self, name: str, password: str, *, displayname: str = "") -> str:
        """Make a user and return their id."""
        nonce = self.ask("GET", "/_synapse/admin/v1/register")["nonce"]
        mac = hmac.new(
            _SECRET.encode(), b"\0".join(s.encode() for s in (nonce, name, password, "notadmin")), hashlib.sha1
        )
        body = {"nonce": nonce, "username": name, "password": password, "admin": False, "mac": mac.hexdigest()}
        answer = self.ask("POST", "/_synapse/admin/v1/register", body)
        if displayname:
            path = f"/_matrix/client/v3/profile/{answer['user_id']}/displayname"
            self.ask("PUT", path, {"displayname": displayname}, answer["access_token"])
        return str(answer["user_id"])

    def token(self, name: str, password: str) -> str:
        """Sign in on a new device."""
        body = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": name}, "password": password}
        return str(self.ask("POST", "/_matrix/client/v3/login", body)["access_token"])

    def _write_config(self, limits: str) -> None:
        seed = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        (self.folder / "signing.key").write_text(f"ed25519 a_test {seed}\n")
        (self.folder / "log.yaml").write_text(
            "version: 1\nhandlers: {out: {class: logging.StreamHandler}}\nroot: {level: WARNING, handlers: [out]}\n"
        )
        folder = json.dumps(str(self.folder))[1:-1]
        (self.folder / "homeserver.yaml").write_text(
            f"""
server_name: localhost
pid_file: "{folder}/homeserver.pid"
listeners:
  - {{port: {self.port}, bind_addresses: [127.0.0.1], type: http, tls: false, resources: [{{names: [client]}}]}}
database: {{name: sqlite3, args: {{database: "{folder}/homeserver.db"}}}}
log_config: "{folder}/log.yaml"
media_store_path: "{folder}/media"
signing_key_path: "{folder}/signing.key"
registration_shared_secret: {_SECRET}
macaroon_secret_key: {secrets.token_hex(16)}
form_secret: {secrets.token_hex(16)}
report_stats: false
trusted_key_servers: []
suppress_key_server_warning: true
federation_domain_whitelist: []
url_preview_enabled: false
presence: {{enabled: false}}
bcrypt_rounds: 4
{limits}
"""
        )


class MatrixClients:
    """The process in which the other people's clients run; see ``matrix_friend``."""

    def __init__(self) -> None:
        self.numbers = itertools.count(1)
        self._process = subprocess.Popen(
            [PYTHON, str(Path(__file__).with_name("matrix_friend.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )

    def do(self, who: int, order: str, **arguments: Any) -> dict[str, Any]:
        """Give one order and return the answer."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"who": who, "do": order, **arguments}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline() or '{"error": "the clients died"}')
        if answer.get("error"):
            raise AssertionError(f"{order}: {answer['error']}")
        return answer

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._process.stdout.close()


class MatrixFriend:
    """A person with another client."""

    def __init__(self, clients: MatrixClients, server: SynapseServer, name: str, password: str) -> None:
        self._clients = clients
        self._number = next(clients.numbers)
        self.messages: list[dict[str, Any]] = []
        self.receipts: list[dict[str, Any]] = []
        self.invites: list[str] = []
        self.user_id = str(self.do("open", url=server.url, user=name, password=password)["user_id"])

    def do(self, order: str, **arguments: Any) -> dict[str, Any]:
        """Give one order and return the answer."""
        return self._clients.do(self._number, order, **arguments)

    def sync_until(self, condition: Callable[["MatrixFriend"], object], *, timeout: float = 20) -> None:
        """Read until ``condition`` holds; what was read is kept."""
        end = time.monotonic() + timeout
        while not condition(self):
            if time.monotonic() > end:
                raise AssertionError(f"not seen: {self.messages[-3:]} {self.receipts[-3:]} {self.invites}")
            answer = self.do("sync", timeout=1000)
            self.messages += answer["messages"]
            self.receipts += answer["receipts"]
            self.invites += answer["invites"]

    def close(self) -> None:
        """Let go of the client's connections."""
        self.do("close")


@contextlib.contextmanager
def running_synapse(folder: Path, *, limits: str = NO_LIMITS) -> Iterator[SynapseServer]:
    """Run a homeserver; skips the test when it is not installed."""
    if not PYTHON.exists():
        pytest.skip("Synapse: not installed in .tools/synapse; `python3 dev.py test` does that")
    server = SynapseServer(folder, limits)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def synapse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SynapseServer]:
    """The homeserver of this test session."""
    with running_synapse(tmp_path_factory.mktemp("synapse")) as server:
        yield server


@pytest.fixture(scope="session")
def matrix_clients(synapse: SynapseServer) -> Iterator[MatrixClients]:
    """The process of the other people's clients."""
    clients = MatrixClients()
    yield clients
    clients.close()


@pytest.fixture
def friend_of(synapse: SynapseServer, matrix_clients: MatrixClients) -> Iterator[Callable[..., MatrixFriend]]:
    """Make people with another client: ``friend_of("Ana Díaz")``; with ``name`` one who has an account."""
    friends: list[MatrixFriend] = []

    def make(
        displayname: str = "", *, server: SynapseServer | None = None, name: str = "", password: str = "friend-password"
    ) -> MatrixFriend:
        home = server or synapse
        if not name:
            name = f"friend-{secrets.token_hex(4)}"
            home.register(name, password, displayname=displayname)
        friends.append(MatrixFriend(matrix_clients, home, name, password))
        return friends[-1]

    yield make
    for friend in friends:
        friend.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
