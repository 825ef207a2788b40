"""The people of the office."""

import pytest

from desktop_inbox.errors import InboxError, PermissionDeniedError
from desktop_inbox.events import UsersChanged
from desktop_inbox.models.entities.ids import UserId
from desktop_inbox.models.entities.user import Role
from desktop_inbox.services.users import UserService
from tests.support.offices import Office
from tests.support.run import run

pytestmark = pytest.mark.row("S2-67")


@pytest.fixture
def users(office: Office) -> UserService:
    return UserService(office.store, user_id=office.user.id)


def test_people_are_added_renamed_and_given_rights(office: Office, users: UserService) -> None:
    office.heard.clear()
    sam = run(users.add("  Sam   Okoro "))
    assert (sam.name, sam.role) == ("Sam Okoro", Role.AGENT)
    run(users.rename(sam.id, "Samuel Okoro"))
    run(users.set_role(sam.id, Role.ADMINISTRATOR))
    zoe = run(users.add("Zoë"))
    run(users.deactivate(zoe.id))
    assert [(user.name, user.role, user.active) for user in run(users.all())] == [
        ("Dana Reyes", Role.ADMINISTRATOR, True),
        ("Samuel Okoro", Role.ADMINISTRATOR, True),
        ("Zoë", Role.AGENT, False),
    ]
    assert [user.name for user in run(users.active())] == ["Dana Reyes", "Samuel Okoro"]
    run(users.reactivate(zoe.id))
    assert len(run(users.active())) == 3
    assert office.heard_kinds().count("UsersChanged") == 6
    assert UsersChanged() in office.heard


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "x" * 101, "dana reyes", "a\x00b"])
def test_a_name_that_does_not_do_is_refused(users: UserService, name: str) -> None:
    with pytest.raises(InboxError) as refused:
        run(users.add(name))
    assert refused.value.code in {
        "user_name_missing", "user_name_long", "user_name_taken", "text_unstorable", "unstorable",
    } or refused.value.hint  # fmt: skip
    assert len(run(users.all())) == 1


def test_somebody_stays_administrator_and_nobody_locks_themselves_out(users: UserService, office: Office) -> None:
    sam = run(users.add("Sam"))
    with pytest.raises(InboxError) as refused:
        run(users.set_role(office.user.id, Role.AGENT))
    assert refused.value.code == "user_last_administrator"
    with pytest.raises(InboxError) as refused:
        run(users.deactivate(office.user.id))
    assert refused.value.code == "user_self"
    run(users.set_role(sam.id, Role.ADMINISTRATOR))
    run(users.set_role(office.user.id, Role.AGENT))
    with pytest.raises(InboxError) as refused:
        run(UserService(office.store, user_id=sam.id).set_role(sam.id, Role.AGENT))
    assert refused.value.code == "user_last_administrator"
    with pytest.raises(InboxError) as missing:
        run(UserService(office.store, user_id=sam.id).rename(UserId(99), "Nobody"))
    assert missing.value.code == "user_missing"


def test_an_agent_changes_nobody_but_the_own_name(users: UserService, office: Office) -> None:
    sam = run(users.add("Sam"))
    theirs = UserService(office.store, user_id=sam.id)
    for work in (
        lambda: theirs.add("Eve"),
        lambda: theirs.rename(office.user.id, "Eve"),
        lambda: theirs.set_role(sam.id, Role.ADMINISTRATOR),
        lambda: theirs.deactivate(office.user.id),
        lambda: theirs.reactivate(office.user.id),
    ):
        with pytest.raises(PermissionDeniedError):
            run(work())
    run(theirs.rename(sam.id, "Samuel"))
    assert {user.name for user in run(users.all())} == {"Dana Reyes", "Samuel"}
