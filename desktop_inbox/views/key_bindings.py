"""Key bindings: keys that a person chose for actions, as one text in the settings, and what may be chosen."""

import json
from collections.abc import Mapping, Sequence
from typing import cast

from PySide6.QtCore import QCoreApplication, QKeyCombination, Qt
from PySide6.QtGui import QKeySequence

Bindings = Mapping[str, tuple[str, ...]]

#: Keys of the window, of lists and of editors, which mean the same everywhere.
_RESERVED = frozenset(
    {"Esc", "Tab", "Shift+Tab", "Return", "Enter", "Shift+Return", "Ctrl+Return", "Space", "Backspace", "Del", "Up",
     "Down", "Left", "Right", "Home", "End", "PgUp", "PgDown", "Menu", "Shift+F10", "Ctrl+C", "Ctrl+V", "Ctrl+X",
     "Ctrl+A", "Ctrl+Left", "Ctrl+Right", "Ctrl+Backspace", "Ctrl+Del"}
)  # fmt: skip
_MODIFIERS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


def _tr(text: str) -> str:
    return QCoreApplication.translate("KeyBindings", text)


def _first(sequence: QKeySequence) -> QKeyCombination:
    return cast(QKeyCombination, sequence[0])  # type: ignore[index]  # which its stubs do not know


def parse(text: str) -> dict[str, tuple[str, ...]]:
    """Return keys by action; what is not understood counts as not chosen."""
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        key: tuple(one for one in keys if isinstance(one, str) and not refusal(one))
        for key, keys in found.items()
        if isinstance(key, str) and isinstance(keys, list)
    }


def written(bindings: Bindings) -> str:
    """Return the text that is kept; "" for no choice at all."""
    return json.dumps({key: list(keys) for key, keys in sorted(bindings.items())}) if bindings else ""


def portable(sequence: QKeySequence) -> str:
    """Return one key as it is kept, the same on every system."""
    first = QKeySequence(_first(sequence)) if sequence.count() else sequence
    return first.toString(QKeySequence.SequenceFormat.PortableText)


def refusal(keys: str) -> str:
    """Return why an action cannot have these keys; "" when it can."""
    sequence = QKeySequence(keys)
    if sequence.count() != 1 or _first(sequence).key() == Qt.Key.Key_unknown:
        return _tr("Press one key, together with Ctrl, Alt or Shift.")
    if keys in _RESERVED:
        return _tr("These keys mean the same everywhere and stay as they are.")
    pressed = _first(sequence)
    function = Qt.Key.Key_F1 <= pressed.key() <= Qt.Key.Key_F35
    if not (pressed.keyboardModifiers() & _MODIFIERS) and not function:
        return _tr("Without Ctrl or Alt this key types text.")
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    if pressed.keyboardModifiers() & both == both:
        return _tr("Ctrl and Alt together write characters on many keyboards.")
    return ""


def without_defaults(chosen: Bindings, defaults: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return only what differs from the keys as shipped."""
    return {key: tuple(keys) for key, keys in chosen.items() if tuple(keys) != tuple(defaults.get(key, ()))}
