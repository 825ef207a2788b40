"""A kept broadcast: whose it is, what counts as written, and what another program left in its place."""

import pytest

from desktop_inbox.models.entities.ids import UserId
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.store import Store
from desktop_inbox.services.broadcast_keeping import KeptBroadcast, keep, kept_by
from desktop_inbox.services.broadcasts import BroadcastService
from tests.support.run import run

WHOLE = KeptBroadcast(
    name="May",
    text="Hi $contact.firstname",
    team_id=1,
    channel_id=2,
    audience={"kind": "contacts", "contacts": [3]},
    at="2026-12-01T09:00",
    pace=30,
    files=("/attached/a.png",),
)


def test_everybody_has_a_draft_of_their_own_which_goes_when_nothing_is_written(store: Store) -> None:
    def people(work):  # type: ignore[no-untyped-def]
        return [work.users.add(name, Role.AGENT).id for name in ("Ana", "Ben")]

    ana, ben = (BroadcastService(store, user_id=UserId(key)) for key in store.run_sync(people))
    assert run(ana.kept()) is None
    run(ana.keep(WHOLE))
    assert run(ana.kept()) == WHOLE
    assert run(ben.kept()) is None
    run(ben.keep(KeptBroadcast(text="Mine")))
    run(ana.keep(KeptBroadcast(channel_id=2, pace=30, at="2026-12-01T09:00")))  # nobody would miss this
    assert run(ana.kept()) is None
    run(ben.keep(None))
    assert run(ben.kept()) is None


@pytest.mark.parametrize(
    "stored",
    ["text", 7, [], {"text": 5}, {"channel_id": "x"}, {"audience": []}, {"files": "a"}, {"team_id": [1]}],
)
def test_what_no_program_of_ours_wrote_is_no_draft(store: Store, stored: object) -> None:
    user = store.run_sync(lambda work: work.users.add("Ana", Role.AGENT).id)
    store.run_sync(lambda work: work.settings.set("broadcasts.draft", stored, user_id=user))
    assert store.read_sync(lambda work: kept_by(work, user)) is None


def test_what_a_later_program_adds_is_left_alone(store: Store) -> None:
    user = store.run_sync(lambda work: work.users.add("Ana", Role.AGENT).id)
    store.run_sync(lambda work: work.settings.set("broadcasts.draft", {"text": "Hi", "mood": "good"}, user_id=user))
    assert store.read_sync(lambda work: kept_by(work, user)) == KeptBroadcast(text="Hi")
    store.run_sync(lambda work: keep(work, KeptBroadcast(text="Hi", at="whenever"), user_id=user))
    found = store.read_sync(lambda work: kept_by(work, user))
    assert found is not None
    assert found.moment is None
