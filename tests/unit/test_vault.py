"""The vault opens with its passphrase only, and nothing in it can be read or changed without."""

import json
import os
import stat
from pathlib import Path

import pytest

from desktop_inbox.errors import SecretStoreError
from desktop_inbox.services.vault import Vault

PASSPHRASE = "correct horse battery"


@pytest.mark.row("S4", "P26")
def test_round_trip_and_nothing_in_the_clear(tmp_path: Path) -> None:
    path = tmp_path / "private" / "secrets.vault"
    vault = Vault.create(path, passphrase=PASSPHRASE)
    vault.set("channel-1/password", "canary-7f3a")
    vault.set("channel-2/token", "x" * 100_000)
    vault.delete("channel-2/token")
    vault.delete("channel-9/never")
    again = Vault.open(path, passphrase=PASSPHRASE)
    assert (again.get("channel-1/password"), again.get("channel-2/token")) == ("canary-7f3a", None)
    content = path.read_bytes()
    assert b"canary" not in content
    assert b"channel" not in content
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [each.name for each in path.parent.iterdir()] == ["secrets.vault"]


@pytest.mark.row("S4", "P26")
def test_a_wrong_passphrase_opens_nothing(tmp_path: Path) -> None:
    path = tmp_path / "v"
    Vault.create(path, passphrase=PASSPHRASE)
    with pytest.raises(SecretStoreError) as caught:
        Vault.open(path, passphrase=PASSPHRASE + " ")
    assert caught.value.code == "vault.passphrase"
    with pytest.raises(SecretStoreError) as caught:
        Vault.create(path, passphrase="another one")
    assert caught.value.code == "vault.exists"


@pytest.mark.row("S4", "P26")
@pytest.mark.parametrize("field", ["box", "nonce", "kdf", "format", "cost", "cut", "empty", "list", "gone"])
def test_a_changed_file_is_refused(tmp_path: Path, field: str) -> None:
    path = tmp_path / "v"
    Vault.create(path, passphrase=PASSPHRASE).set("a", "b")
    document = json.loads(path.read_bytes())
    if field in ("box", "nonce"):
        first = document[field][0]
        document[field] = ("A" if first != "A" else "B") + document[field][1:]
    elif field == "kdf":
        document["kdf"]["salt"] = "AAAAAAAAAAAAAAAAAAAAAA=="
    elif field == "cost":
        document["kdf"]["n"] = 2**40
    elif field == "format":
        document["format"] = 99
    text = {"cut": json.dumps(document)[:40], "empty": "", "list": "[1]"}.get(field, json.dumps(document))
    path.write_text(text)
    if field == "gone":
        path.unlink()
    with pytest.raises(SecretStoreError) as caught:
        Vault.open(path, passphrase=PASSPHRASE)
    assert caught.value.code in ("vault.passphrase", "vault.damaged", "vault.missing")
    assert caught.value.hint


@pytest.mark.row("S3")
def test_a_key_kept_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "secrets.long"
    Vault.with_key(path, b"k" * 32).set("a", "long")
    assert Vault.with_key(path, b"k" * 32).get("a") == "long"
    with pytest.raises(SecretStoreError):
        Vault.with_key(path, b"x" * 32)
