"""The dry run of a broadcast: the gate that will be asked, and nothing stored."""

import asyncio
import random
import uuid
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from desktop_inbox.errors import InboxError, InvalidInputError
from desktop_inbox.models import schema
from desktop_inbox.models.entities.batch import ContactsAudience, DryRun, FileAudience, FileRow
from desktop_inbox.models.entities.channel import Capabilities, ReconcileClass
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import ChannelId, ContactId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message, SenderKind
from desktop_inbox.models.entities.outbox import GateKind
from desktop_inbox.models.entities.team import Hours, minutes
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.blocked_terms import BlockedTermService
from desktop_inbox.services.broadcast_people import Reach
from desktop_inbox.services.gate import LOOP_LIMIT
from desktop_inbox.services.prices import read_price
from desktop_inbox.services.settings import CURRENCY, SEGMENT_PRICE
from desktop_inbox.services.team_channels import channels_of
from desktop_inbox.services.teams import TeamService
from tests.support.broadcasting import Desk, desk
from tests.support.clock import HeldClock
from tests.support.scripted_provider import World
from tests.support.sending import Person

#: Answers only, for a day, in short texts: so that every gate can be met.
_ABLE = Capabilities(
    schemes=frozenset({Scheme.TEL}),
    reconcile=ReconcileClass.NOTHING,
    window_hours=24,
    can_start=False,
    max_text=120,
    segments=True,
)
_TEXT = "Dear $contact.firstname, see you soon."
_LOOPED = "Dear Loop, see you soon."


@pytest.fixture
def here(store: Store, clock: HeldClock) -> Desk:
    return desk(store, World(clock=clock))


def _heard(work: Work, desk: Desk, person: Person, age: timedelta) -> None:
    moment = desk.office.world.clock() - age
    work.messages.add_inbound(
        Message(
            id=work.new_entry_id(moment),
            conversation_id=person.conversation_id,
            contact_id=person.contact_id,
            direction=Direction.IN,
            text="Hi",
            status=DeliveryStatus.RECEIVED,
            channel_id=desk.office.channel.id,
            address_id=person.address_id,
        )
    )


def _cast(work: Work, here: Desk, kinds: dict[str, list[Person]]) -> None:
    """Make each contact run into its gate."""
    names = {"unresolved_variable": "", "loop": "Loop", "text_too_long": "x" * 110, "blocked_term": "Casino"}
    for kind, people in kinds.items():
        for person in people:
            if kind != "cannot_start":
                _heard(work, here, person, timedelta(hours=30 if kind == "outside_window" else 1))
            zone = {"zone": "Pacific/Auckland"} if kind == "outside_hours" else {}
            work.contacts.change(
                person.contact_id,
                first_name=names.get(kind, "Ana"),
                blocked=kind == "contact_blocked",
                looks_opted_out=kind == "looks_opted_out",
                **zone,
            )
            if kind == "carrier_blocked":
                work.contacts.change_address(person.address_id, carrier_blocked=True)


def _rules(here: Desk) -> None:
    """It is one at night in Auckland and four in the morning in California: only the latter is allowed."""
    store, user = here.office.store, here.office.user_id
    hours = Hours.of({day: [(minutes("03:00"), minutes("13:00"))] for day in range(7)})
    asyncio.run(TeamService(store, user_id=user).set_office_hours(hours))
    asyncio.run(BlockedTermService(store, user_id=user).add("casino"))


def _rows(store: Store) -> dict[str, int]:
    """How many rows every table has."""

    def count(work: Work) -> dict[str, int]:
        tables = schema.metadata.sorted_tables
        return {
            table.name: work.connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in tables
        }

    return store.read_sync(count)


