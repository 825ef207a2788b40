"""Rows of the segment builder: a condition, a group, and a part that is shown as text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.models.entities.segment import GroupOp, Operator
from desktop_inbox.models.entities.segment_fields import BARE, LISTED, SPANNED, Catalogue, Field
from desktop_inbox.views.fuzzy import folded
from desktop_inbox.views.icons import bind_icon
from desktop_inbox.views.item_models.segment_draft import DraftCondition, DraftGroup, DraftNode, DraftText
from desktop_inbox.views.item_models.segment_words import group_word, operator_word, unset_words
from desktop_inbox.views.panes.choice_popup import ChoicePopup, Offer
from desktop_inbox.views.panes.detail_rows import ElidedButton
from desktop_inbox.views.panes.segment_values import ValueEditor, first_value, make_editor
from desktop_inbox.views.plain import PlainLabel, plain_name, set_tip


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every row needs to know."""

    catalogue: Catalogue
    today: date
    locale: QLocale


#: What can be done with a row, and its keys.
_KEYS = {"add": "Ctrl+Return", "in": "Ctrl+]", "out": "Ctrl+[", "remove": "Ctrl+Shift+Delete"}


class FieldPopup(ChoicePopup):
    """The fields that can be asked, by name and group."""

    def __init__(self, catalogue: Catalogue, parent: QWidget) -> None:
        super().__init__("Field", "", parent)
        self.box.setPlaceholderText(self.tr("Find a field"))
        self.box.setAccessibleName("Find a field")
        self._catalogue = catalogue

    def offers(self, text: str) -> Sequence[Offer]:
        """Return the fields whose name or group has what was typed."""
        wanted = folded(text)
        fields = self._catalogue.fields.values()
        found = [field for field in fields if wanted in folded(f"{field.label} {field.group} {field.name}")]
        found.sort(key=lambda field: (not folded(field.label).startswith(wanted), wanted not in folded(field.label)))
        return [Offer(title=plain_name(field.label), value=field.name, hint=field.group) for field in found]


class NodeRow(QWidget):
    """What rows, groups and texts have in common: they are added to, moved and removed."""

    changed = Signal()  # a value, so that the list is tried anew
    wanted = Signal(object, str)  # the node; "add", "group", "in", "out" or "remove"

    node: DraftNode

    def _ask(self, what: str) -> None:
        self.wanted.emit(self.node, what)

    def _add_keys(self) -> None:
        for keys, what in (
            ("Ctrl+Return", "add"),
            ("Ctrl+]", "in"),
            ("Ctrl+[", "out"),
            ("Ctrl+Shift+Delete", "remove"),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda what=what: self._ask(what))

    def _make_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        words = {
            "add": self.tr("Add a condition below"),
            "in": self.tr("Put into a group"),
            "out": self.tr("Take out of the group"),
            "remove": self.tr("Remove"),
        }
        for what, text in words.items():
            entry = menu.addAction(text)
            entry.setShortcut(QKeySequence(_KEYS[what]))
            entry.setShortcutVisibleInContextMenu(True)
            entry.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            entry.triggered.connect(lambda _checked=False, what=what: self._ask(what))
        return menu

    def _button(self, icon: str, name: str) -> QToolButton:
        button = QToolButton()
        button.setProperty("kind", "quiet")
        button.setAccessibleName(name)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        bind_icon(button, icon, "muted", size=16)
        set_tip(button, name)
        return button


