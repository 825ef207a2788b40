"""AboutDialog: what this program is, its version, and whose work it stands on."""

import sys

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QVBoxLayout, QWidget

import desktop_inbox
from desktop_inbox.views.plain import PlainLabel, separator
from desktop_inbox.views.theme import theme
from desktop_inbox.views.tray import tray_icon


class AboutDialog(QDialog):
    """Version and licences; the texts can be selected and copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About Desktop Inbox"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        size = theme().px(48)
        picture = PlainLabel()
        picture.setPixmap(tray_icon(0).pixmap(size, size))
        version = self.tr("Version {version}").format(version=desktop_inbox.__version__)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(PlainLabel("Desktop Inbox", kind="title"))
        words.addWidget(PlainLabel(version, kind="secondary"))
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(separator())
        for text in self._texts():
            label = PlainLabel(text, kind="secondary", wrap=True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setMinimumWidth(theme().px(360))
            column.addWidget(label)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)

    def _texts(self) -> tuple[str, ...]:
        python = ".".join(str(part) for part in sys.version_info[:3])
        return (
            self.tr("Your messages stay with your office: in a file on this computer, or on your own database server."),
            self.tr("Free software under the MIT licence."),
            self.tr(
                "Built with Qt {qt} and PySide6, used under the GNU Lesser General Public License version 3 as"
                " replaceable libraries; with Python {python}; and with icons by Lucide under the ISC licence."
            ).format(qt=qVersion(), python=python),
        )
