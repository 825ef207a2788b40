"""Vault: secrets in one encrypted file, for computers without a keyring and for secrets too long for one.

The file is JSON: the parameters in the clear and one AES-256-GCM box around all names and values, with the
parameters as associated data. The key is random (kept in a keyring) or made from a passphrase by scrypt.
"""

import base64
import json
import os
import secrets
from pathlib import Path
from typing import Any, Final

from desktop_inbox.errors import SecretStoreError

from .attachment_files import create_private, private_folder

KEY_BYTES: Final = 32
_FORMAT: Final = 1
_SCRYPT: Final = {"n": 2**16, "r": 8, "p": 1}  # 64 MB and a quarter of a second
_MAX_SCRYPT_N: Final = 2**20  # a manipulated file must not be able to take all memory


class Vault:
    """An open vault. Not for use by several threads at a time."""

    def __init__(self, path: Path, key: bytes, parameters: dict[str, Any]) -> None:
        self._path = path
        self._key = key
        self._parameters = parameters

    @classmethod
    def create(cls, path: Path, *, passphrase: str) -> "Vault":
        """Make a new, empty vault; SecretStoreError when there is one already."""
        if path.exists():
            raise SecretStoreError("vault.exists", "There is a vault already.", hint="Open it with its passphrase.")
        salt = secrets.token_bytes(16)
        parameters = {"format": _FORMAT, "kdf": {"name": "scrypt", **_SCRYPT, "salt": _text(salt)}}
        vault = cls(path, _derive(passphrase, parameters), parameters)
        vault._write({})
        return vault

    @classmethod
    def open(cls, path: Path, *, passphrase: str) -> "Vault":
        """Open a vault; SecretStoreError "vault.passphrase" when that does not fit, "vault.damaged" and others."""
        parameters = _read_file(path)[0]
        vault = cls(path, _derive(passphrase, parameters), parameters)
        vault._read()
        return vault

    @classmethod
    def with_key(cls, path: Path, key: bytes) -> "Vault":
        """Open or make a vault whose key of ``KEY_BYTES`` is kept elsewhere."""
        vault = cls(path, key, {"format": _FORMAT, "kdf": None})
        if not path.exists():
            vault._write({})
        vault._read()
        return vault

    def get(self, name: str) -> str | None:
        """Return a secret, or None."""
        return self._read().get(name)

    def set(self, name: str, value: str) -> None:
        """Keep a secret; the file is replaced as a whole."""
        self._write({**self._read(), name: value})

    def delete(self, name: str) -> None:
        """Forget a secret, if it is there."""
        entries = self._read()
        if entries.pop(name, None) is not None:
            self._write(entries)

    def _read(self) -> dict[str, str]:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        parameters, nonce, box = _read_file(self._path)
        try:
            content = AESGCM(self._key).decrypt(nonce, box, _associated(parameters))
        except InvalidTag:
            raise SecretStoreError(
                "vault.passphrase",
                "The vault does not open: the passphrase is wrong or the file was changed.",
                hint="Type the passphrase again; capitals and spaces count.",
            ) from None
        entries: dict[str, str] = json.loads(content)
        return entries

    def _write(self, entries: dict[str, str]) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(12)
        content = json.dumps(entries).encode()
        box = AESGCM(self._key).encrypt(nonce, content, _associated(self._parameters))
        document = {**self._parameters, "nonce": _text(nonce), "box": _text(box)}
        write_private(self._path, json.dumps(document).encode())


def write_private(path: Path, content: bytes) -> None:
    """Replace a file as a whole, readable by this user only; SecretStoreError when that fails."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        private_folder(path.parent)
        with create_private(partial) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise SecretStoreError(
            "vault.write",
            f"The file of secrets cannot be written: {error.strerror}.",
            hint="Check the disk's free space.",
        ) from None
    finally:
        partial.unlink(missing_ok=True)


def _derive(passphrase: str, parameters: dict[str, Any]) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    try:
        kdf = parameters["kdf"]
        salt, n, r, p = base64.b64decode(kdf["salt"]), int(kdf["n"]), int(kdf["r"]), int(kdf["p"])
    except (KeyError, TypeError, ValueError):
        raise _damaged() from None
    if kdf.get("name") != "scrypt" or not 2**14 <= n <= _MAX_SCRYPT_N or n & (n - 1) or r != 8 or not 1 <= p <= 4:
        raise _damaged()
    return Scrypt(salt=salt, length=KEY_BYTES, n=n, r=r, p=p).derive(passphrase.encode("utf-8", "surrogatepass"))


def _read_file(path: Path) -> tuple[dict[str, Any], bytes, bytes]:
    """Return (parameters, nonce, box) of a vault file."""
    try:
        document = json.loads(path.read_bytes())
        nonce, box = base64.b64decode(document.pop("nonce")), base64.b64decode(document.pop("box"))
        if document["format"] != _FORMAT or len(nonce) != 12:
            raise _damaged()
    except FileNotFoundError:
        raise SecretStoreError(
            "vault.missing", "The vault file is gone.", hint="Make a new one and enter the secrets again."
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise _damaged() from None
    return document, nonce, box


def _associated(parameters: dict[str, Any]) -> bytes:
    return json.dumps(parameters, sort_keys=True).encode()


def _damaged() -> SecretStoreError:
    return SecretStoreError(
        "vault.damaged", "The vault file cannot be read.", hint="Restore it from a backup or enter the secrets again."
    )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
