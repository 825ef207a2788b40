"""Secrets are kept safely or not at all; the seven states of a keyring, with fakes and with a real one."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import keyring.backends.fail
import keyring.backends.null
import pytest
from keyring.errors import InitError, KeyringError, KeyringLocked, NoKeyringError, PasswordSetError

from desktop_inbox.errors import InvalidInputError, SecretStoreError
from desktop_inbox.services.keyring_backend import Offer, SecretState, judge
from desktop_inbox.services.redaction import redact
from desktop_inbox.services.secrets import SecretMode, SecretStore, secret_name
from tests.support.memory_keyring import MemoryKeyring

Run = Callable[[Coroutine[Any, Any, Any]], Any]
NAME = secret_name(1, "password")


class BrokenKeyring(MemoryKeyring):
    """Raises one error from every call."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def get_password(self, service: str, username: str) -> str | None:
        raise self.error

    def set_password(self, service: str, username: str, password: str) -> None:
        raise self.error


class ForgetfulKeyring(MemoryKeyring):
    """Takes everything and keeps nothing, as the null keyring does."""

    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class SmallKeyring(MemoryKeyring):
    """Windows: 2,560 bytes in UTF-16."""

    def set_password(self, service: str, username: str, password: str) -> None:
        if len(password.encode("utf-16-le")) > 2560:
            raise PasswordSetError("(1783, 'CredWrite', 'The stub received bad data')")
        super().set_password(service, username, password)


