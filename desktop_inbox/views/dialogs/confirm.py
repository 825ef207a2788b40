"""ConfirmDialog: one question before something that cannot be taken back; the buttons are verbs (F02)."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from desktop_inbox.views.aio import emitted
from desktop_inbox.views.plain import PlainLabel, repolish
from desktop_inbox.views.theme import theme

_LONG = 60  # characters from which a detail gets a field of its own


class ConfirmDialog(QDialog):
    """Title, one or two sentences, an optional detail to read closely. The safe button is the default."""

    def __init__(
        self,
        parent: QWidget | None,
        *,
        title: str,
        text: str,
        verb: str,
        detail: str = "",
        cancel: str = "",
        danger: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setModal(True)
        self.setMinimumWidth(theme().px(380))
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 20)
        box.setSpacing(12)
        box.addWidget(PlainLabel(title, kind="title", wrap=True))
        box.addWidget(PlainLabel(text, wrap=True))
        if detail:
            box.addWidget(self._detail(detail))
        buttons = QDialogButtonBox()
        self.verb = QPushButton(verb)
        self.verb.setProperty("kind", "danger" if danger else "primary")
        self.cancel = QPushButton(cancel or self.tr("Cancel"))
        buttons.addButton(self.verb, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(self.cancel, QDialogButtonBox.ButtonRole.RejectRole)
        self.verb.setAutoDefault(not danger)
        self.cancel.setAutoDefault(True)
        (self.cancel if danger else self.verb).setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        box.addWidget(buttons)
        (self.cancel if danger else self.verb).setFocus()
        repolish(self.verb)

    def showEvent(self, event: QShowEvent) -> None:
        """Take the height that the text needs: Qt works it out before the style of the letters is known."""
        super().showEvent(event)
        box = self.layout()
        needed = 0 if box is None else box.totalHeightForWidth(self.width())
        if needed > self.height():
            self.resize(self.width(), needed)

    def _detail(self, detail: str) -> QWidget:
        if len(detail) <= _LONG:
            label = PlainLabel(detail, kind="secondary", wrap=True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            return label
        field = QPlainTextEdit(detail)
        field.setReadOnly(True)
        field.setAccessibleName(self.tr("Details"))
        field.setTabChangesFocus(True)
        field.setFixedHeight(field.fontMetrics().height() * 4 + 18)
        return field


async def confirmed(
    parent: QWidget | None, *, title: str, text: str, verb: str, detail: str = "", danger: bool = False
) -> bool:
    """Ask and wait for the answer, while everything else goes on."""
    dialog = ConfirmDialog(parent, title=title, text=text, verb=verb, detail=detail, danger=danger)
    dialog.open()
    try:
        (result,) = await emitted(dialog.finished)
        return bool(result == QDialog.DialogCode.Accepted.value)
    finally:
        dialog.deleteLater()
