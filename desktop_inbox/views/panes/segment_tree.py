"""SegmentTree: the rows of the segment builder, and what is done with them by mouse and key."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from desktop_inbox.models.entities.segment import EVERYBODY, Group, GroupOp
from desktop_inbox.views.item_models.segment_draft import (
    LEVELS,
    DraftCondition,
    DraftGroup,
    DraftNode,
    DraftText,
    draft_of,
)
from desktop_inbox.views.panes.segment_rows import ConditionRow, GroupBox, Surroundings, TextRow


class SegmentTree(QScrollArea):
    """Shows a filter as rows. ``changed`` tells that what is complete of it may be another filter now."""

    changed = Signal()
    text_wanted = Signal()

    def __init__(self, print_group: Callable[[Group], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._print = print_group
        self._around: Surroundings | None = None
        self.draft = DraftGroup()
        self.rows: dict[int, ConditionRow] = {}  # by the identity of their nodes
        self._root: GroupBox | None = None
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._holder = QWidget()
        self._column = QVBoxLayout(self._holder)
        self._column.setContentsMargins(16, 4, 16, 16)
        self._column.addStretch()
        self.setWidget(self._holder)

    def show_group(self, group: Group, around: Surroundings) -> None:
        """Show a filter."""
        self._around = around
        # The outermost group of rows is always there; "any" and "none" alone are groups as well.
        self.draft = draft_of(group)
        self._build()

    @property
    def group(self) -> Group:
        """What is complete of the filter shown."""
        return self.draft.group() if self.draft.children else EVERYBODY

    @property
    def count(self) -> int:
        """How many conditions it has, those of texts not counted one by one."""
        return sum(1 for one in self.draft.conditions() if one.complete)

    def show_errors(self) -> None:
        """Show what is wrong with each row."""
        for node in self.draft.conditions():
            row = self.rows.get(id(node))
            if row is not None:
                row.show_error(node.error)

    def focus_first(self) -> None:
        """Move the focus to the first row, else to the button that makes one."""
        for node in self.draft.conditions():
            self.rows[id(node)].focus()
            return
        if self._root is not None:
            self._root.add_condition.setFocus()

    def do(self, node: DraftNode, what: str) -> None:
        """Add, group, move in, move out or remove; the focus stays where the hands are."""
        focus: DraftNode | None = node
        match what:
            case "append" if isinstance(node, DraftGroup):
                focus = DraftCondition()
                node.children.append(focus)
            case "group" if isinstance(node, DraftGroup):
                focus = DraftCondition()
                node.children.append(DraftGroup(GroupOp.ANY if node.op is GroupOp.ALL else GroupOp.ALL, [focus]))
            case "add":
                focus = DraftCondition()
                self.draft.add_after(node, focus)
            case "in":
                if not self.draft.indent(node):
                    return
            case "out":
                if not self.draft.outdent(node):
                    return
            case "remove":
                focus = self.draft.remove(node)
        self._build()
        self._focus(focus)
        self.changed.emit()

    def _focus(self, node: DraftNode | None) -> None:
        while isinstance(node, DraftGroup) and node.children:
            node = node.children[0]
        row = self.rows.get(id(node))
        if row is not None:
            row.focus()
            self.ensureWidgetVisible(row)
        elif self._root is not None:
            self._root.add_condition.setFocus()

    def _build(self) -> None:
        if self._root is not None:
            self._root.hide()
            self._root.deleteLater()
        self.rows = {}
        self._root = self._box(self.draft, 1)
        self._column.insertWidget(0, self._root)
        self._root.show()

    def _box(self, group: DraftGroup, level: int) -> GroupBox:
        assert self._around is not None  # noqa: S101 - nothing is shown before
        box = GroupBox(group, level=level, can_hold_groups=level < LEVELS)
        box.changed.connect(self.changed)
        box.wanted.connect(self.do)
        for child in group.children:
            if isinstance(child, DraftGroup):
                box.inside.addWidget(self._box(child, level + 1))
            elif isinstance(child, DraftText):
                text = TextRow(child, self._print(child.node))
                text.wanted.connect(self.do)
                text.text_wanted.connect(self.text_wanted)
                box.inside.addWidget(text)
            else:
                row = self.rows[id(child)] = ConditionRow(child, self._around)
                row.changed.connect(self.changed)
                row.wanted.connect(self.do)
                box.inside.addWidget(row)
        return box
