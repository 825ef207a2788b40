"""Choosing files: dialogs that open, never ones that wait."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

CSV = "CSV (*.csv)"


def choose_to_open(parent: QWidget, title: str, kinds: str, then: Callable[[Path], object]) -> None:
    """Let a person choose a file that is there."""
    dialog = QFileDialog(parent, title, "", kinds)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    _open(dialog, then)


def choose_to_save(parent: QWidget, title: str, name: str, then: Callable[[Path], object]) -> None:
    """Let a person say where a CSV file of this name is to be written."""
    dialog = QFileDialog(parent, title, str(documents() / name), CSV)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("csv")
    _open(dialog, then)


def documents() -> Path:
    """Return where files are proposed: the folder for documents, or the person's own."""
    named = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return Path(named) if named and Path(named).is_dir() else Path.home()


def _open(dialog: QFileDialog, then: Callable[[Path], object]) -> None:
    dialog.fileSelected.connect(lambda file: then(Path(file)))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
