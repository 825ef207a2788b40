"""LookController: theme and text size, from preferences and actions into force."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject

from desktop_inbox.views.actions import Actions
from desktop_inbox.views.preferences import TEXT_SIZE, THEME, Preferences
from desktop_inbox.views.theme import MAX_SCALE, MIN_SCALE, SCALE_STEP, ThemeMode, theme


class LookController(QObject):
    """Follows the preferences; ``take`` before there are panes, ``connect_actions`` once there are actions."""

    def __init__(self, preferences: Preferences, parent: QObject) -> None:
        super().__init__(parent)
        self._preferences = preferences

    def take(self) -> None:
        """Put the chosen look into force, unless it is that of the first sight already."""
        look, mode, scale = theme(), self._preferences.get(THEME), self._preferences.get(TEXT_SIZE)
        if not look.generation or (mode, scale) != (look.mode, look.scale):
            look.choose(mode=mode, scale=scale)

    def connect_actions(self, actions: Actions, fit: Callable[[], object]) -> None:
        """Let the actions choose, and follow what was chosen; ``fit`` is called when sizes change."""
        preferences = self._preferences
        for mode in ThemeMode:
            actions.connect_to(f"theme.{mode.value}", partial(preferences.set, THEME, mode))
        actions.connect_to("text.bigger", lambda: self._scale(theme().scale + SCALE_STEP))
        actions.connect_to("text.smaller", lambda: self._scale(theme().scale - SCALE_STEP))
        actions.connect_to("text.reset", lambda: self._scale(100))
        theme().changed.connect(fit)

        def show_mode(mode: ThemeMode) -> None:
            theme().set_mode(mode)
            actions[f"theme.{mode.value}"].setChecked(True)

        preferences.on_change(THEME, show_mode)
        preferences.on_change(TEXT_SIZE, theme().set_scale)

    def _scale(self, percent: int) -> None:
        self._preferences.set(TEXT_SIZE, min(MAX_SCALE, max(MIN_SCALE, percent)))
