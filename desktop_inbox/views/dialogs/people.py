"""PeopleDialog: who works in the office; only an administrator changes it."""

from collections.abc import Coroutine
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.team import Team
from desktop_inbox.models.entities.user import Role, User
from desktop_inbox.views.dialogs.confirm import confirmed
from desktop_inbox.views.plain import PlainLabel, isolated, plain_name
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme

_ROLES = (Role.AGENT, Role.ADMINISTRATOR)


class PeopleDialog(QDialog):
    """One row for each person, and one for a new one."""

    def __init__(self, services: Services, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._services, self._tasks = services, tasks
        self.setWindowTitle(self.tr("People of the office"))
        self.setAccessibleName("People")
        self.setMinimumSize(theme().px(620), theme().px(380))
        self.rows: list[QWidget] = []
        self._teams: tuple[Team, ...] = ()
        holder = QWidget()
        self._column = QVBoxLayout(holder)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._column.addStretch()
        area = QScrollArea()
        area.setAccessibleName(self.tr("People"))
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(holder)
        self.error = PlainLabel(kind="danger", wrap=True)
        self.error.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 20)
        box.setSpacing(12)
        box.addWidget(PlainLabel(self.tr("People of the office"), kind="title"))
        box.addWidget(
            PlainLabel(
                self.tr("Conversations are assigned to them. Who leaves is switched off; what they wrote stays."),
                kind="secondary",
                wrap=True,
            )
        )
        box.addWidget(area, 1)
        box.addWidget(self.error)
        box.addLayout(self._build_new())
        self._load()

    def _build_new(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.name = QLineEdit()
        self.name.setAccessibleName(self.tr("Name of a new person"))
        self.name.setPlaceholderText(self.tr("Name of a new person"))
        self.name.setMaxLength(100)
        self.name.returnPressed.connect(self._add)
        self.role = _role_box(self.tr("Rights of the new person"), Role.AGENT)
        add = QPushButton(self.tr("Add"))
        add.setAutoDefault(False)
        add.clicked.connect(self._add)
        close = QPushButton(self.tr("Close"))
        close.setAutoDefault(False)
        close.clicked.connect(self.accept)
        row.addWidget(self.name, 1)
        for widget in (self.role, add, close):
            row.addWidget(widget)
        return row

    def _load(self) -> None:
        self._tasks.start(self._fetch(), on_result=self._show, on_error=self._tell, name="people")

    async def _fetch(self) -> tuple[User, ...]:
        self._teams = await self._services.teams.all() if self._services.teams is not None else ()
        return await self._services.users.all()

    def _show(self, people: tuple[User, ...]) -> None:
        for row in self.rows:
            row.deleteLater()
        self.rows = [self._row(user) for user in sorted(people, key=lambda user: not user.active)]
        for place, row in enumerate(self.rows):
            self._column.insertWidget(place, row)

    def _row(self, user: User) -> QWidget:
        widget = QWidget()
        row = QHBoxLayout(widget)
        row.setContentsMargins(0, 0, 0, 0)
        name = QLineEdit(plain_name(user.name))
        name.setAccessibleName(self.tr("Name of {name}").format(name=plain_name(user.name)))
        name.setMaxLength(100)
        name.setEnabled(user.active)
        name.editingFinished.connect(lambda: self._rename(user, name.text()))
        role = _role_box(self.tr("Rights of {name}").format(name=plain_name(user.name)), user.role)
        role.setEnabled(user.active)
        role.activated.connect(lambda place: self._do(self._services.users.set_role(user.id, _ROLES[place])))
        switch = QPushButton(self.tr("Switch off…") if user.active else self.tr("Switch on"))
        switch.setAutoDefault(False)
        switch.setAccessibleName(f"{switch.text()} {plain_name(user.name)}")
        switch.setEnabled(user.id != self._services.user_id)
        switch.clicked.connect(lambda _checked=False: self._switch(user))
        row.addWidget(name, 1)
        if self._teams:
            row.addWidget(self._team_box(user))
        row.addWidget(role)
        row.addWidget(switch)
        return widget

    def _team_box(self, user: User) -> QComboBox:
        """Return what puts somebody into a team, or into none."""
        service, teams = self._services.teams, self._teams
        box = QComboBox()
        box.setAccessibleName(self.tr("Team of {name}").format(name=plain_name(user.name)))
        box.addItem(self.tr("No team"))
        box.addItems([plain_name(team.name) for team in teams])
        box.setCurrentIndex(next((place for place, team in enumerate(teams, 1) if user.id in team.members), 0))
        box.setEnabled(user.active)
        if service is not None:
            box.activated.connect(
                lambda place: self._do(service.assign([user.id], teams[place - 1].id if place else None))
            )
        return box

    def _add(self) -> None:
        place = self.role.currentIndex()

        def added(_user: User) -> None:
            self.name.clear()
            self._reload()

        work = self._services.users.add(self.name.text(), role=_ROLES[place])
        self._tasks.start(work, on_result=added, on_error=self._tell, name="add person")

    def _rename(self, user: User, name: str) -> None:
        if name.strip() != user.name:
            self._do(self._services.users.rename(user.id, name))

    def _switch(self, user: User) -> None:
        if not user.active:
            self._do(self._services.users.reactivate(user.id))
        else:
            self._tasks.start(self._ask(user), on_error=self._tell, name="switch off")

    async def _ask(self, user: User) -> None:
        name = isolated(plain_name(user.name))
        text = self.tr("Nothing is assigned to {name} any more. What they wrote stays.").format(name=name)
        title = self.tr("Switch off {name}?").format(name=name)
        if await confirmed(self, title=title, text=text, verb=self.tr("Switch off"), danger=True):
            await self._services.users.deactivate(user.id)
            self._reload()

    def _do(self, work: Coroutine[Any, Any, object]) -> None:
        self._tasks.start(work, on_result=lambda _none: self._reload(), on_error=self._tell, name="people")

    def _reload(self) -> None:
        self.error.hide()
        self._load()

    def _tell(self, error: InboxError) -> None:
        self.error.setText(f"{error.message} {error.hint}".strip())
        self.error.show()
        self._load()


def _role_box(name: str, role: Role) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    for each in _ROLES:
        box.addItem(box.tr("Agent") if each is Role.AGENT else box.tr("Administrator"))
    box.setCurrentIndex(_ROLES.index(role))
    return box