@pytest.mark.timeout(240)
@pytest.mark.row("D-17", "S4-09")
def test_the_dry_run_says_what_will_happen_to_hundreds(here: Desk, database_url: str) -> None:
    here.office.world.capabilities = _ABLE
    people = 1000 if database_url.startswith("sqlite") else 400  # a server is asked the same over a wire
    here.office.add_people(people)
    reasons = (
        "contact_blocked", "carrier_blocked", "opted_out", "looks_opted_out", "unresolved_variable", "text_too_long",
        "outside_window", "cannot_start", "outside_hours", "blocked_term", "loop",
    )  # fmt: skip
    chance = random.Random(11)
    kinds: dict[str, list[Person]] = {kind: [] for kind in ("", *reasons)}
    for person in here.office.people:
        kinds[chance.choice(("", "", "", *reasons))].append(person)
    kinds["loop"], kinds[""] = kinds["loop"][:2], kinds[""] + kinds["loop"][2:]
    store = here.office.store
    store.run_sync(lambda work: _cast(work, here, kinds))
    _rules(here)
    for person in kinds["opted_out"]:
        here.opt_out(person)
    for person in kinds["loop"]:
        for _ in range(LOOP_LIMIT):
            here.office.queue(person, _LOOPED, client_uuid=str(uuid.uuid4()))
    here.send_all()
    mail = store.run_sync(lambda work: work.contacts.add([(Scheme.EMAIL, "a@example.org")]))
    audience = [*(person.contact_id for person in here.office.people), mail.id, ContactId(999_999)]
    draft = here.draft(audience=ContactsAudience(contact_ids=tuple(audience)), text=_TEXT)
    told: list[tuple[int, int]] = []
    before = _rows(store)
    looked = asyncio.run(here.service.dry_run(draft, progress=lambda done, total: told.append((done, total))))
    assert _rows(store) == before
    assert told[-1] == (people + 2, people + 2)
    expected = {kind: len(people) for kind, people in kinds.items() if kind} | {"no_address": 1, "gone": 1}
    assert dict(looked.reasons) == expected
    go = looked.count(GateKind.GO)
    assert go == len(kinds[""])
    assert sum(looked.reasons.values()) == len(audience) - go
    assert looked.count(GateKind.HOLD) == len(kinds["looks_opted_out"]) + len(kinds["outside_hours"])
    assert all(one.sentence for one in looked.recipients if one.kind is not GateKind.GO)
    _really(here, looked, draft.text, kinds)


def _really(here: Desk, looked: DryRun, text: str, kinds: dict[str, list[Person]]) -> None:
    """Send it: exactly those whom the dry run let go get it, and what it showed them."""
    here.sent.clear()
    ids = tuple(one.contact_id for one in looked.recipients if one.contact_id is not None)
    batch_id = here.create(audience=ContactsAudience(contact_ids=ids), text=text)
    here.process()
    here.send_all()
    assert dict(here.sent) == {one.address: one.text for one in looked.recipients if one.kind is GateKind.GO}
    assert len(here.sent) == looked.count(GateKind.GO)
    counts = asyncio.run(here.service.counts((batch_id,)))[batch_id]
    assert counts.messages[DeliveryStatus.BLOCKED] == len(kinds["blocked_term"])  # for an administrator to look at
    assert counts.messages[DeliveryStatus.HELD] == len(kinds["looks_opted_out"])
    skipped = {one.contact_id: one.reason_code for one in here.recipients(batch_id) if one.reason_code}
    stored = ("", "gone", "looks_opted_out", "blocked_term")
    assert skipped == {one.contact_id: one.code for one in looked.recipients if one.code not in stored}
    gated = {person.path for kind, people in kinds.items() if kind for person in people}
    assert not gated & {to for to, _text in here.sent}
    shown = ", ".join(f"{number} {code}" for code, number in looked.reasons.items())
    print(f"dry run: {len(looked.recipients)} = {looked.count(GateKind.GO)} go + {shown}; sent to gated ones: 0")


def test_a_file_of_strangers_makes_nobody(here: Desk) -> None:
    rows = tuple(
        FileRow(line=line, scheme=Scheme.TEL, path=f"+1415555{line:04d}", name="Bo Li", variables={"due": "Friday"})
        for line in range(2, 12)
    )
    before = _rows(here.office.store)
    draft = here.draft(audience=FileAudience(file_name="x.csv", rows=rows), text="$contact.firstname, until $row.due")
    looked = asyncio.run(here.service.dry_run(draft))
    assert Counter(one.text for one in looked.recipients) == {"Bo, until Friday": 10}
    assert {one.contact_id for one in looked.recipients} == {None}
    assert _rows(here.office.store) == before


def test_segments_and_the_cost_of_them(here: Desk) -> None:
    here.office.world.capabilities = _ABLE
    here.office.add_people(3)
    people = here.office.people

    def hear(work: Work) -> None:
        for person in people:
            _heard(work, here, person, timedelta(hours=1))

    here.office.store.run_sync(hear)
    draft = here.draft(text="é" * 71 + "ŝ")
    looked = asyncio.run(here.service.dry_run(draft))
    assert (looked.segments, looked.cost) == (6, None)
    settings = {"segment_price": "0.0079 USD"}
    here.office.store.run_sync(lambda work: work.channels.change(here.office.channel.id, settings=settings))
    looked = asyncio.run(here.service.dry_run(draft))
    assert looked.cost == pytest.approx(6 * 0.0079)
    assert looked.currency == "USD"

    def of_office(work: Work) -> None:
        work.channels.change(here.office.channel.id, settings={})
        work.settings.set(SEGMENT_PRICE.key, 0.02)
        work.settings.set(CURRENCY.key, "EUR")

    here.office.store.run_sync(of_office)
    sample = asyncio.run(here.service.sample(draft))
    assert (sample.price, sample.currency) == (0.02, "EUR")
    here.office.world.capabilities = replace(_ABLE, segments=False)  # nothing is counted there
    assert asyncio.run(here.service.sample(draft)).price is None


