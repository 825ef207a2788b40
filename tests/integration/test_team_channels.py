"""For which team something is sent, and by which channels it may leave then: services, gate, composer, command line."""

from datetime import timedelta

import pytest

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.batch import BatchStatus
from desktop_inbox.models.entities.channel import Channel
from desktop_inbox.models.entities.message import SenderKind
from desktop_inbox.models.entities.outbox import AttemptOutcome, GateKind
from desktop_inbox.models.entities.tracking import Filter
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.store import Store
from desktop_inbox.services.broadcasts import BroadcastService
from desktop_inbox.services.channels import ChannelService
from desktop_inbox.services.enqueue import Enqueue
from desktop_inbox.services.gate import Gate
from desktop_inbox.services.new_message import NewMessage
from desktop_inbox.services.provider_pool import ProviderPool
from desktop_inbox.services.resend import ResendService
from desktop_inbox.services.teams import TeamService
from desktop_inbox.services.tracking import TrackingService
from tests.support.broadcasting import Desk
from tests.support.broadcasting import desk as open_desk
from tests.support.clock import HeldClock
from tests.support.run import run
from tests.support.scripted_provider import World
from tests.support.tracked import Past


@pytest.fixture
def here(store: Store, clock: HeldClock) -> Desk:
    return open_desk(store, World(clock=clock), people=3)


def second_channel(here: Desk) -> Channel:
    made = here.office.store.run_sync(
        lambda work: work.channels.add(
            kind=here.office.channel.kind, name="Second", address="+14155550199", settings={}
        )
    )
    assert isinstance(made, Channel)
    return made


def refused(doing: object) -> str:
    with pytest.raises(InboxError) as caught:
        run(doing)  # type: ignore[arg-type]
    return caught.value.code


@pytest.mark.row("S5-23")
def test_a_batch_is_of_the_team_of_whoever_sends_it_also_when_they_change_teams_later(here: Desk) -> None:
    teams = TeamService(here.office.store, user_id=here.office.user_id)
    night, day = run(teams.add("Night")), run(teams.add("Day"))
    run(teams.assign([here.office.user_id], night.id))
    own, other = here.create(), here.create(team_id=day.id)
    run(teams.assign([here.office.user_id], None))
    tracking = TrackingService(here.office.store)
    named = {row.id: row.team_name for row in run(tracking.page(Filter())).items}
    assert named == {own: "Night", other: "Day"}
    assert [row.id for row in run(tracking.page(Filter(team_ids=frozenset({night.id})))).items] == [own]


@pytest.mark.row("S5-23")
def test_administrators_send_for_every_team_and_others_for_their_own(here: Desk) -> None:
    store = here.office.store
    agent = store.run_sync(lambda work: work.users.add("Agent", Role.AGENT)).id
    teams = TeamService(store, user_id=here.office.user_id)
    night, day = run(teams.add("Night")), run(teams.add("Day"))
    run(teams.assign([agent], night.id))
    service = BroadcastService(store, user_id=agent, capabilities=here.office.world.capabilities_of)

    theirs, mine = run(service.choices()), run(here.service.choices())
    assert ([one.name for one in theirs.teams], theirs.own) == (["Night"], theirs.teams[0])
    assert ([one.name for one in mine.teams], mine.own) == (["Day", "Night"], None)

    other = second_channel(here)
    run(teams.set_channels(night.id, [other.id]))
    theirs, mine = run(service.choices()), run(here.service.choices())
    assert [one.id for one in theirs.channels_of(None)] == [other.id]
    assert [one.id for one in mine.channels_of(night.id)] == [other.id]
    assert [one.id for one in mine.channels_of(day.id)] == [here.office.channel.id, other.id]

    draft = here.draft(team_id=day.id)
    assert refused(service.create(draft)) == refused(service.dry_run(draft)) == "team_of_others"
    assert here.status(here.create(team_id=day.id)) is BatchStatus.PROGRAMMED
    with pytest.raises(InboxError) as caught:
        here.create(team_id=night.id)
    assert caught.value.code == "team_channel"
    with pytest.raises(InboxError) as caught:
        here.create(team_id=999)
    assert caught.value.code == "team.missing"


