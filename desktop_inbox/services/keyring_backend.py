"""The operating system's keyring: which one is offered, whether it can be trusted, and what its errors mean.

Only keyrings that encrypt for the present user are accepted, by class; others would keep a secret in the
clear, or take it and forget it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

from desktop_inbox.errors import SecretStoreError


class SecretState(StrEnum):
    """What is the matter with the place where secrets are kept; READY: nothing."""

    READY = "ready"
    NONE = "none"  # the system offers no keyring
    LOCKED = "locked"
    DISMISSED = "dismissed"  # the user closed the question for the keyring's password
    UNTRUSTED = "untrusted"  # null, plain text, unknown
    MISCONFIGURED = "misconfigured"  # the environment names a keyring that cannot be loaded
    REFUSED = "refused"  # it would not take the secret (too large), or gave back another one
    CHANGED = "changed"  # secrets were written to another keyring than the one offered now
    TIMEOUT = "timeout"  # it did not answer; probably it waits for the user
    VAULT_LOCKED = "vault_locked"  # the vault's passphrase was not given yet


class Backend(Protocol):
    """The part of a keyring that is used; ``keyring.backend.KeyringBackend`` has it."""

    def get_password(self, service: str, username: str, /) -> str | None:
        """Return a secret, or None."""

    def set_password(self, service: str, username: str, password: str, /) -> None:
        """Keep a secret."""

    def delete_password(self, service: str, username: str, /) -> None:
        """Forget a secret."""


_TRUSTED: Final = {
    "keyring.backends.Windows.WinVaultKeyring": "Windows Credential Manager",
    "keyring.backends.macOS.Keyring": "macOS Keychain",
    "keyring.backends.SecretService.Keyring": "Secret Service (GNOME Keyring or KeePassXC)",
    "keyring.backends.kwallet.DBusKeyring": "KWallet",
    "keyring.backends.kwallet.DBusKeyringKWallet4": "KWallet",
    "keyring.backends.libsecret.Keyring": "Secret Service (libsecret)",
}

_SENTENCES: Final = {
    SecretState.READY: ("", ""),
    SecretState.NONE: (
        "This computer offers no keyring to keep secrets in.",
        "Install one (GNOME Keyring, KWallet), or keep them in a vault: desktop-inbox secrets vault.",
    ),
    SecretState.LOCKED: ("The keyring is locked.", "Unlock it, then try again."),
    SecretState.DISMISSED: ("The keyring stayed locked because its question was closed.", "Try again and answer it."),
    SecretState.UNTRUSTED: (
        "The keyring of this computer does not keep secrets safely, so it is not used.",
        "Set up another keyring, or keep secrets in a vault: desktop-inbox secrets vault.",
    ),
    SecretState.MISCONFIGURED: (
        "The keyring that the settings of this computer name cannot be loaded.",
        "Remove PYTHON_KEYRING_BACKEND or correct keyringrc.cfg, then start again.",
    ),
    SecretState.REFUSED: (
        "The keyring did not keep the secret; it may be too long for it.",
        "Check the secret, or keep secrets in a vault: desktop-inbox secrets vault.",
    ),
    SecretState.CHANGED: (
        "This secret was written to another keyring than the one that is offered now.",
        "Start the other keyring again, or enter the secret once more.",
    ),
    SecretState.TIMEOUT: (
        "The keyring does not answer.",
        "Look for a window that asks for its password, then try again.",
    ),
    SecretState.VAULT_LOCKED: (
        "The vault of secrets is locked.",
        "Give its passphrase, or put it into DESKTOP_INBOX_VAULT_PASSPHRASE.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The keyring that the system offers. `backend` is None unless `state` is READY."""

    state: SecretState
    backend: Backend | None = None
    class_name: str = ""
    title: str = ""  # as people know it


def secret_error(state: SecretState) -> SecretStoreError:
    """Return the error that tells people about ``state``."""
    sentence, hint = _SENTENCES[state]
    return SecretStoreError(f"secrets.{state}", sentence, hint=hint)


def class_name_of(backend: object) -> str:
    """Return the full name of a keyring's class."""
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def system_offer() -> Offer:
    """Ask the keyring library; may talk to D-Bus, so never on the GUI thread."""
    try:
        import keyring

        backend: Any = keyring.get_keyring()
    except Exception:  # noqa: BLE001  a bad setting raises ImportError, AttributeError, TypeError, ...
        return Offer(state=SecretState.MISCONFIGURED)
    return judge(backend)


def judge(backend: Any) -> Offer:
    """Return what to think of a keyring; of several chained ones the first that is trusted."""
    name = class_name_of(backend)
    if name == "keyring.backends.chainer.ChainerBackend":
        offers = [judge(member) for member in backend.backends]
        ready = [offer for offer in offers if offer.state is SecretState.READY]
        return (
            ready[0] if ready else Offer(state=SecretState.UNTRUSTED if offers else SecretState.NONE, class_name=name)
        )
    if name == "keyring.backends.fail.Keyring":
        return Offer(state=SecretState.NONE, class_name=name)
    if name not in _TRUSTED:
        return Offer(state=SecretState.UNTRUSTED, class_name=name)
    if name.endswith("WinVaultKeyring"):
        backend.persist = "local machine"  # the default roams to other computers of the organisation
    return Offer(state=SecretState.READY, backend=backend, class_name=name, title=_TRUSTED[name])


def state_of_error(error: Exception) -> SecretState:
    """Return what an error of a keyring means; its classes differ by platform, its text may hold anything."""
    names: set[str] = set()
    texts = ""
    cause: BaseException | None = error
    while cause is not None and len(names) < 20:
        names |= {kind.__name__ for kind in type(cause).__mro__}
        texts += f" {cause}".lower()
        cause = cause.__cause__ or cause.__context__
    if "PromptDismissedException" in names or "dismiss" in texts or "-128" in texts:
        return SecretState.DISMISSED
    if names & {"KeyringLocked", "LockedException"} or "-25308" in texts:
        return SecretState.LOCKED
    if names & {"NoKeyringError", "InitError", "SecretServiceNotAvailableException"}:
        return SecretState.NONE
    return SecretState.REFUSED
