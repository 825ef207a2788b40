"""SecretStore: the only module that sees a credential.

Secrets are kept in the operating system's keyring, or, when a person chose so, in a vault file with a
passphrase or in memory until the program ends. There is no silent step from one to the other, and nothing is
ever kept in the clear. What is written is read back and compared before anybody relies on it.
"""

import asyncio
import os
import queue
import secrets as random
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from desktop_inbox.errors import InboxError, InvalidInputError, SecretStoreError

from .keyring_backend import Backend, Offer, SecretState, secret_error, state_of_error, system_offer
from .redaction import register_secret
from .secret_record import SecretMode, SecretRecord
from .vault import KEY_BYTES, Vault

__all__ = ["PASSPHRASE_VARIABLE", "SecretMode", "SecretStatus", "SecretStore", "secret_name"]

T = TypeVar("T")

#: Windows keeps 1,280 UTF-16 characters; longer secrets go to an encrypted file whose key is in the keyring.
MAX_KEYRING_CHARACTERS: Final = 1200
PATIENCE_SECONDS: Final = 20.0
PASSPHRASE_VARIABLE: Final = "DESKTOP_INBOX_VAULT_PASSPHRASE"  # noqa: S105 - its name only
_LONG_KEY: Final = "key-of-long-secrets"
_PROBE: Final = "probe"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretStatus:
    """Which place is in use, and what is the matter with it."""

    mode: SecretMode
    state: SecretState
    title: str  # "macOS Keychain", "Vault file", ...
    sentence: str = ""  # what is wrong, when `state` is not READY
    hint: str = ""


def secret_name(channel_id: int, field: str) -> str:
    """Return the name under which a field of a channel's set-up form is kept."""
    return f"channel-{channel_id}/{field}"


def passphrase_of_environment() -> str:
    """Return the vault's passphrase for programs that nobody sits in front of; "" where there is none."""
    return os.environ.get(PASSPHRASE_VARIABLE, "")


