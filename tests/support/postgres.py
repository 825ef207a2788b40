"""A real PostgreSQL server for the tests: own data folder, loopback only, gone when the tests are.

The server is ended by a small keeper process that waits for its standard input to close. So it also ends
when the test process is killed, and nothing is left running.
"""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

_SUPERUSER = "postgres"  # the database role, and on Debian the system user that may run the server
_STARTS = 5  # tries with another port, should somebody take the free one first
_MEMORY = Path("/dev/shm")
_ROOM = 4 << 30  # bytes free there, below which the disk is used
_KEEPER = """
import shutil, subprocess, sys
sys.stdin.read()
folder, user, *stop = sys.argv[1:]
who = {"user": user, "group": user, "extra_groups": []} if user else {}
subprocess.run(stop, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **who)
shutil.rmtree(folder, ignore_errors=True)
"""


class PostgresMissingError(Exception):
    """No PostgreSQL server programs were found; the text says where we looked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """A running server."""

    bin: Path
    data: Path
    port: int
    password: str
    _kept: "list[psycopg.Connection[Any]]" = field(default_factory=list, init=False, repr=False, compare=False)

    def url(self, database: str, *, role: str = _SUPERUSER, password: str | None = None) -> str:
        """Return the address of ``database`` for ``role``."""
        return f"postgresql://{role}:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: sql.Composed | sql.SQL, *, database: str = "postgres") -> None:
        """Run one statement outside any transaction."""
        if database == "postgres":
            self._standing.execute(statement)
            return
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement)

    def create_database(self, name: str, *, template: str = "template0") -> str:
        """Make a database, empty or as a copy of ``template``, and return its address."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Remove a database; whoever is still connected is cut off."""
        self.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def restart(self) -> None:
        """Stop without a checkpoint, as a power cut would, and start again on the same port."""
        self.let_go()
        _as_server_user([self._pg_ctl, "-D", self.data, "-m", "immediate", "-w", "stop"])
        _as_server_user([self._pg_ctl, "-D", self.data, "-l", self.data / "server.log", "-w", "start"])

    def let_go(self) -> None:
        """Close the connection that stays; the next statement opens another."""
        while self._kept:
            self._kept.pop().close()

    @property
    def _standing(self) -> "psycopg.Connection[Any]":
        """A connection that stays: every test makes a database and drops it."""
        if not self._kept:
            self._kept.append(psycopg.connect(self.url("postgres"), autocommit=True))
        return self._kept[-1]

    @property
    def _pg_ctl(self) -> Path:
        return self.bin / _program("pg_ctl")


def find_binaries() -> Path:
    """Return the folder that holds initdb and pg_ctl: the newest of Debian's, pg_config's or PATH's."""
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    pg_config = shutil.which("pg_config")
    if pg_config:
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        candidates.append(Path(answer.stdout.strip() or "."))
    on_path = shutil.which("pg_ctl")
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    for candidate in candidates:
        if (candidate / _program("initdb")).exists() and (candidate / _program("pg_ctl")).exists():
            return candidate
    raise PostgresMissingError("no initdb in /usr/lib/postgresql, by pg_config or on PATH; install postgresql")


@contextmanager
def running_server(*, fsync: bool = False) -> Iterator[PostgresServer]:
    """Start a server with a data folder of its own; ``fsync`` on is for tests about durability."""
    binaries = find_binaries()
    folder = Path(tempfile.mkdtemp(prefix="desktop-inbox-postgres-", dir=None if fsync else _in_memory()))
    password = secrets.token_urlsafe(16)
    data = _init(binaries, folder, password)
    stop = [str(binaries / _program("pg_ctl")), "-D", str(data), "-m", "immediate", "-w", "stop"]
    keeper = _start_keeper(folder, stop)
    try:
        port = _start(binaries, data, fsync=fsync)
        server = PostgresServer(bin=binaries, data=data, port=port, password=password)
        yield server
        server.let_go()
    finally:
        assert keeper.stdin is not None
        keeper.stdin.close()
        keeper.wait(60)


def _in_memory() -> Path | None:
    """Return a folder in memory where there is room: a fresh database takes 40 ms there, and 300 on a busy disk."""
    try:
        return _MEMORY if shutil.disk_usage(_MEMORY).free >= _ROOM else None
    except OSError:
        return None


def _version(folder: Path) -> float:
    try:
        return float(folder.parent.name)
    except ValueError:
        return 0.0


def _program(name: str) -> str:
    return f"{name}.exe" if sys.platform == "win32" else name


def _server_user() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then Debian's user for it runs it."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return {}
    return {"user": _SUPERUSER, "group": _SUPERUSER, "extra_groups": []}


def _as_server_user(command: list[object]) -> None:
    # A file, not a pipe: the server inherits it and would keep a pipe open for ever.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=tempfile.gettempdir(),
            check=False,
            **_server_user(),
        )
        if done.returncode != 0:
            output.seek(0)
            text = output.read().decode(errors="replace")
            raise RuntimeError(f"{Path(str(command[0])).name} ended with {done.returncode}:\n{text}")


def _init(binaries: Path, folder: Path, password: str) -> Path:
    data = folder / "data"
    password_file = folder / "password"
    password_file.write_text(password, encoding="ascii")
    if _server_user():
        shutil.chown(folder, _SUPERUSER, _SUPERUSER)
        shutil.chown(password_file, _SUPERUSER, _SUPERUSER)
    locale = ["--locale=C.UTF-8"] if sys.platform.startswith("linux") else []
    initdb = [binaries / _program("initdb"), "-D", data, "-U", _SUPERUSER, "--encoding=UTF8", *locale, "--no-sync"]
    _as_server_user([*initdb, "--auth=scram-sha-256", f"--pwfile={password_file}"])
    password_file.unlink()
    return data


def _start(binaries: Path, data: Path, *, fsync: bool) -> int:
    for attempt in range(_STARTS):
        port = _free_port()
        _write_settings(data, port, fsync=fsync)
        try:
            _as_server_user(
                [binaries / _program("pg_ctl"), "-D", data, "-l", data / "server.log", "-w", "-t", "60", "start"]
            )
        except RuntimeError:
            if attempt + 1 == _STARTS:
                raise
            time.sleep(0.1)
        else:
            return port
    raise AssertionError("unreachable")


def _write_settings(data: Path, port: int, *, fsync: bool) -> None:
    switch = "on" if fsync else "off"
    settings = {
        "listen_addresses": "'127.0.0.1'",
        "port": str(port),
        "unix_socket_directories": "''",
        "fsync": switch,
        "full_page_writes": switch,
        "autovacuum": "off",  # it would now and then hold the database that others are copied from
        "max_connections": "200",
        "shared_buffers": "64MB",
        "timezone": "'UTC'",
        "max_wal_size": "'256MB'",
    }
    lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
    settings_file = data / "postgresql.auto.conf"
    settings_file.write_text(lines, encoding="ascii")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start_keeper(folder: Path, stop: list[str]) -> "subprocess.Popen[bytes]":
    # In a session of its own, so that Ctrl+C in the terminal does not end it before the server.
    user = _SUPERUSER if _server_user() else ""
    return subprocess.Popen(
        [sys.executable, "-c", _KEEPER, str(folder), user, *stop],
        stdin=subprocess.PIPE,
        start_new_session=sys.platform != "win32",
        cwd=tempfile.gettempdir(),
    )
