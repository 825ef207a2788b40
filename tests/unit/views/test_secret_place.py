"""Where passwords are kept: asked where the system has no safe place, and unlocked at the start."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLineEdit, QMainWindow

from desktop_inbox.services.keyring_backend import Offer, SecretState, secret_error
from desktop_inbox.services.secrets import SecretMode, SecretStore
from desktop_inbox.views.dialogs.channel_setup import ChannelSetupDialog
from desktop_inbox.views.dialogs.secret_place import SecretPlaceDialog, UnlockVaultDialog
from tests.support.fakes_timeline import TimelineOffice
from tests.support.qt import Stage
from tests.unit.views.test_dialogs import SetUpChannels

PASSPHRASE = "correct horse"


@pytest.fixture
def window(stage: Stage) -> QMainWindow:
    return stage.show(QMainWindow(), 1000, 700)


@pytest.fixture
def secrets(tmp_path: Path) -> SecretStore:
    return SecretStore(tmp_path / "home", offer=lambda: Offer(state=SecretState.NONE), passphrase=lambda: "")


@pytest.mark.row("S4", "P26")
def test_a_vault_is_made(stage: Stage, window: QMainWindow, secrets: SecretStore) -> None:
    dialog = SecretPlaceDialog(secrets, stage.tasks, window, reason="No keyring.")
    chosen: list[bool] = []
    dialog.chosen.connect(lambda: chosen.append(True))
    dialog.open()
    assert dialog.passphrase.echoMode() is QLineEdit.EchoMode.Password
    QTest.keyClicks(dialog.passphrase, PASSPHRASE)
    dialog.keep_button.click()
    assert dialog.trouble.text() == "The two passphrases are not the same."
    QTest.keyClicks(dialog.again, PASSPHRASE)
    dialog.keep_button.click()
    stage.until(lambda: chosen)
    assert secrets.mode is SecretMode.VAULT
    assert secrets.vault_path.exists()


@pytest.mark.row("S4", "P26")
def test_what_is_wrong_is_told_and_can_be_mended(stage: Stage, window: QMainWindow, secrets: SecretStore) -> None:
    dialog = SecretPlaceDialog(secrets, stage.tasks, window)
    dialog.open()
    for field in (dialog.passphrase, dialog.again):
        QTest.keyClicks(field, "short")
    dialog.keep_button.click()
    stage.until(lambda: "too short" in dialog.trouble.text())
    assert secrets.mode is SecretMode.KEYRING
    dialog.memory.click()
    assert not dialog.passphrase.isEnabled()
    dialog.keep_button.click()
    stage.until(lambda: secrets.mode is SecretMode.MEMORY)


@pytest.mark.row("S4", "P26")
def test_the_vault_is_unlocked(stage: Stage, window: QMainWindow, secrets: SecretStore, tmp_path: Path) -> None:
    stage.run(secrets.choose(SecretMode.VAULT, passphrase=PASSPHRASE))
    later = SecretStore(tmp_path / "home", passphrase=lambda: "")
    dialog = UnlockVaultDialog(later, stage.tasks, window)
    unlocked: list[bool] = []
    dialog.unlocked.connect(lambda: unlocked.append(True))
    dialog.open()
    QTest.keyClicks(dialog.passphrase, "wrong horse")
    dialog.unlock_button.click()
    stage.until(lambda: "passphrase is wrong" in dialog.trouble.text())
    assert dialog.passphrase.selectedText() == "wrong horse"
    QTest.keyClicks(dialog.passphrase, PASSPHRASE)
    dialog.unlock_button.click()
    stage.until(lambda: unlocked)
    assert later.opens_by_itself


@pytest.mark.row("S4", "P26")
def test_a_channel_that_cannot_keep_its_password_asks_where(
    stage: Stage, window: QMainWindow, secrets: SecretStore, tmp_path: Path
) -> None:
    office = TimelineOffice(tmp_path)
    office.channels = SetUpChannels(office.channels.list, bus=office.bus)
    services = replace(office.services(), secrets=secrets)
    setup = ChannelSetupDialog(services, stage.tasks, stage.bridge(office), window)
    setup.open()
    kind = next(kind for kind in office.channels.kinds() if kind.kind == "matrix")
    stage.until(lambda: setup.list.count())
    setup.add(kind)
    assert setup.form is not None
    setup.form.name.setText("Matrix")
    for field in setup.form.findChildren(QLineEdit):
        if not field.text():
            field.setText("x")
    office.channels.error = secret_error(SecretState.NONE)
    setup.form.save_button.click()
    stage.until(lambda: setup.findChild(SecretPlaceDialog))
    place = setup.findChild(SecretPlaceDialog)
    assert isinstance(place, QDialog)
    office.channels.error = None
    place.memory.click()
    place.keep_button.click()
    stage.until(lambda: office.channels.calls)
    assert office.channels.calls[0][:3] == ("add", "matrix", "Matrix")