class SecretStore:
    """Keeps secrets by name. Files go to ``folder``; no file holds a secret in the clear."""

    def __init__(
        self,
        folder: Path,
        *,
        offer: Callable[[], Offer] = system_offer,
        passphrase: Callable[[], str] = passphrase_of_environment,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._folder = folder
        self._offer = offer
        self._passphrase = passphrase
        self._patience = patience_seconds
        self._worker = _Worker()
        self._memory: dict[str, str] = {}  # secrets as loaded, or all there is in memory mode
        self._vault: Vault | None = None
        self._record = SecretRecord(folder / "secrets.json")

    @property
    def mode(self) -> SecretMode:
        """Where secrets are kept now."""
        return self._record.mode

    @property
    def vault_path(self) -> Path:
        """The file of the vault mode."""
        return self._folder / "secrets.vault"

    @property
    def opens_by_itself(self) -> bool:
        """Whether nobody has to be asked for the vault's passphrase."""
        return self._vault is not None or bool(self._passphrase())

    async def status(self) -> SecretStatus:
        """Return whether secrets can be kept; in a keyring by keeping one for a moment."""
        return await self._wait(self._status)

    async def choose(self, mode: SecretMode, *, passphrase: str = "") -> None:
        """Use another place from now on. Secrets already known move there.

        A vault is made, or opened when there is one. Raises SecretStoreError and changes nothing when the place
        cannot be used.
        """
        await self._wait(lambda: self._choose(mode, passphrase))

    async def unlock(self, passphrase: str) -> None:
        """Open the vault; SecretStoreError "vault.passphrase" when it does not fit."""
        await self._wait(lambda: self._unlock(passphrase))

    async def get(self, name: str) -> str:
        """Return a secret; SecretStoreError "secrets.missing" when it was never given, and others."""
        return await self._wait(lambda: self._get(name))

    def get_sync(self, name: str) -> str:
        """The same for worker threads, where providers run."""
        known = self._memory.get(name)
        return known if known is not None else self._settle(self._worker.submit(lambda: self._get(name)))

    async def set(self, name: str, value: str) -> None:
        """Keep a secret; returns only when reading it back gave the same."""
        await self._wait(lambda: self._set(name, value))

    async def delete(self, name: str) -> None:
        """Forget a secret everywhere; nothing happens when there is none."""
        await self._wait(lambda: self._delete(name))

    def names(self) -> tuple[str, ...]:
        """Names of the secrets kept so far, also by earlier runs of the program."""
        return tuple(sorted({*self._record.backends, *self._memory}))

    def forget_loaded(self) -> None:
        """Read every secret anew: another process may have changed it."""
        if self.mode is not SecretMode.MEMORY:
            self._memory.clear()

    async def _wait(self, work: Callable[[], T]) -> T:
        future = self._worker.submit(work)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._patience)
        except TimeoutError:
            raise secret_error(SecretState.TIMEOUT) from None

    def _settle(self, future: "Future[T]") -> T:
        try:
            return future.result(self._patience)
        except (FutureTimeoutError, CancelledError):
            future.cancel()
            raise secret_error(SecretState.TIMEOUT) from None

    # Everything below runs on the worker thread.

    def _status(self) -> SecretStatus:
        if self.mode is SecretMode.MEMORY:
            return SecretStatus(mode=self.mode, state=SecretState.READY, title="Memory, until the program ends")
        if self.mode is SecretMode.VAULT:
            state = SecretState.READY if self.opens_by_itself else SecretState.VAULT_LOCKED
            return self._status_of(state, "Vault file")
        offer = self._offer()
        state = offer.state
        if offer.backend is not None:
            try:
                self._write_checked(offer.backend, _PROBE, random.token_hex(8))
                self._remove(offer.backend, _PROBE)
            except SecretStoreError as error:
                state = SecretState(error.code.removeprefix("secrets."))
        if state is SecretState.READY and set(self._record.backends.values()) - {offer.class_name}:
            state = SecretState.CHANGED
        return self._status_of(state, offer.title or "Keyring")

    def _status_of(self, state: SecretState, title: str) -> SecretStatus:
        error = secret_error(state)
        return SecretStatus(mode=self.mode, state=state, title=title, sentence=error.message, hint=error.hint)

    def _choose(self, mode: SecretMode, passphrase: str) -> None:
        vault: Vault | None = None
        if mode is SecretMode.VAULT:
            _check_passphrase(passphrase)
            opener = Vault.open if self.vault_path.exists() else Vault.create
            vault = opener(self.vault_path, passphrase=passphrase)
        elif mode is SecretMode.KEYRING and self._offer().backend is None:
            raise secret_error(self._offer().state)
        moved = {name: self._get(name) for name in self.names() if self._readable(name)}
        self._vault = vault
        self._record.choose(mode)
        for name, value in moved.items():
            self._set(name, value)

    def _readable(self, name: str) -> bool:
        try:
            return bool(self._get(name))
        except SecretStoreError:
            return False

    def _unlock(self, passphrase: str) -> None:
        self._vault = Vault.open(self.vault_path, passphrase=passphrase)

    def _get(self, name: str) -> str:
        known = self._memory.get(name)
        if known is not None:
            return known
        value = None if self.mode is SecretMode.MEMORY else self._read(name)
        if value is None:
            raise SecretStoreError(
                "secrets.missing", "A secret of this channel is missing.", hint="Enter it in the channel's settings."
            )
        register_secret(value)
        self._memory[name] = value
        return value

    def _read(self, name: str) -> str | None:
        if self.mode is SecretMode.VAULT:
            return self._open_vault().get(name)
        backend, class_name = self._backend()
        self._record.load()
        value = _guarded(lambda: backend.get_password(self._service(name), name))
        if value is None and name in self._record.long:
            value = self._long_vault(backend).get(name)
        if value is None and self._record.backends.get(name, class_name) != class_name:
            raise secret_error(SecretState.CHANGED)
        return value

    def _set(self, name: str, value: str) -> None:
        if not value or "\x00" in value:
            raise InvalidInputError("secrets.value", "This is not a usable secret.", hint="Enter it again.")
        register_secret(value)
        if self.mode is SecretMode.VAULT:
            vault = self._open_vault()
            vault.set(name, value)
            if vault.get(name) != value:
                raise secret_error(SecretState.REFUSED)
            self._record.note(name, "vault")
        elif self.mode is SecretMode.KEYRING:
            self._write_to_keyring(name, value)
        self._memory[name] = value

    def _write_to_keyring(self, name: str, value: str) -> None:
        backend, class_name = self._backend()
        long = len(value) > MAX_KEYRING_CHARACTERS
        if long:
            vault = self._long_vault(backend)
            vault.set(name, value)
            if vault.get(name) != value:
                raise secret_error(SecretState.REFUSED)
            self._record.note(name, class_name, long=True)
            self._remove(backend, name)  # what it was before must not win
            return
        self._write_checked(backend, name, value)
        self._record.note(name, class_name)

    def _write_checked(self, backend: Backend, name: str, value: str) -> None:
        service = self._service(name)
        _guarded(lambda: backend.set_password(service, name, value))
        if _guarded(lambda: backend.get_password(service, name)) != value:
            self._remove(backend, name)
            raise secret_error(SecretState.REFUSED)

    def _long_vault(self, backend: Backend) -> Vault:
        """Open the file of secrets that are too long for a keyring; its key is in the keyring."""
        path = self._folder / "secrets.long"
        key = _guarded(lambda: backend.get_password(self._service(_LONG_KEY), _LONG_KEY))
        if key is None:
            if path.exists():  # written with another keyring, and lost with it
                path.unlink()
            key = random.token_bytes(KEY_BYTES).hex()
            self._write_checked(backend, _LONG_KEY, key)
        return Vault.with_key(path, bytes.fromhex(key))

    def _delete(self, name: str) -> None:
        self._memory.pop(name, None)
        if self.mode is SecretMode.VAULT:
            self._open_vault().delete(name)
        elif self.mode is SecretMode.KEYRING and name in self._record.backends:
            backend, _ = self._backend()
            self._remove(backend, name)
            if name in self._record.long:
                self._long_vault(backend).delete(name)
        self._record.drop(name)

    def _remove(self, backend: Backend, name: str) -> None:
        if _guarded(lambda: backend.get_password(self._service(name), name)) is not None:
            _guarded(lambda: backend.delete_password(self._service(name), name))

    def _open_vault(self) -> Vault:
        if self._vault is None:
            passphrase = self._passphrase()
            if not passphrase:
                raise secret_error(SecretState.VAULT_LOCKED)
            self._vault = Vault.open(self.vault_path, passphrase=passphrase)
        return self._vault

    def _backend(self) -> tuple[Backend, str]:
        offer = self._offer()
        if offer.backend is None:
            raise secret_error(offer.state)
        self._record.ensure_saved()
        return offer.backend, offer.class_name

    def _service(self, name: str) -> str:
        """One service for each secret: Windows renames entries that share one."""
        return f"Desktop Inbox/{self._record.profile_id}/{name}"


class _Worker:
    """One thread for all calls: keyrings are not made for several, and a question must not stop the exit."""

    def __init__(self) -> None:
        self._tasks: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def submit(self, work: Callable[[], T]) -> "Future[T]":
        future: Future[T] = Future()
        self._tasks.put((future, work))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="secrets", daemon=True)
            self._thread.start()
        return future

    def _run(self) -> None:
        while True:
            future, work = self._tasks.get()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work())
            except Exception as error:  # noqa: BLE001  handed to whoever waits for the result
                future.set_exception(error)


def _guarded(call: Callable[[], T]) -> T:
    """Call a keyring; whatever it raises becomes a SecretStoreError without the original's text."""
    try:
        return call()
    except InboxError:
        raise
    except Exception as error:  # noqa: BLE001  keyrings raise anything, from RuntimeError to D-Bus classes
        raise secret_error(state_of_error(error)) from None


def _check_passphrase(passphrase: str) -> None:
    if len(passphrase) < 8:
        raise InvalidInputError("vault.short", "The passphrase is too short.", hint="Use at least 8 characters.")
