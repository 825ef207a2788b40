"""The command line on a computer without a keyring: a vault, and a channel whose token lies in it."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.synapse import ROOT, MatrixFriend, SynapseServer

pytestmark = pytest.mark.timeout(300)  # each command is a start of the program

PASSPHRASE = "correct horse battery"


class CommandLine:
    """Runs commands on a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {**os.environ, "DESKTOP_INBOX_HOME": str(home)}

    def __call__(self, *arguments: str, given: str = "", code: int = 0) -> list[dict[str, Any]]:
        command = [sys.executable, "-m", "desktop_inbox", "--json", *arguments]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment,
            input=given,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return [json.loads(line) for line in (done.stdout + done.stderr).splitlines()]


@pytest.mark.row("S4", "P26")
def test_the_place_of_secrets(tmp_path: Path) -> None:
    command = CommandLine(tmp_path)
    (status,) = command("secrets", "status", code=7)
    assert (status["mode"], status["state"]) == ("keyring", "none")
    (error,) = command("secrets", "vault", "--passphrase-from-stdin", given="short\n", code=2)
    assert error["error"] == "vault.short"
    (status,) = command("secrets", "vault", "--passphrase-from-stdin", given=f"{PASSPHRASE}\n")
    assert (status["mode"], status["state"]) == ("vault", "ready")
    (status,) = command("secrets", "status", code=7)
    assert status["state"] == "vault_locked"


@pytest.mark.synapse
@pytest.mark.row("S4", "P25", "P26", "P11")
def test_a_channel_whose_token_is_in_the_vault(
    tmp_path: Path, synapse: SynapseServer, friend_of: Callable[..., MatrixFriend]
) -> None:
    command = CommandLine(tmp_path)
    name = f"office-{uuid.uuid4().hex[:8]}"
    user_id = synapse.register(name, "canary-password")
    friend = friend_of("Ana")
    room = friend.do("create", invite=[user_id], direct=True)["room"]
    friend.do("text", room=room, body="Is my bicycle ready?")
    settings = ("--set", f"homeserver={synapse.url}", "--set", f"user_id={user_id}", "--secrets-from-stdin")
    secrets = json.dumps({"password": "canary-password"}) + "\n"
    (error,) = command("channel", "add", "matrix", "Matrix", *settings, given=secrets, code=6)
    assert error["error"] == "secrets.none"
    command("secrets", "vault", "--passphrase-from-stdin", given=f"{PASSPHRASE}\n")
    command.environment["DESKTOP_INBOX_VAULT_PASSPHRASE"] = PASSPHRASE
    (added,) = command("channel", "add", "matrix", "Matrix", *settings, given=secrets)
    assert (added["kind"], added["state"]) == ("matrix", "active")
    (synced,) = command("sync")
    assert (synced["channels"], bool(synced["offline"])) == (1, False)
    found = command("search", "bicycle")
    assert any("bicycle" in json.dumps(hit) for hit in found)
    command("send", friend.user_id, "Yes, it is.", "--now", "--confirm", "first_contact")
    friend.sync_until(lambda f: any(m["content"].get("body") == "Yes, it is." for m in f.messages))
    leaks = [path for path in tmp_path.rglob("*") if path.is_file() and b"canary-password" in path.read_bytes()]
    assert leaks == []
