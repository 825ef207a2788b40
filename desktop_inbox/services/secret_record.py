"""What the next start must know about secrets: where they are kept and under which names. Never a value."""

import json
import secrets as random
from enum import StrEnum
from pathlib import Path

from desktop_inbox.errors import SecretStoreError

from .vault import write_private


class SecretMode(StrEnum):
    """Where secrets are kept; chosen by a person."""

    KEYRING = "keyring"
    MEMORY = "memory"  # until the program ends: asked at each start
    VAULT = "vault"  # an encrypted file with a passphrase


class SecretRecord:
    """A small private file: mode, names, keyrings.

    Another process may write it too, so it is read again before each change.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.profile_id = random.token_hex(8)
        self.mode = SecretMode.KEYRING
        self.backends: dict[str, str] = {}
        self.long: set[str] = set()
        self.load()

    def choose(self, mode: SecretMode) -> None:
        """Note where secrets are kept from now on."""
        self.load()
        self.mode = mode
        self._save()

    def note(self, name: str, backend: str, *, long: bool = False) -> None:
        """Note that a secret was written, and with which keyring; ``long`` ones lie beside it."""
        self.load()
        self.backends[name] = backend
        (self.long.add if long else self.long.discard)(name)
        self._save()

    def drop(self, name: str) -> None:
        """Note that a secret was forgotten."""
        self.load()
        if self.backends.pop(name, None) is not None:
            self.long.discard(name)
            self._save()

    def ensure_saved(self) -> None:
        """Make sure that other processes use the same profile id from now on."""
        if not self._path.exists():
            self._save()
        self.load()

    def load(self) -> None:
        """Read the file anew; SecretStoreError when it is damaged."""
        try:
            data = json.loads(self._path.read_bytes())
            self.profile_id = str(data["profile"])
            self.mode = SecretMode(data["mode"])
            self.backends = dict(data["keyrings"])
            self.long = set(data["long"])
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError):
            raise SecretStoreError(
                "secrets.record", "The file secrets.json cannot be read.", hint="Restore it from a backup or delete it."
            ) from None

    def _save(self) -> None:
        data = {"profile": self.profile_id, "mode": self.mode, "keyrings": self.backends, "long": sorted(self.long)}
        write_private(self._path, json.dumps(data, indent=1, sort_keys=True).encode())
