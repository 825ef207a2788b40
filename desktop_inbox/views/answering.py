"""Buttons with two states that answer whoever changes them: a click, a key, or assistive technology."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QPushButton

if TYPE_CHECKING:
    from PySide6.QtWidgets import QAbstractButton

    class _Checkable(QAbstractButton):
        """What the mixin is mixed into."""

else:
    _Checkable = object


class _Answering(_Checkable):
    """Emits ``clicked`` also when assistive technology toggles, which is neither a click nor the program's doing."""

    _expected = False

    def setChecked(self, checked: bool) -> None:
        """Change it by the program: nobody is told of a click."""
        with self._expect():
            super().setChecked(checked)

    def nextCheckState(self) -> None:
        """Change it by a click, of which Qt tells itself."""
        with self._expect():
            super().nextCheckState()

    @contextmanager
    def _expect(self) -> Iterator[None]:
        before, self._expected = self._expected, True
        try:
            yield
        finally:
            self._expected = before

    def _answer(self, checked: bool) -> None:
        group = self.group()
        exclusive = self.autoExclusive() or (group is not None and group.exclusive())
        if not self._expected and (checked or not exclusive):  # else another one of the group was chosen
            self.clicked[bool].emit(checked)  # type: ignore[index]  # the stubs know no overloads


class ToggleButton(_Answering, QPushButton):
    """A button that stays down."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setCheckable(True)
        self.toggled.connect(self._answer)


class ToggleBox(_Answering, QCheckBox):
    """A box to tick."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.toggled.connect(self._answer)

    def setCheckState(self, state: Qt.CheckState) -> None:
        """Change it by the program, also to half."""
        with self._expect():
            super().setCheckState(state)