def test_a_channel_that_a_team_loses_before_its_batch_is_due_carries_nothing(here: Desk, clock: HeldClock) -> None:
    teams = TeamService(here.office.store, user_id=here.office.user_id)
    night = run(teams.add("Night"))
    key = here.create(team_id=night.id, at=clock() + timedelta(hours=1))
    run(teams.set_channels(night.id, [second_channel(here).id]))
    clock.advance(timedelta(hours=2))
    here.process()
    batch = here.batch(key)
    assert batch.status is BatchStatus.ERROR
    assert "Night" in batch.reason
    assert here.send_all() == 0


def test_what_failed_is_sent_again_for_the_team_it_was_sent_for(here: Desk) -> None:
    office = here.office
    teams = TeamService(office.store, user_id=office.user_id)
    night, day = run(teams.add("Night")), run(teams.add("Day"))
    here.create(office.people[:1], team_id=day.id)
    here.process()
    (job,) = office.begin()
    office.record(job, AttemptOutcome.PERMANENT, code="21211", text="Not valid.")
    run(teams.assign([office.user_id], night.id))  # whoever sends it again is in a team with other channels
    run(teams.set_channels(night.id, [second_channel(here).id]))
    enqueue = Enqueue(Gate(), capabilities=office.world.capabilities_of)
    resends = ResendService(office.store, office.outbox, enqueue, user_id=office.user_id)
    resent = run(resends.resend((job.entry.message_id,)))
    assert (len(resent.sent), resent.refused) == (1, ())


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        pytest.param(SenderKind.USER, GateKind.CONFIRM, id="typed"),
        pytest.param(SenderKind.SCHEDULE, GateKind.CONFIRM, id="sent later"),
        pytest.param(SenderKind.BROADCAST, GateKind.REFUSE, id="to many"),
        pytest.param(SenderKind.KEYWORD, GateKind.GO, id="answer to STOP"),
    ],
)
def test_the_gate_asks_or_refuses_where_the_channel_is_none_of_the_team(
    here: Desk, kind: SenderKind, expected: GateKind
) -> None:
    office = here.office
    teams = TeamService(office.store, user_id=office.user_id)
    night = run(teams.add("Night"))
    run(teams.assign([office.user_id], night.id))
    other = second_channel(here)
    enqueue = Enqueue(Gate(), capabilities=office.world.capabilities_of)
    person = office.people[0]

    def look(channel: Channel, *confirmed: str) -> tuple[GateKind, str]:
        new = NewMessage(
            conversation_id=person.conversation_id,
            text="Hello",
            channel_id=channel.id,
            address_id=person.address_id,
            client_uuid="b8e3",
            sender_kind=kind,
            sender_id=office.user_id,
            confirmed=frozenset(confirmed),
        )
        (looked,) = office.store.read_sync(lambda work: enqueue.look(work, (new,)))
        return looked.decision.kind, looked.decision.code

    assert look(office.channel) == look(other) == (GateKind.GO, "")  # bound to none
    run(teams.set_channels(night.id, [other.id]))
    assert look(other) == (GateKind.GO, "")
    assert look(office.channel) == (expected, "" if expected is GateKind.GO else "team_channel")
    if expected is GateKind.CONFIRM:
        assert look(office.channel, "team_channel") == (GateKind.GO, "")


def test_the_composer_offers_the_channels_of_the_team_and_others_where_there_is_no_way_else(here: Desk) -> None:
    office = here.office
    teams = TeamService(office.store, user_id=office.user_id)
    night = run(teams.add("Night"))
    run(teams.assign([office.user_id], night.id))
    first, second, other = (
        office.store.run_sync(lambda work, name=name, network=network: Past.add_channel(work, name, network)).id
        for name, network in (("First", "sms"), ("Second", "sms"), ("WhatsApp", "whatsapp"))
    )
    pool = ProviderPool(lambda *_: "")
    channels = ChannelService(office.store, pool=pool, secrets=None, user_id=office.user_id)  # type: ignore[arg-type]

    def offered() -> list[int]:
        return [one.channel.id for one in run(channels.reply_options(office.people[0].conversation_id))]

    assert offered() == [first, second]
    run(teams.set_channels(night.id, [second, other]))
    assert offered() == [second]
    run(teams.set_channels(night.id, [other]))
    assert offered() == [first, second]  # theirs reaches no number, and the contact must be answered