class ConditionRow(NodeRow):
    """Field; operator and value; what the condition means for those without a value, and what is wrong with it."""

    def __init__(self, node: DraftCondition, around: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.node: DraftCondition = node
        self._around = around
        self.field = ElidedButton("")
        self.field.setProperty("kind", "field")
        self.field.setAccessibleName("Field")
        self.field.clicked.connect(self.choose_field)
        self._menu_button = self._button("ellipsis", self.tr("More for this condition"))
        self._menu_button.clicked.connect(
            lambda: self._make_menu().popup(self._menu_button.mapToGlobal(self._menu_button.rect().bottomLeft()))
        )
        remove = self._button("x", self.tr("Remove the condition"))
        remove.clicked.connect(lambda: self._ask("remove"))
        head = QHBoxLayout()
        head.setSpacing(2)
        head.addWidget(self.field, 1)
        head.addSpacing(4)
        head.addWidget(self._menu_button)
        head.addWidget(remove)
        self.operator = QComboBox()
        self.operator.setAccessibleName("Operator")
        self.operator.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.operator.setMinimumContentsLength(3)
        self.operator.currentIndexChanged.connect(self._take_operator)
        self.editor: ValueEditor | None = None
        self._line = QHBoxLayout()
        self._line.setSpacing(8)
        self._line.addWidget(self.operator, 1)
        self._note = PlainLabel(kind="small", wrap=True)
        self._error = PlainLabel(kind="error", wrap=True)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._column.addLayout(head)
        self._column.addLayout(self._line)
        self._column.addWidget(self._note)
        self._column.addWidget(self._error)
        self._add_keys()
        self._fill()

    def choose_field(self) -> None:
        """Let another field be chosen."""
        popup = FieldPopup(self._around.catalogue, self)
        popup.picked.connect(self._take_field)
        popup.open_under(self.field)

    def show_error(self, text: str) -> None:
        """Say what is wrong with this condition."""
        self._error.setText(text)
        self._error.setVisible(bool(text))
        self.setProperty("wrong", bool(text))

    def focus(self) -> None:
        """Move the focus to where the condition is not complete yet."""
        target: QWidget = self.field if not self.node.field else self.operator
        if self.node.field and self.editor is not None and not self.node.complete:
            target = self.editor
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def _known(self) -> Field | None:
        return self._around.catalogue.field(self.node.field) if self.node.field else None

    def _take_field(self, name: object) -> None:
        field = self._around.catalogue.field(str(name))
        if field is None:
            return
        self.node.field, self.node.operator = field.name, field.operators[0]
        self.node.value = first_value(field, field.operators[0], self._around.today)
        self._fill()
        self.focus()
        self.changed.emit()

    def _take_operator(self, row: int) -> None:
        field = self._known
        if field is None or row < 0:
            return
        operator, before = field.operators[row], self.node.operator
        self.node.operator = operator
        same = before is not None and _shape(before) == _shape(operator)
        if not same:
            self.node.value = first_value(field, operator, self._around.today)
        self._fill_value()
        self.changed.emit()

    def _take_value(self, value: object) -> None:
        self.node.value = value  # type: ignore[assignment]  # editors give values of conditions
        self.show_error("")
        self.changed.emit()

    def _fill(self) -> None:
        field = self._known
        name = plain_name(field.label) if field is not None else self.node.field or self.tr("Choose a field…")
        self.field.set_text(name)
        self.field.setAccessibleDescription(name)
        self.operator.blockSignals(True)
        self.operator.clear()
        for operator in field.operators if field is not None else ():
            self.operator.addItem(operator_word(operator, field))
        if field is not None and self.node.operator in field.operators:
            self.operator.setCurrentIndex(field.operators.index(self.node.operator))
        self.operator.blockSignals(False)
        self.operator.setVisible(field is not None)
        self._fill_value()
        self.show_error(self.node.error)

    def _fill_value(self) -> None:
        if self.editor is not None:
            self.editor.hide()
            self.editor.setParent(None)
            self.editor.deleteLater()
            self.editor = None
        field, operator = self._known, self.node.operator
        if field is not None and operator is not None and operator not in BARE:
            around = self._around
            self.editor = make_editor(
                field, operator, self.node.value, around.catalogue, today=around.today, locale=around.locale
            )
            self.editor.changed.connect(self._take_value)
            if operator in LISTED or operator in SPANNED or operator is Operator.BETWEEN:
                self._column.insertWidget(2, self.editor)
            else:
                self._line.addWidget(self.editor, 1)
        self._note.setText(unset_words(field, operator) if field is not None and operator is not None else "")
        self._note.setVisible(bool(self._note.text()))


class TextRow(NodeRow):
    """A part that lies deeper than rows go: shown as text, changed on the text page."""

    text_wanted = Signal()

    def __init__(self, node: DraftText, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.node: DraftText = node
        label = PlainLabel(text, kind="code", wrap=True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setAccessibleName(self.tr("Part as text"))
        edit = QPushButton(self.tr("Change as text"))
        edit.setProperty("kind", "link")
        edit.clicked.connect(self.text_wanted)
        remove = self._button("x", self.tr("Remove this part"))
        remove.clicked.connect(lambda: self._ask("remove"))
        foot = QHBoxLayout()
        foot.addWidget(edit)
        foot.addStretch()
        foot.addWidget(remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(label)
        column.addLayout(foot)
        self._add_keys()


class GroupBox(QFrame):
    """All, any or none of what is inside; one level is drawn as a card, the outermost without."""

    changed = Signal()
    wanted = Signal(object, str)

    def __init__(self, node: DraftGroup, *, level: int, can_hold_groups: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.node = node
        self.setAccessibleName("Group")
        if level > 1:
            self.setProperty("kind", "card")
        self.op = QComboBox()
        self.op.setAccessibleName("Group operator")
        for op in GroupOp:
            self.op.addItem(group_word(op), op.value)
        self.op.setCurrentIndex(list(GroupOp).index(node.op))
        self.op.currentIndexChanged.connect(self._take_op)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.op)
        words: QLabel = PlainLabel(self.tr("of these are true"), kind="secondary")
        head.addWidget(words)
        head.addStretch()
        if level > 1:
            remove = QToolButton()
            remove.setProperty("kind", "quiet")
            remove.setAccessibleName(self.tr("Remove the group"))
            bind_icon(remove, "x", "muted", size=16)
            set_tip(remove, self.tr("Remove the group"))
            remove.clicked.connect(lambda: self.wanted.emit(self.node, "remove"))
            head.addWidget(remove)
        self.inside = QVBoxLayout()
        self.inside.setSpacing(14)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self.add_condition = self._add_button(self.tr("Condition"), "Add condition", "append")
        foot.addWidget(self.add_condition)
        if can_hold_groups:
            foot.addWidget(self._add_button(self.tr("Group"), "Add group", "group"))
        foot.addStretch()
        column = QVBoxLayout(self)
        margin = 10 if level > 1 else 0
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(12)
        column.addLayout(head)
        column.addLayout(self.inside)
        column.addLayout(foot)

    def _add_button(self, text: str, name: str, what: str) -> QPushButton:
        button = QPushButton(text)
        button.setAccessibleName(name)
        bind_icon(button, "plus", "muted", size=14)
        button.clicked.connect(lambda: self.wanted.emit(self.node, what))
        return button

    def _take_op(self, row: int) -> None:
        self.node.op = list(GroupOp)[row]
        self.changed.emit()


def _shape(operator: Operator) -> str:
    """Operators with values of the same shape keep the value when one takes the place of the other."""
    if operator in BARE:
        return "bare"
    if operator in LISTED:
        return "list"
    if operator is Operator.BETWEEN:
        return "between"
    if operator in SPANNED:
        return "span"
    return "day" if operator is Operator.DAY_MONTH else "one"