class CuttingKeyring(MemoryKeyring):
    """Keeps the beginning and says nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        super().set_password(service, username, password[:10])


def offering(backend: object, name: str = "fake.One") -> Callable[[], Offer]:
    return lambda: Offer(state=SecretState.READY, backend=backend, class_name=name, title="Test keyring")  # type: ignore[arg-type]


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(SecretStoreError) as caught:
        work()
    assert caught.value.message.endswith(".")
    assert caught.value.hint.endswith(".")
    return caught.value.code


def no_canary_in(folder: Path) -> None:
    for path in folder.rglob("*"):
        assert not path.is_file() or b"canary" not in path.read_bytes()


@pytest.mark.row("S3", "P26")
def test_write_read_delete(tmp_path: Path, run: Run) -> None:
    backend = MemoryKeyring()
    store = SecretStore(tmp_path, offer=offering(backend))
    run(store.set(NAME, "canary-1"))
    later = SecretStore(tmp_path, offer=offering(backend))
    assert (run(later.get(NAME)), later.get_sync(NAME)) == ("canary-1", "canary-1")
    assert later.names() == (NAME,)
    assert run(later.status()).state is SecretState.READY
    run(later.delete(NAME))
    assert backend.secrets == {}
    run(later.delete(NAME))
    assert code_of(lambda: run(later.get(NAME))) == "secrets.missing"
    no_canary_in(tmp_path)


@pytest.mark.row("S3")
def test_profiles_do_not_share_secrets(tmp_path: Path, run: Run) -> None:
    backend = MemoryKeyring()
    one, two = (SecretStore(tmp_path / name, offer=offering(backend)) for name in ("one", "two"))
    run(one.set(NAME, "secret-one"))
    run(two.set(NAME, "secret-two"))
    one.forget_loaded()
    assert (run(one.get(NAME)), run(two.get(NAME))) == ("secret-one", "secret-two")
    assert len({service for service, _ in backend.secrets}) == 2


@pytest.mark.row("S3")
def test_two_processes_share_a_profile(tmp_path: Path, run: Run) -> None:
    backend = MemoryKeyring()
    window, command = (SecretStore(tmp_path, offer=offering(backend)) for _ in range(2))
    run(window.set(NAME, "first"))
    run(command.set(secret_name(2, "token"), "t" * 2000))
    run(window.set(secret_name(3, "token"), "third"))
    window.forget_loaded()
    assert run(window.get(secret_name(2, "token"))) == "t" * 2000
    run(command.set(NAME, "second"))
    window.forget_loaded()
    assert run(window.get(NAME)) == "second"


@pytest.mark.row("P26", "S3")
@pytest.mark.parametrize(
    ("error", "state"),
    [
        pytest.param(NoKeyringError("No recommended backend"), "none", id="none"),
        pytest.param(InitError("Failed to create the collection"), "none", id="no service"),
        pytest.param(KeyringLocked("Failed to unlock the collection!"), "locked", id="locked"),
        pytest.param(KeyringLocked("Prompt dismissed.."), "dismissed", id="prompt dismissed"),
        pytest.param(
            KeyringError("Can't get password from keychain: (-128, 'cancel')"), "dismissed", id="macOS cancel"
        ),
        pytest.param(PasswordSetError("(1783, 'CredWrite')"), "refused", id="too large"),
        pytest.param(RuntimeError("canary in the text of an error"), "refused", id="anything else"),
    ],
)
def test_errors_of_a_keyring_are_told_apart(tmp_path: Path, run: Run, error: Exception, state: str) -> None:
    store = SecretStore(tmp_path, offer=offering(BrokenKeyring(error)))
    assert code_of(lambda: run(store.set(NAME, "canary-2"))) == f"secrets.{state}"
    assert code_of(lambda: store.get_sync(NAME)) == f"secrets.{state}"
    status = run(store.status())
    assert (status.state, status.mode) == (SecretState(state), SecretMode.KEYRING)
    assert "canary" not in status.sentence
    no_canary_in(tmp_path)


@pytest.mark.row("P26", "S3")
@pytest.mark.parametrize("backend", [ForgetfulKeyring(), CuttingKeyring()])
def test_what_does_not_come_back_was_not_kept(tmp_path: Path, run: Run, backend: MemoryKeyring) -> None:
    store = SecretStore(tmp_path, offer=offering(backend))
    assert code_of(lambda: run(store.set(NAME, "a long enough secret"))) == "secrets.refused"
    assert backend.secrets == {}
    assert run(store.status()).state is SecretState.REFUSED


@pytest.mark.row("P26", "S3")
def test_untrusted_keyrings_are_refused_by_class(tmp_path: Path, run: Run) -> None:
    class ChainerBackend:
        __module__ = "keyring.backends.chainer"
        __qualname__ = "ChainerBackend"
        backends = (MemoryKeyring(), keyring.backends.null.Keyring())

    judged = [judge(each) for each in (keyring.backends.null.Keyring(), MemoryKeyring(), ChainerBackend())]
    assert {offer.state for offer in judged} == {SecretState.UNTRUSTED}
    assert judge(keyring.backends.fail.Keyring()).state is SecretState.NONE
    store = SecretStore(tmp_path, offer=lambda: judged[0])
    assert code_of(lambda: run(store.set(NAME, "canary-3"))) == "secrets.untrusted"
    assert run(store.status()).state is SecretState.UNTRUSTED
    no_canary_in(tmp_path)


@pytest.mark.row("P26", "S3")
@pytest.mark.parametrize(
    ("setting", "state"),
    [
        ("no.such.module.Keyring", "misconfigured"),
        ("keyring.backends.null.NoSuchClass", "misconfigured"),
        ("keyring.backends.null.Keyring", "untrusted"),
        ("keyring.backends.fail.Keyring", "none"),
    ],
)
def test_the_environment_can_name_a_bad_keyring(setting: str, state: str) -> None:
    program = "from desktop_inbox.services.keyring_backend import system_offer; print(system_offer().state)"
    environment = {**os.environ, "PYTHON_KEYRING_BACKEND": setting}
    answer = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == state


@pytest.mark.row("P26", "S3")
def test_a_long_secret_is_encrypted_beside_a_keyring_that_is_too_small(tmp_path: Path, run: Run) -> None:
    backend = SmallKeyring()
    store = SecretStore(tmp_path, offer=offering(backend))
    secret = "canary-" + "k" * 5000
    run(store.set(NAME, secret))
    later = SecretStore(tmp_path, offer=offering(backend))
    assert run(later.get(NAME)) == secret
    assert all(len(value) < 1200 for value in backend.secrets.values())
    no_canary_in(tmp_path)
    run(later.set(NAME, "short"))
    later.forget_loaded()
    assert run(later.get(NAME)) == "short"
    run(later.set(NAME, secret))
    later.forget_loaded()
    assert run(later.get(NAME)) == secret
    run(later.delete(NAME))
    assert code_of(lambda: run(later.get(NAME))) == "secrets.missing"


@pytest.mark.row("P26", "S3")
def test_another_keyring_than_last_time_is_told(tmp_path: Path, run: Run) -> None:
    run(SecretStore(tmp_path, offer=offering(MemoryKeyring(), "fake.One")).set(NAME, "canary-4"))
    store = SecretStore(tmp_path, offer=offering(MemoryKeyring(), "fake.Two"))
    assert run(store.status()).state is SecretState.CHANGED
    assert code_of(lambda: run(store.get(NAME))) == "secrets.changed"
    assert code_of(lambda: run(store.get(secret_name(9, "x")))) == "secrets.missing"
    run(store.set(NAME, "entered again"))
    store.forget_loaded()
    assert run(store.get(NAME)) == "entered again"
    assert run(store.status()).state is SecretState.READY


@pytest.mark.row("P26", "S3")
def test_a_keyring_that_waits_for_the_user_does_not_hang_the_program(tmp_path: Path, run: Run) -> None:
    answered = threading.Event()

    class WaitingKeyring(MemoryKeyring):
        def get_password(self, service: str, username: str) -> str | None:
            answered.wait(30)
            return super().get_password(service, username)

    store = SecretStore(tmp_path, offer=offering(WaitingKeyring()), patience_seconds=0.05)
    assert code_of(lambda: run(store.get(NAME))) == "secrets.timeout"
    assert code_of(lambda: store.get_sync(NAME)) == "secrets.timeout"
    answered.set()


@pytest.mark.row("S4", "P26")
def test_memory_mode_asks_at_each_start(tmp_path: Path, run: Run) -> None:
    store = SecretStore(tmp_path, offer=lambda: Offer(state=SecretState.NONE))
    run(store.choose(SecretMode.MEMORY))
    run(store.set(NAME, "canary-5"))
    assert run(store.get(NAME)) == "canary-5"
    assert run(store.status()).title == "Memory, until the program ends"
    later = SecretStore(tmp_path, offer=lambda: Offer(state=SecretState.NONE))
    assert later.mode is SecretMode.MEMORY
    assert code_of(lambda: run(later.get(NAME))) == "secrets.missing"
    no_canary_in(tmp_path)


@pytest.mark.row("S4", "P26")
def test_vault_mode(tmp_path: Path, run: Run) -> None:
    backend = MemoryKeyring()
    store = SecretStore(tmp_path, offer=offering(backend))
    run(store.set(NAME, "canary-6"))
    with pytest.raises(InvalidInputError):
        run(store.choose(SecretMode.VAULT, passphrase="short"))
    assert store.mode is SecretMode.KEYRING
    run(store.choose(SecretMode.VAULT, passphrase="correct horse"))
    later = SecretStore(tmp_path, offer=lambda: Offer(state=SecretState.NONE))
    assert run(later.status()).state is SecretState.VAULT_LOCKED
    assert code_of(lambda: later.get_sync(NAME)) == "secrets.vault_locked"
    assert code_of(lambda: run(later.unlock("wrong horse"))) == "vault.passphrase"
    run(later.unlock("correct horse"))
    assert run(later.get(NAME)) == "canary-6"
    run(later.delete(NAME))
    assert code_of(lambda: run(later.get(NAME))) == "secrets.missing"
    assert code_of(lambda: run(later.choose(SecretMode.KEYRING))) == "secrets.none"
    assert later.mode is SecretMode.VAULT
    no_canary_in(tmp_path)


@pytest.mark.row("S4", "P26")
def test_a_program_without_a_person_is_given_the_passphrase(tmp_path: Path, run: Run) -> None:
    store = SecretStore(tmp_path, offer=lambda: Offer(state=SecretState.NONE))
    run(store.choose(SecretMode.VAULT, passphrase="correct horse"))
    run(store.set(NAME, "canary-8"))
    given = {"passphrase": "correct horse"}
    later = SecretStore(tmp_path, passphrase=lambda: given["passphrase"])
    assert run(later.status()).state is SecretState.READY
    assert later.get_sync(NAME) == "canary-8"
    given["passphrase"] = "wrong horse"
    assert (
        code_of(lambda: SecretStore(tmp_path, passphrase=lambda: given["passphrase"]).get_sync(NAME))
        == "vault.passphrase"
    )


@pytest.mark.row("S3", "S4")
def test_there_is_no_silent_step_to_another_place(tmp_path: Path, run: Run) -> None:
    store = SecretStore(tmp_path, offer=lambda: Offer(state=SecretState.NONE))
    assert code_of(lambda: run(store.set(NAME, "canary-7"))) == "secrets.none"
    assert code_of(lambda: run(store.get(NAME))) == "secrets.none"
    assert store.mode is SecretMode.KEYRING
    no_canary_in(tmp_path)


@pytest.mark.row("P25", "S26")
def test_a_loaded_secret_is_hidden_in_logs(tmp_path: Path, run: Run) -> None:
    backend = MemoryKeyring()
    run(SecretStore(tmp_path, offer=offering(backend)).set(NAME, "hush-4711-canary"))
    assert "hush-4711" not in redact("the password is hush-4711-canary")


@pytest.mark.row("S3")
@pytest.mark.parametrize("value", ["", "with\x00nul"])
def test_values_that_a_keyring_would_cut_are_refused(tmp_path: Path, run: Run, value: str) -> None:
    with pytest.raises(InvalidInputError):
        run(SecretStore(tmp_path, offer=offering(MemoryKeyring())).set(NAME, value))


@pytest.mark.row("S3")
def test_a_damaged_record_is_told(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{")
    assert code_of(lambda: SecretStore(tmp_path)) == "secrets.record"


REAL = """
import asyncio, sys
from pathlib import Path
from desktop_inbox.errors import SecretStoreError
from desktop_inbox.services.secrets import SecretStore

