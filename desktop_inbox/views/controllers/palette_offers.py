"""PaletteOffers: actions that need one more word, offered with it: for whom, until when, how urgent."""

from collections.abc import Sequence
from functools import partial

from desktop_inbox.models.entities.conversation import Priority
from desktop_inbox.models.entities.user import User
from desktop_inbox.services.moments import Preset, parse, presets
from desktop_inbox.views.controllers.states import StateController
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.palette import Entry
from desktop_inbox.views.plain import plain_name
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks


class PaletteOffers:
    """What can be done with the open or ticked conversations, with every word that fits."""

    def __init__(self, services: Services, tasks: Tasks, states: StateController, formats: Formats) -> None:
        self._services, self._tasks, self._states, self._formats = services, tasks, states, formats
        self._people: tuple[User, ...] = ()

    def refresh(self) -> None:
        """Learn who works here; called when the switcher opens."""

        def learn(people: tuple[User, ...]) -> None:
            self._people = people

        self._tasks.start(self._services.users.active(), on_result=learn, name="people to offer")

    def entries(self, text: str) -> Sequence[Entry]:
        """Return what is offered for what was typed; nothing while no conversation is open or ticked."""
        if not self._states.has_target:
            return ()
        return (*self._assignees(), *self._moments(text), *self._priorities())

    def _assignees(self) -> list[Entry]:
        tr = self._states.tr
        found = [
            Entry(
                title=tr("Assign to {name}").format(name=plain_name(user.name)),
                icon="user-plus",
                run=partial(self._states.assign, user.id),
            )
            for user in self._people
        ]
        return [
            *found,
            Entry(title=tr("Assign to nobody"), icon="circle-dashed", run=lambda: self._states.assign(None)),
        ]

    def _moments(self, text: str) -> list[Entry]:
        tr, now, zone = self._states.tr, self._services.clock(), self._states.zone()
        names = {
            Preset.LATER_TODAY: tr("Snooze until later today"),
            Preset.TOMORROW: tr("Snooze until tomorrow"),
            Preset.NEXT_MONDAY: tr("Snooze until next Monday"),
        }
        found = [
            Entry(
                title=names[preset],
                hint=self._formats.ahead(moment),
                icon="alarm-clock",
                run=partial(self._states.snooze, moment),
            )
            for preset, moment in presets(now, zone).items()
        ]
        word, _, rest = text.strip().partition(" ")
        said = parse(rest.removeprefix("until "), now, zone) if rest and "snooze".startswith(word.casefold()) else None
        if said is not None:
            title = tr("Snooze until {moment}").format(moment=self._formats.ahead(said))
            found.insert(0, Entry(title=title, icon="alarm-clock", run=partial(self._states.snooze, said), exact=True))
        return found

    def _priorities(self) -> list[Entry]:
        tr = self._states.tr
        names = {
            Priority.URGENT: tr("Priority: urgent"),
            Priority.HIGH: tr("Priority: high"),
            Priority.MEDIUM: tr("Priority: medium"),
            Priority.LOW: tr("Priority: low"),
            Priority.NONE: tr("Priority: none"),
        }
        return [
            Entry(title=name, icon="flag", run=partial(self._states.prioritise, priority))
            for priority, name in names.items()
        ]
