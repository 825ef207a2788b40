"""TeamsDialog: when automatic messages leave, for the office and for each team; and the days off (S5-17)."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from PySide6.QtCore import QDate, QLocale, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDateEdit,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.errors import InboxError, InvalidInputError
from desktop_inbox.events import Event, TeamsChanged, UsersChanged
from desktop_inbox.models.entities.ids import ChannelId
from desktop_inbox.models.entities.team import Holiday, Team
from desktop_inbox.services.teams import OfficeHours, TeamService
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.panes.filter_chip import FilterChip
from desktop_inbox.views.plain import PlainLabel, isolated, plain_name
from desktop_inbox.views.room import fit_dialog, scrolled
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme

from .confirm import confirmed
from .field_form import NameForm
from .hours_editor import HoursEditor

_ROLE = Qt.ItemDataRole.UserRole


class TeamsDialog(QDialog):
    """Two tabs: hours, of the office and of teams, and days off. An administrator changes them."""

    def __init__(self, services: Services, tasks: Tasks, bridge: EventBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        assert services.teams is not None  # noqa: S101 - the action is offered only then
        self._services, self._tasks, self._teams = services, tasks, services.teams
        self._known: dict[int, Team] = {}
        self._known_channels: list[ChannelId] = []
        self._office = OfficeHours()
        self._dirty = False
        self._may = True
        self.setWindowTitle(self.tr("Teams and hours"))
        self.setAccessibleName("Teams and hours")
        fit_dialog(self, 800, 680)
        self.only = PlainLabel(
            self.tr("Only an administrator changes hours, teams and days off."), kind="warning", wrap=True
        )
        self.only.hide()
        self.error = PlainLabel(kind="error", wrap=True)
        self.error.hide()
        self._build()
        bridge.event.connect(self._hear)
        self._load()

    def _build(self) -> None:
        self.tabs = QTabBar()
        self.tabs.setProperty("kind", "pane")
        self.tabs.setAccessibleName(self.tr("Hours and days off"))
        self.tabs.setDrawBase(False)
        pages = QStackedWidget()
        for words, page in (
            (self.tr("Allowed hours"), scrolled(self._build_hours())),
            (self.tr("Days off"), self._build_days()),
        ):
            self.tabs.addTab(words)
            pages.addWidget(page)
        self.tabs.currentChanged.connect(pages.setCurrentIndex)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        intro = self.tr(
            "Broadcasts, campaigns, schedules and every other automatic message leave in these hours only. Outside of"
            " them they wait as Blocked time until somebody moves them. What a person types always leaves."
        )
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 20)
        box.setSpacing(12)
        box.addWidget(PlainLabel(self.tr("Teams and hours"), kind="title"))
        box.addWidget(PlainLabel(intro, kind="secondary", wrap=True))
        box.addWidget(self.tabs)
        box.addWidget(self.only)
        box.addWidget(self.error)
        box.addWidget(pages, 1)
        box.addWidget(close)

    def _build_hours(self) -> QWidget:
        page = QWidget()
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Office and teams"))
        self.list.setFixedWidth(theme().px(200))
        self.list.currentItemChanged.connect(lambda _now, _before: self._show_chosen())
        self.add_button = self._button(self.tr("New team…"), self.add_team)
        self.rename_button = self._button(self.tr("Rename…"), self.rename_team)
        self.delete_button = self._button(self.tr("Delete…"), self.delete_team)
        left = QVBoxLayout()
        left.addWidget(self.list, 1)
        row = QHBoxLayout()
        for button in (self.rename_button, self.delete_button):
            row.addWidget(button)
        left.addWidget(self.add_button)
        left.addLayout(row)
        self.people = PlainLabel(kind="secondary", wrap=True)
        self.channels = FilterChip(self.tr("Channels"), self.tr("Every channel"))
        self.channels.changed.connect(self._set_channels)
        self._by = QWidget()
        by = QHBoxLayout(self._by)
        by.setContentsMargins(0, 0, 0, 0)
        by.addWidget(PlainLabel(self.tr("Sends by"), kind="secondary"))
        by.addWidget(self.channels)
        by.addStretch()
        self.own = QCheckBox(self.tr("This team has hours of its own"))
        self.own.toggled.connect(self._owned)
        self.editor = HoursEditor(self._teams.presets)
        self.editor.edited.connect(self._touched)
        self.save_button = self._button(self.tr("Save the hours"), self.save)
        self.save_button.setProperty("kind", "primary")
        saving = QHBoxLayout()
        saving.addStretch()
        saving.addWidget(self.save_button)
        right = QVBoxLayout()
        right.setSpacing(8)
        for widget in (self.people, self._by, self.own, self.editor):
            right.addWidget(widget)
        right.addStretch()
        right.addLayout(saving)
        columns = QHBoxLayout(page)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(20)
        columns.addLayout(left)
        columns.addLayout(right, 1)
        return page

    def _build_days(self) -> QWidget:
        page = QWidget()
        self.days = QListWidget()
        self.days.setAccessibleName(self.tr("Days off"))
        self.no_days = PlainLabel(self.tr("On a day off nothing automatic leaves."), kind="secondary", wrap=True)
        today = self._services.clock().date()
        self.day = QDateEdit(QDate(today.year, today.month, today.day))
        self.day.setCalendarPopup(True)
        self.day.setDisplayFormat("d MMM yyyy")
        self.day.setMinimumWidth(theme().px(130))
        self.day.setAccessibleName(self.tr("Day"))
        self.day_name = QLineEdit()
        self.day_name.setPlaceholderText(self.tr("Name of the day"))
        self.day_name.setAccessibleName(self.tr("Name of the day"))
        self.day_name.setMaxLength(100)
        self.day_name.returnPressed.connect(self.add_day)
        self.yearly = QCheckBox(self.tr("Every year"))
        row = QHBoxLayout()
        row.addWidget(self.day)
        row.addWidget(self.day_name, 1)
        row.addWidget(self.yearly)
        self.add_day_button = self._button(self.tr("Add the day"), self.add_day)
        row.addWidget(self.add_day_button)
        self.remove_button = self._button(self.tr("Remove the day"), self.remove_day)
        box = QVBoxLayout(page)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        box.addWidget(self.no_days)
        box.addWidget(self.days, 1)
        box.addWidget(self.remove_button, 0, Qt.AlignmentFlag.AlignLeading)
        box.addLayout(row)
        return page

    def _button(self, words: str, slot: Any) -> QPushButton:
        button = QPushButton(words)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _checked=False: slot())
        return button

    # Reading

    def _load(self) -> None:
        self._tasks.start(self._fetch(self._teams), on_error=self._tell, name="teams")

    async def _fetch(self, service: TeamService) -> None:
        teams, office, days = await service.all(), await service.office_hours(), await service.holidays()
        names = {user.id: user.name for user in await self._services.users.all()}
        known = await self._services.channels.all()
        self._may = await service.may_change()
        self._known_channels = [one.id for one in known]
        self.channels.offer([(one.id, plain_name(one.name)) for one in known])
        self._show(teams, office, {team.id: [names.get(key, "") for key in team.members] for team in teams})
        self._show_days(days)

    def _show(self, teams: Sequence[Team], office: OfficeHours, people: dict[Any, list[str]]) -> None:
        chosen = self.chosen
        self._office, self._known, self._people = office, {team.id: team for team in teams}, people
        self.list.blockSignals(True)
        self.list.clear()
        self._add_row(self.tr("The office"), 0)
        for team in teams:
            self._add_row(plain_name(team.name), team.id)
        rows = [self.list.item(row).data(_ROLE) for row in range(self.list.count())]
        self.list.setCurrentRow(rows.index(chosen.id) if chosen is not None and chosen.id in rows else 0)
        self.list.blockSignals(False)
        if not self._dirty:
            self._show_chosen()

    def _add_row(self, words: str, key: int) -> None:
        row = QListWidgetItem(words)
        row.setData(_ROLE, key)
        self.list.addItem(row)

    @property
    def chosen(self) -> Team | None:
        """The chosen team; None for the office."""
        row = self.list.currentItem()
        return None if row is None else self._known.get(row.data(_ROLE))

    def _show_chosen(self) -> None:
        team, self._dirty = self.chosen, False
        self.own.blockSignals(True)
        self.own.setVisible(team is not None)
        self.own.setChecked(team is not None and team.restricted)
        self.own.blockSignals(False)
        self.channels.blockSignals(True)
        self._by.setVisible(team is not None)
        self.channels.choose(set() if team is None else set(team.channel_ids))
        self.channels.blockSignals(False)
        for button in (self.rename_button, self.delete_button):
            button.setEnabled(team is not None and self._may)
        for widget in (self.add_button, self.own, self.channels, self.add_day_button, self.day_name, self.yearly):
            widget.setEnabled(self._may)
        self.only.setVisible(not self._may)
        shown = team if team is not None and team.restricted else self._office
        self.editor.show_hours(shown.hours, recipient_zone=shown.recipient_zone)
        self.editor.setEnabled(self._may and (team is None or team.restricted))
        if team is None:
            self.people.setText(self.tr("They hold for everybody whose team has no hours of its own."))
        else:
            names = ", ".join(isolated(plain_name(name)) for name in self._people.get(team.id, ()))
            none = self.tr("Nobody is in this team. People of the office puts somebody into it.")
            self.people.setText(self.tr("People: {names}").format(names=names) if names else none)
        self.save_button.setEnabled(False)
        self.error.hide()

    def _show_days(self, days: Sequence[Holiday]) -> None:
        self.days.clear()
        for one in days:
            date = QDate(one.day.year, one.day.month, one.day.day)
            when = QLocale().toString(date, "d MMMM" if one.yearly else "d MMMM yyyy")
            words = self.tr("{day}, every year").format(day=when) if one.yearly else when
            row = QListWidgetItem(f"{words} · {plain_name(one.name)}")
            row.setData(_ROLE, one)
            self.days.addItem(row)
        self.no_days.setVisible(not days)
        self.remove_button.setEnabled(bool(days) and self._may)
        if days:
            self.days.setCurrentRow(0)

    # Changing

    def _touched(self) -> None:
        self._dirty = True
        self.save_button.setEnabled(True)

    def _owned(self, own: bool) -> None:
        self.editor.setEnabled(own)
        self._touched()

    def save(self) -> None:
        """Keep the hours that are shown, for the office or the chosen team."""
        team, by_recipient = self.chosen, self.editor.recipient_zone
        try:
            hours = self.editor.hours()
        except InvalidInputError as error:
            self._tell(error)
            return
        self._dirty = False
        if team is None:
            self._do(self._teams.set_office_hours(hours, recipient_zone=by_recipient))
        else:
            own = hours if self.own.isChecked() else None
            self._do(self._teams.set_hours(team.id, own, recipient_zone=by_recipient))

    def _set_channels(self) -> None:
        team, chosen = self.chosen, self.channels.chosen
        if team is not None:
            wanted = [key for key in self._known_channels if key in chosen]
            self._do(self._teams.set_channels(team.id, wanted))

    def add_team(self) -> None:
        """Ask for the name of a new team."""
        form = NameForm(self._tasks, "", self._teams.add, self)
        form.setWindowTitle(self.tr("New team"))
        form.open()

    def rename_team(self) -> None:
        """Ask for another name of the chosen team."""
        team = self.chosen
        if team is not None:
            NameForm(self._tasks, team.name, lambda name: self._teams.rename(team.id, name), self).open()

    def delete_team(self) -> None:
        """Ask, then remove the chosen team; its people belong to none."""
        if self.chosen is not None:
            self._do(self._delete(self.chosen))

    async def _delete(self, team: Team) -> None:
        title = self.tr("Delete {name}?").format(name=isolated(plain_name(team.name)))
        text = self.tr("Its people belong to no team then, and the office's hours hold for them. This can be undone.")
        if await confirmed(self, title=title, text=text, verb=self.tr("Delete"), danger=True):
            await self._teams.delete(team.id)

    def add_day(self) -> None:
        """Add the day that is shown."""
        chosen = self.day.date()
        day = self._services.clock().date().replace(chosen.year(), chosen.month(), chosen.day())
        name = self.day_name.text() or self.tr("Day off")
        self._do(self._teams.add_holiday(day, name, yearly=self.yearly.isChecked()), done=self.day_name.clear)

    def remove_day(self) -> None:
        """Remove the chosen day."""
        row = self.days.currentItem()
        if row is not None:
            self._do(self._teams.delete_holiday(row.data(_ROLE).id))

    def _do(self, work: Coroutine[Any, Any, object], *, done: Callable[[], object] = lambda: None) -> None:
        self.error.hide()
        self._tasks.start(work, on_result=lambda _result: done(), on_error=self._tell, name="teams")

    def _tell(self, error: InboxError) -> None:
        if not self._dirty:
            self._show_chosen()  # what was refused is not so
        self.error.setText(f"{error.message} {error.hint}".strip())
        self.error.show()

    def _hear(self, event: Event) -> None:
        if isinstance(event, TeamsChanged | UsersChanged):
            self._load()