async def main() -> None:
    store = SecretStore(Path(sys.argv[1]))
    status = await store.status()
    print(status.state, status.title)
    try:
        for name, value in (("a", "short"), ("b", "x" * 5000)):
            await store.set(name, value)
            store.forget_loaded()
            print(await store.get(name) == value)
            await store.delete(name)
        await store.get("a")
    except SecretStoreError as error:
        print(error.code)

asyncio.run(main())
"""


@pytest.mark.row("P26", "S3")
@pytest.mark.skipif(
    not (shutil.which("gnome-keyring-daemon") and shutil.which("dbus-run-session")),
    reason="needs gnome-keyring and dbus-run-session",
)
@pytest.mark.parametrize("unlocked", [True, False], ids=["unlocked", "locked"])
def test_real_gnome_keyring(tmp_path: Path, unlocked: bool) -> None:
    home = tmp_path / "home"
    (home / "run").mkdir(parents=True, mode=0o700)
    environment = {**os.environ, "HOME": str(home), "XDG_DATA_HOME": str(home), "XDG_RUNTIME_DIR": str(home / "run")}
    for name in ("PYTHON_KEYRING_BACKEND", "DISPLAY", "WAYLAND_DISPLAY"):
        environment.pop(name, None)
    environment["PYTHONPATH"] = os.pathsep.join(["."])
    start = "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; "
    lock = "" if unlocked else LOCK
    script = f'{start}{lock}exec "$0" -c "$1" "$2"'
    command = ["dbus-run-session", "--", "bash", "-c", script, sys.executable, REAL, str(tmp_path / "profile")]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    lines = answer.stdout.split("\n")
    if unlocked:
        expected = ["ready Secret Service (GNOME Keyring or KeePassXC)", "True", "True", "secrets.missing", ""]
        assert lines == expected, answer.stderr
    else:
        assert lines[0].split()[0] in ("locked", "dismissed"), answer.stdout + answer.stderr
        assert lines[1] in ("secrets.locked", "secrets.dismissed"), answer.stdout + answer.stderr


LOCK = (
    "dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets "
    "org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/collection/login >/dev/null 2>&1; "
)
