"""GateBar: why a message cannot leave now, or what to confirm first, as one line above the composer."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from desktop_inbox.models.entities.outbox import GateDecision, GateKind
from desktop_inbox.views.icons import icon_pixmap
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.theme import theme
from desktop_inbox.views.toasts import announce

_ICONS = {
    GateKind.REFUSE: ("ban", "attention"),
    GateKind.CONFIRM: ("triangle-alert", "warning"),
    GateKind.HOLD: ("hourglass", "warning"),
}


class GateBar(QFrame):
    """Not a dialog: reading and typing go on (S4-15)."""

    confirmed = Signal(str)  # the code that was agreed to

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "notice")
        self._decision: GateDecision | None = None
        self._icon = PlainLabel()
        self._icon.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text = PlainLabel(wrap=True)
        self._button = QPushButton(self.tr("Send anyway"))
        self._button.setAutoDefault(True)  # Enter presses it, as Space does
        self._button.clicked.connect(self._agree)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(8)
        row.addWidget(self._icon)
        row.addWidget(self._text, 1)
        row.addWidget(self._button)
        theme().changed.connect(self._paint_icon)
        self.hide()

    @property
    def decision(self) -> GateDecision | None:
        """What is shown."""
        return self._decision

    @property
    def button(self) -> QPushButton:
        """What agrees; shown with a question only."""
        return self._button

    @property
    def sentence(self) -> str:
        """The words shown; empty when nothing stands in the way."""
        return self._text.text() if self._decision is not None else ""

    def show_decision(self, decision: GateDecision | None) -> None:
        """Show what the gate said; nothing when the message may go."""
        self._decision = decision if decision is not None and decision.kind is not GateKind.GO else None
        if self._decision is None:
            self.hide()
            return
        self._text.setText(f"{self._decision.sentence} {self._decision.hint}".strip())
        self._button.setVisible(self._decision.kind is GateKind.CONFIRM)
        self.setAccessibleName(self._decision.sentence)
        self._paint_icon()
        self.show()

    def ask(self) -> None:
        """Say the question to the person who pressed Send. The focus stays: a key meant for the text must not send."""
        if self._decision is not None:
            announce(self, self.sentence)

    def _agree(self) -> None:
        if self._decision is not None:
            self.confirmed.emit(self._decision.code)

    def _paint_icon(self) -> None:
        name, color = _ICONS.get(
            self._decision.kind if self._decision is not None else GateKind.HOLD, _ICONS[GateKind.HOLD]
        )
        density = self.devicePixelRatioF()
        self._icon.setPixmap(icon_pixmap(name, color, theme().px(18), density=density))
