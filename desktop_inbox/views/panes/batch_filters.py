"""BatchFilters: the chips over the table of what was sent; every filter combines with every other."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from PySide6.QtCore import QSettings, Signal
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from desktop_inbox.models.entities.batch import BatchStatus
from desktop_inbox.models.entities.ids import TeamId, UserId
from desktop_inbox.models.entities.tracking import Filter
from desktop_inbox.services.tracking import Choices
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.batch_words import status_word, type_word
from desktop_inbox.views.panes.batch_days import Days, DaysChip
from desktop_inbox.views.panes.contact_table import page_button
from desktop_inbox.views.panes.filter_chip import FilterChip
from desktop_inbox.views.panes.flow_layout import FlowLayout
from desktop_inbox.views.plain import plain_name

_REMEMBERED = "broadcasts/filters"
_FILES = 40  # names offered; others are found by the id or the days


class BatchFilters(QWidget):
    """The row of chips; ``changed`` tells that the table is to be read again. What is chosen is remembered."""

    changed = Signal()
    clear_wanted = Signal()

    def __init__(self, formats: Formats, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choices: Choices | None = None
        self.status = FilterChip(self.tr("Status"), self.tr("Any status"))
        self.type = FilterChip(self.tr("Type"), self.tr("Any type"))
        self.file = FilterChip(self.tr("File"), self.tr("Any file"), several=False)
        self.user = FilterChip(self.tr("User"), self.tr("Anyone"))
        self.team = FilterChip(self.tr("Team"), self.tr("Any team"))
        self.time = DaysChip(formats)
        self.singles = QPushButton(self.tr("Single messages too"))
        self.singles.setProperty("kind", "chip")
        self.singles.setCheckable(True)
        self.singles.setAccessibleName(self.tr("Single messages too"))
        self.clear_button = page_button(self.tr("Clear filters"), "", self.clear_wanted.emit, "link")
        self.clear_button.hide()
        row = FlowLayout(self, spacing=8)
        for widget in (*self._chips(), self.singles, self.clear_button):
            row.addWidget(widget)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.status.offer([(status, status_word(status)) for status in BatchStatus])
        for chip in (self.type, self.file, self.team):
            chip.hide()
        self._asleep = self._remembered()  # until it is known what can be chosen
        self.singles.setChecked(bool(self._asleep.get("singles")))
        for chip in self._chips():
            chip.changed.connect(self._chosen)
        self.singles.toggled.connect(lambda _on: self._chosen())

    def take(self, choices: Choices) -> None:
        """Offer what can be filtered by; what offers no choice is not shown (S5-09)."""
        self._choices = choices
        self.type.offer([(scheme, type_word(scheme)) for scheme in choices.types])
        self.file.offer([(name, plain_name(name)) for name in choices.files[:_FILES]])
        self.user.offer([(UserId(user.id), plain_name(user.name)) for user in choices.users])
        self.team.offer([(TeamId(team.id), plain_name(team.name)) for team in choices.teams])
        if self._asleep:
            self._restore(self._asleep)
            self._asleep = {}
        self.type.setVisible(choices.several_types)
        self.file.setVisible(bool(choices.files))
        self.team.setVisible(bool(choices.teams))

    def wanted(self, code: str) -> Filter:
        """Return the filter that is set."""
        since, until = self.time.span()
        channels = None
        if self.type.chosen and self._choices is not None:
            known = (ids for scheme, ids in self._choices.types.items() if scheme in self.type.chosen)
            channels = frozenset().union(*known)
        return Filter(
            statuses=frozenset(one for one in self.status.chosen if isinstance(one, BatchStatus)),
            code=code.strip(),
            channel_ids=channels,
            file=next((str(one) for one in self.file.chosen), ""),
            user_ids=frozenset(UserId(one) for one in self.user.chosen if isinstance(one, int)),
            team_ids=frozenset(TeamId(one) for one in self.team.chosen if isinstance(one, int)),
            since=since,
            until=until,
            singles=self.singles.isChecked(),
        )

    def clear(self) -> None:
        """Show everything again."""
        self._asleep = {}
        for chip in self._chips():
            chip.choose(set())
        self._keep()

    def offer_clear(self, *, offered: bool) -> None:
        """Show the way back to everything while something is left out."""
        self.clear_button.setVisible(offered)

    def _chips(self) -> tuple[FilterChip, ...]:
        return (self.status, self.type, self.file, self.user, self.team, self.time)

    # What is remembered

    def _chosen(self) -> None:
        if not self._asleep:
            self._keep()
        self.changed.emit()

    def _keep(self) -> None:
        kept: dict[str, Any] = {
            "status": sorted(str(one) for one in self.status.chosen),
            "type": sorted(str(one) for one in self.type.chosen),
            "file": sorted(str(one) for one in self.file.chosen),
            "user": sorted(one for one in self.user.chosen if isinstance(one, int)),
            "team": sorted(one for one in self.team.chosen if isinstance(one, int)),
            "singles": self.singles.isChecked(),
        }
        for one in self.time.chosen:
            kept["time"] = [_iso(one.first), _iso(one.last)] if isinstance(one, Days) else str(one)
        QSettings().setValue(_REMEMBERED, json.dumps(kept))

    @staticmethod
    def _remembered() -> dict[str, Any]:
        try:
            kept = json.loads(str(QSettings().value(_REMEMBERED, "") or "{}"))
        except ValueError:
            return {}
        return kept if isinstance(kept, dict) else {}

    def _restore(self, kept: Mapping[str, Any]) -> None:
        """Choose again what can be chosen still."""
        named = {"status": self.status, "type": self.type, "file": self.file, "user": self.user, "team": self.team}
        for key, chip in named.items():
            chip.choose_known(kept.get(key))
        time = kept.get("time")
        if isinstance(time, str):
            self.time.choose_key(time)
        elif isinstance(time, list) and len(time) == 2:
            try:
                self.time.choose_days(Days(*(date.fromisoformat(one) if one else None for one in time)))
            except (TypeError, ValueError):
                return  # written by another program


def _iso(day: date | None) -> str:
    return "" if day is None else day.isoformat()