@pytest.mark.parametrize(
    ("text", "price"),
    [("", (None, "")), ("0 EUR", (None, "")), ("0,05 EUR", (0.05, "EUR")), ("2", (2.0, "")), (" .5", None),
     ("cheap", None), ("-1 USD", None), ("1e400", None), ("inf", None), ("0.1 US Dollar", None)],
)  # fmt: skip
def test_prices_are_read_or_refused(text: str, price: tuple[float | None, str] | None) -> None:
    if price is not None:
        assert read_price(text) == price
        return
    with pytest.raises(InvalidInputError) as refused:
        read_price(text)
    assert refused.value.code == "price_invalid"


def test_a_dry_run_can_be_given_up(here: Desk) -> None:
    here.office.add_people(2)
    with pytest.raises(InboxError) as caught:
        asyncio.run(here.service.dry_run(here.draft(), cancelled=lambda: True))
    assert caught.value.code == "broadcast_cancelled"


def test_one_recipient_is_shown_as_they_would_get_it(here: Desk) -> None:
    here.office.add_people(2)
    shown = asyncio.run(here.service.preview(here.draft(text=_TEXT), here.office.people[1].contact_id))
    assert (shown.text, shown.kind) == ("Dear Contact, see you soon.", GateKind.GO)


def test_a_test_goes_to_oneself_with_the_values_of_somebody(here: Desk) -> None:
    here.office.add_people(1)
    draft = here.draft(text=_TEXT)
    key = asyncio.run(here.service.test_send(draft, "(415) 555-0177", like=here.office.people[0].contact_id))
    message = here.office.message(key)
    assert (message.text, message.sender_kind, message.batch_id) == (
        "Dear Contact, see you soon.",
        SenderKind.USER,
        None,
    )
    here.send_all()
    assert here.sent == [("+14155550177", "Dear Contact, see you soon.")]


@pytest.mark.row("D-17", "S5-17")
def test_the_hours_of_the_chosen_team_hold(here: Desk) -> None:
    here.office.add_people(2)
    teams = TeamService(here.office.store, user_id=here.office.user_id)
    team = asyncio.run(teams.add("Night"))
    hours = Hours.of({day: [(minutes("20:00"), minutes("22:00"))] for day in range(7)})
    asyncio.run(teams.set_hours(team.id, hours))
    assert asyncio.run(here.service.dry_run(here.draft())).count(GateKind.GO) == 2
    draft = here.draft(team_id=team.id)
    assert asyncio.run(here.service.dry_run(draft)).reasons == {"outside_hours": 2}
    batch_id = here.create(team_id=team.id)
    here.process()
    assert here.send_all() == 0
    assert here.batch(batch_id).reason.startswith("2 of 2")


@pytest.mark.row("S5-23")
def test_a_team_sends_to_many_by_its_channels_only(here: Desk) -> None:
    """Of the sender's team, or of the one that is named; other channels are no way around it."""
    here.office.add_people(2)
    store, user_id, main = here.office.store, here.office.user_id, here.office.channel
    other = store.run_sync(lambda work: work.channels.add(kind=main.kind, name="Night", address="+1", settings={}))
    teams = TeamService(store, user_id=user_id)
    team = asyncio.run(teams.add("Sales"))
    asyncio.run(teams.assign([user_id], team.id))
    asyncio.run(teams.set_channels(team.id, [other.id]))
    for draft in (here.draft(), here.draft(team_id=team.id)):
        for refused in (here.service.dry_run, here.service.create):
            with pytest.raises(InvalidInputError) as caught:
                asyncio.run(refused(draft))
            assert caught.value.code == "team_channel"
            assert "“Sales”" in caught.value.message
            assert "Night" in caught.value.hint
    assert asyncio.run(here.service.latest()) == ()
    assert channels_of_everybody(here) == {main.id, other.id}
    asyncio.run(teams.set_channels(team.id, [main.id]))
    assert channels_of_everybody(here) == {main.id}
    assert len(asyncio.run(here.service.dry_run(here.draft())).recipients) == 2
    here.create()
    asyncio.run(teams.set_channels(team.id, []))
    here.create()


def channels_of_everybody(here: Desk) -> set[ChannelId]:
    """Which channels may reach somebody where another channel may."""

    def look(work: Work) -> set[ChannelId]:
        only = channels_of(work, team_id=None, user_id=here.office.user_id)
        reach = Reach(
            work, here.office.channel.id, others=True, only=only, capabilities=here.office.world.capabilities_of
        )
        return {channel.id for channel in reach.channels}

    return here.office.store.read_sync(look)
