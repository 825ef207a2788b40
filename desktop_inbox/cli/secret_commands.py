"""secrets: where passwords and tokens are kept on this computer, and the key to it."""

import argparse
import getpass
import sys

from desktop_inbox.app.office import Office
from desktop_inbox.errors import InvalidInputError
from desktop_inbox.services.keyring_backend import SecretState
from desktop_inbox.services.secrets import SecretMode

from . import EXIT_PROBLEMS
from .output import Output


async def secrets(office: Office, options: argparse.Namespace, output: Output) -> int:
    """Tell where secrets are kept, or keep them elsewhere from now on."""
    if options.action == "keyring":
        await office.secrets.choose(SecretMode.KEYRING)
    elif options.action == "vault":
        known = office.secrets.vault_path.exists()
        passphrase = _passphrase(from_stdin=options.passphrase_from_stdin, new=not known)
        await office.secrets.choose(SecretMode.VAULT, passphrase=passphrase)
    status = await office.secrets.status()
    fine = status.state is SecretState.READY
    sentence = f"Secrets are kept in: {status.title}." if fine else f"{status.sentence} {status.hint}"
    output.item(sentence, mode=status.mode, state=status.state, title=status.title)
    return 0 if fine else EXIT_PROBLEMS


async def unlock(office: Office) -> None:
    """Ask for the vault's passphrase where somebody sits in front; else channels with secrets wait."""
    if office.secrets.mode is not SecretMode.VAULT or not sys.stdin.isatty():
        return
    if (await office.secrets.status()).state is SecretState.VAULT_LOCKED:
        await office.secrets.unlock(getpass.getpass("Passphrase of the vault: "))


def _passphrase(*, from_stdin: bool, new: bool) -> str:
    """Never from the arguments: those are visible to every program of the computer."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    given = getpass.getpass("Passphrase of the vault: ")
    if new and getpass.getpass("Again: ") != given:
        raise InvalidInputError("vault.different", "The two are not the same.", hint="Try again.")
    return given
