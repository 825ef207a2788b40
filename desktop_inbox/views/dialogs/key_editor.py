"""KeyEditor: another key for any action; what is chosen holds at once (D-11)."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.views import key_bindings
from desktop_inbox.views.actions import SPECS, Actions, ActionSpec
from desktop_inbox.views.answering import ToggleBox
from desktop_inbox.views.dialogs.shortcuts import keys_text
from desktop_inbox.views.fuzzy import folded
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.preferences import KEYS, LETTERS, Preferences
from desktop_inbox.views.search_field import SearchField
from desktop_inbox.views.theme import theme

_KEY = Qt.ItemDataRole.UserRole
_DEFAULTS = {spec.key: spec.keys for spec in SPECS}


class KeyEditor(QDialog):
    """Every action with its keys; the chosen one gets what is pressed."""

    def __init__(self, actions: Actions, preferences: Preferences, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Change keyboard shortcuts"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._actions, self._preferences = actions, preferences
        self._rows: list[QTreeWidgetItem] = []
        self.box = SearchField("Search actions", self.tr("Search"))
        self.box.textChanged.connect(self._filter)
        self.list = QTreeWidget()
        self.list.setAccessibleName(self.tr("Actions"))
        self.list.setColumnCount(2)
        self.list.setHeaderLabels([self.tr("Action"), self.tr("Keys")])
        self.list.setRootIsDecorated(False)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.list.header().setStretchLastSection(False)
        self.list.currentItemChanged.connect(self._show_chosen)
        self.keys = QKeySequenceEdit()
        self.keys.setAccessibleName(self.tr("New keys"))
        self.keys.setMaximumSequenceLength(1)
        self.keys.keySequenceChanged.connect(self._judge)
        self.status = PlainLabel(kind="secondary", wrap=True)
        self.set_button = QPushButton(self.tr("Set"))
        self.set_button.clicked.connect(self.choose)
        self.reset_button = QPushButton(self.tr("As shipped"))
        self.reset_button.clicked.connect(self.reset)
        self.none_button = QPushButton(self.tr("No keys"))
        self.none_button.clicked.connect(self.remove)
        self.all_button = QPushButton(self.tr("Reset all"))
        self.all_button.clicked.connect(self.reset_all)
        self.letters = ToggleBox(self.tr("Single letters in lists: J, K, E, U and ?"))
        self.letters.clicked.connect(lambda checked: preferences.set(LETTERS, checked))
        self._build()
        self._fill()
        preferences.on_change(LETTERS, self.letters.setChecked)
        preferences.changed.connect(self._heard)

    def _build(self) -> None:
        chosen = QHBoxLayout()
        for button in (self.set_button, self.reset_button, self.none_button, self.all_button):
            button.setAutoDefault(False)
        chosen.addWidget(self.keys, 1)
        for widget in (self.set_button, self.reset_button, self.none_button):
            chosen.addWidget(widget)
        close = QPushButton(self.tr("Close"))
        close.setAutoDefault(False)
        close.clicked.connect(self.reject)
        last = QHBoxLayout()
        last.addWidget(self.all_button)
        last.addStretch()
        last.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(PlainLabel(self.tr("Change keyboard shortcuts"), kind="title"))
        text = self.tr("Choose an action, go to the field below it and press the keys it shall have.")
        column.addWidget(PlainLabel(text, kind="secondary", wrap=True))
        column.addWidget(self.box)
        column.addWidget(self.list, 1)
        column.addLayout(chosen)
        column.addWidget(self.status)
        column.addWidget(self.letters)
        column.addLayout(last)
        self.resize(theme().px(600), theme().px(600))

    def _fill(self) -> None:
        for spec, action in self._actions.shown():
            row = QTreeWidgetItem([action.text().replace("&", ""), keys_text(spec, action)])
            row.setData(0, _KEY, spec.key)
            self.list.addTopLevelItem(row)
            self._rows.append(row)
        self.list.setCurrentItem(self._rows[0])

    def select(self, key: str) -> None:
        """Choose an action."""
        for row in self._rows:
            if row.data(0, _KEY) == key:
                self.list.setCurrentItem(row)

    def choose(self) -> None:
        """Give the chosen action the keys that were pressed, unless another one has them."""
        keys = key_bindings.portable(self.keys.keySequence())
        if self._problem(keys):
            self._judge()
            return
        self._keep(self._chosen(), (keys,))

    def remove(self) -> None:
        """Let the chosen action have no keys."""
        self._keep(self._chosen(), ())

    def reset(self) -> None:
        """Give the chosen action its keys as shipped, unless another one has them now."""
        key = self._chosen()
        for keys in _DEFAULTS[key]:
            holder = self._actions.holder(keys)
            if holder is not None and holder.key != key:
                self._say(self._taken(keys, holder), kind="error")
                return
        self._keep(key, _DEFAULTS[key])

    def reset_all(self) -> None:
        """Give every action its keys as shipped."""
        self._preferences.set(KEYS, "")
        self._say(self.tr("All keys are as shipped."))

    def _keep(self, key: str, keys: tuple[str, ...]) -> None:
        chosen = key_bindings.parse(self._preferences.get(KEYS))
        kept = key_bindings.without_defaults({**chosen, key: keys}, _DEFAULTS)
        self._preferences.set(KEYS, key_bindings.written(kept))
        self.keys.clear()
        self._say(self.tr("It holds at once."))

    def _problem(self, keys: str) -> str:
        refusal = key_bindings.refusal(keys)
        holder = self._actions.holder(keys)
        if refusal or holder is None or holder.key == self._chosen():
            return refusal
        return self._taken(keys, holder)

    def _taken(self, keys: str, holder: ActionSpec) -> str:
        name = self._actions[holder.key].text().replace("&", "")
        native = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
        text = self.tr("{keys} belong to “{name}”. Choose others, or take them from there first.")
        return text.format(keys=native, name=name)

    def _judge(self) -> None:
        if self.keys.keySequence().isEmpty():
            return
        problem = self._problem(key_bindings.portable(self.keys.keySequence()))
        self._say(problem or self.tr("Free. “Set” takes them."), kind="error" if problem else "secondary")

    def _chosen(self) -> str:
        row = self.list.currentItem()
        return str(row.data(0, _KEY)) if row is not None else SPECS[0].key

    def _show_chosen(self) -> None:
        self.keys.clear()
        self._say("")

    def _heard(self, key: str) -> None:
        if key != KEYS.key:
            return
        shown = {spec.key: keys_text(spec, action) for spec, action in self._actions.shown()}
        for row in self._rows:
            row.setText(1, shown.get(str(row.data(0, _KEY)), ""))

    def _filter(self, text: str) -> None:
        wanted = folded(text)
        for row in self._rows:
            row.setHidden(wanted not in folded(f"{row.text(0)} {row.text(1)}"))

    def _say(self, text: str, *, kind: str = "secondary") -> None:
        self.status.set_kind(kind)
        self.status.setText(text)
