"""Settings: typed, remembered, shared or personal, on both databases."""

import asyncio
from collections.abc import Callable

import pytest

from desktop_inbox.errors import InvalidInputError, PermissionDeniedError, StoreError
from desktop_inbox.events import EventBus, SettingChanged
from desktop_inbox.models.entities.ids import UserId
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.store import Store
from desktop_inbox.services import settings as choices
from desktop_inbox.services.settings import DELETION, Scope, Setting, SettingsService
from tests.support.offices import Office
from tests.support.run import eventually, run

ANN, BOB = UserId(1), UserId(2)


def loaded(store: Store, user: UserId = ANN) -> SettingsService:
    service = SettingsService(store, user)
    run(service.load())
    return service


def test_everything_holds_as_shipped_until_somebody_chose(store: Store) -> None:
    service = loaded(store)
    assert {setting.key: service.get(setting) for setting in choices.ALL} == {
        setting.key: setting.default for setting in choices.ALL
    }
    assert len({setting.key for setting in choices.ALL}) == len(choices.ALL)


@pytest.mark.row("C2")
@pytest.mark.parametrize("key", ["enter", "shift_enter", "ctrl_enter"])
def test_each_key_may_send(store: Store, key: str) -> None:
    run(loaded(store).set(choices.SEND_WITH, key))
    assert loaded(store).get(choices.SEND_WITH) == key


def test_a_choice_of_a_user_is_theirs_and_of_the_workspace_everybodys(store: Store) -> None:
    service = loaded(store)
    run(service.set(choices.THEME, "dark"))
    run(service.set(choices.ORGANISATION_NAME, "Kowalska Dental 牙科"))
    assert service.get(choices.THEME) == "dark"
    other = loaded(store, BOB)
    assert other.get(choices.THEME) == "system"
    assert other.get(choices.ORGANISATION_NAME) == "Kowalska Dental 牙科"
    run(service.reset(choices.THEME))
    assert loaded(store).get(choices.THEME) == "system"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        (choices.THEME, "pink"),
        (choices.UNDO_SECONDS, 999),
        (choices.UNDO_SECONDS, "5"),
        (choices.UNDO_SECONDS, True),
        (choices.DEFAULT_REGION, "usa"),
        (choices.TIME_ZONE, "Mars/Olympus"),
        (choices.ORGANISATION_NAME, "x" * 101),
        (choices.ORGANISATION_NAME, "a\x00b"),
        (choices.CLOSE_TO_TRAY, 1),
    ],
)
def test_what_may_not_be_chosen_changes_nothing(sqlite_url: str, setting: Setting[object], value: object) -> None:
    store = Store.open(sqlite_url)
    service = loaded(store)
    with pytest.raises(InvalidInputError):
        run(service.set(setting, value))
    assert service.get(setting) == setting.default
    assert store.read_sync(lambda work: work.settings.all(ANN)) == {}
    store.close()


def test_what_is_stored_and_does_not_fit_counts_as_not_chosen(store: Store) -> None:
    store.run_sync(lambda work: work.settings.set("view.theme", ["dark"]))
    assert loaded(store).get(choices.THEME) == "system"


def test_a_widget_may_bring_a_choice_of_its_own(store: Store) -> None:
    mine = Setting(key="list.density", default="cosy")
    run(loaded(store).set(mine, "compact"))
    assert loaded(store).get(mine) == "compact"
    assert mine.scope is Scope.USER


def test_a_choice_holds_at_once_and_falls_back_when_it_cannot_be_kept(sqlite_url: str) -> None:
    store = Store.open(sqlite_url)
    service = loaded(store)
    run(service.set(choices.THEME, "light"))
    store.close()
    with pytest.raises(StoreError):
        run(service.set(choices.THEME, "dark"))
    assert service.get(choices.THEME) == "light"


def test_choices_of_other_computers_are_taken_over(open_store: Callable[..., Store]) -> None:
    here, there = open_store(), open_store()
    bus = EventBus()
    told: list[str] = []

    async def work() -> None:
        service = SettingsService(here, ANN)
        await service.load()
        stop = service.follow(bus)
        bus.subscribe(SettingChanged, lambda event: told.append(service.get(choices.ORGANISATION_NAME)))
        other = SettingsService(there, BOB)
        await other.set(choices.ORGANISATION_NAME, "New name")
        bus.publish(SettingChanged(key=choices.ORGANISATION_NAME.key))  # what the feed does
        await eventually(lambda: told[-1:] == ["New name"])
        stop()
        await asyncio.sleep(0)

    run(work())
    assert told == ["", "New name"]  # once when it is heard of, once when it holds


@pytest.mark.row("S4-39")
def test_what_an_administrator_decides_nobody_else_changes(office: Office) -> None:
    agent = office.store.run_sync(lambda work: work.users.add("Sam", Role.AGENT))
    theirs, ours = SettingsService(office.store, agent.id), SettingsService(office.store, office.user.id)
    run(ours.set(DELETION, "nobody"))
    with pytest.raises(PermissionDeniedError):
        run(theirs.set(DELETION, "everybody"))
    with pytest.raises(PermissionDeniedError):
        run(theirs.reset(DELETION))
    run(theirs.load())
    assert theirs.get(DELETION) == "nobody"
