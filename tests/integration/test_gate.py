"""What may leave: each rule, when it is asked, and that an opt-out and a send cannot pass each other."""

import asyncio
import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from desktop_inbox.models.entities.channel import Capabilities, Channel, ChannelState, ReconcileClass
from desktop_inbox.models.entities.consent import ConsentMethod
from desktop_inbox.models.entities.contact import OptIn, Scheme
from desktop_inbox.models.entities.ids import ChannelId
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.message import SenderKind
from desktop_inbox.models.entities.outbox import GateKind
from desktop_inbox.models.store import Store
from desktop_inbox.services.gate import Facts, FileFacts, Gate, GateRefusedError
from tests.support.clock import HeldClock
from tests.support.scripted_provider import World
from tests.support.sending import Office, open_office, problems

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CHANNEL = Channel(id=ChannelId(1), kind="scripted", name="Desk", created_at=NOON)
ABLE = Capabilities(
    schemes=frozenset({Scheme.TEL}),
    reconcile=ReconcileClass.NOTHING,
    attachments_out=True,
    attachment_types=("image/",),
    max_attachment_bytes=1000,
    max_attachments=2,
    max_text=100,
)
FACTS = Facts(
    now=NOON, sender_kind=SenderKind.USER, channel=CHANNEL, capabilities=ABLE, scheme=Scheme.TEL, text="Hello"
)
PICTURE = FileFacts(media_type="image/png", size=10)


def _with(**changes: Any) -> Facts:
    able = {name: changes.pop(name) for name in list(changes) if name in Capabilities.__slots__}
    return replace(FACTS, capabilities=replace(ABLE, **able), **changes)


def _state(state: ChannelState) -> Channel:
    return replace(CHANNEL, state=state)


CASES: list[tuple[str, Facts, GateKind, str]] = [
    ("plain", FACTS, GateKind.GO, ""),
    ("empty", _with(text=" \n"), GateKind.REFUSE, "empty"),
    ("only a file", _with(text="", files=(PICTURE,)), GateKind.GO, ""),
    ("NUL", _with(text="a\x00b"), GateKind.REFUSE, "text_invalid"),
    ("lone surrogate", _with(text="a\ud800b"), GateKind.REFUSE, "text_invalid"),
    ("emoji", _with(text="👍🏽 \U0001f469\u200d\U0001f4bb"), GateKind.GO, ""),
    ("just fits", _with(text="x" * 100), GateKind.GO, ""),
    ("too long", _with(text="x" * 101), GateKind.REFUSE, "text_too_long"),
    ("no files at all", _with(files=(PICTURE,), attachments_out=False), GateKind.REFUSE, "attachment_not_allowed"),
    (
        "wrong kind",
        _with(files=(FileFacts(media_type="text/html", size=1),)),
        GateKind.REFUSE,
        "attachment_not_allowed",
    ),
    (
        "too large",
        _with(files=(FileFacts(media_type="image/png", size=1001),)),
        GateKind.REFUSE,
        "attachment_too_large",
    ),
    ("too many", _with(files=(PICTURE,) * 3), GateKind.REFUSE, "too_many_attachments"),
    ("other scheme", _with(scheme=Scheme.MATRIX), GateKind.REFUSE, "scheme_not_reachable"),
    ("paused", _with(channel=_state(ChannelState.PAUSED)), GateKind.REFUSE, "channel_paused"),
    ("broken", _with(channel=_state(ChannelState.BROKEN)), GateKind.REFUSE, "channel_broken"),
    ("removed", _with(channel=_state(ChannelState.REMOVED)), GateKind.REFUSE, "channel_removed"),
    ("blocked contact", _with(contact_blocked=True), GateKind.REFUSE, "contact_blocked"),
    ("carrier", _with(carrier_blocked=True), GateKind.REFUSE, "carrier_blocked"),
    ("opted out, person", _with(opt_in=OptIn.OPTED_OUT), GateKind.CONFIRM, "opted_out"),
    ("opted out, confirmed", _with(opt_in=OptIn.OPTED_OUT, confirmed=frozenset({"opted_out"})), GateKind.GO, ""),
    ("keyword", _with(opt_in=OptIn.OPTED_OUT, sender_kind=SenderKind.KEYWORD), GateKind.GO, ""),
    ("question, person", _with(looks_opted_out=True), GateKind.GO, ""),
    ("question", _with(looks_opted_out=True, sender_kind=SenderKind.AWAY), GateKind.HOLD, "looks_opted_out"),
    ("cannot start", _with(can_start=False, has_inbound=False), GateKind.REFUSE, "cannot_start"),
    ("may answer", _with(can_start=False, has_inbound=True), GateKind.GO, ""),
    ("window open", _with(window_hours=24, window_ends_at=NOON + timedelta(seconds=1)), GateKind.GO, ""),
    ("window closed", _with(window_hours=24, window_ends_at=NOON), GateKind.CONFIRM, "outside_window"),
    ("no window yet", _with(window_hours=24), GateKind.CONFIRM, "outside_window"),
    ("window, automatic", _with(window_hours=24, sender_kind=SenderKind.AWAY), GateKind.REFUSE, "outside_window"),
    ("twentieth", _with(identical=19), GateKind.GO, ""),
    ("loop", _with(identical=20), GateKind.REFUSE, "loop"),
    ("worst wins", _with(opt_in=OptIn.OPTED_OUT, contact_blocked=True), GateKind.REFUSE, "contact_blocked"),
]
AUTOMATIC = [kind for kind in SenderKind if kind not in (SenderKind.USER, SenderKind.API, SenderKind.KEYWORD)]
CASES += [
    (f"opted out, {kind}", _with(opt_in=OptIn.OPTED_OUT, sender_kind=kind), GateKind.REFUSE, "opted_out")
    for kind in AUTOMATIC
]


@pytest.mark.row("S4-09", "S4-10", "S4-11", "S4-12", "S4-15", "S4-16", "S2-31")
@pytest.mark.parametrize(("facts", "kind", "code"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_the_rules(facts: Facts, kind: GateKind, code: str) -> None:
    decision = Gate().check(facts)
    assert (decision.kind, decision.code) == (kind, code)
    assert bool(decision.sentence) == (kind is not GateKind.GO)


@pytest.fixture
def office(store: Store, clock: HeldClock) -> Office:
    return open_office(store, World(clock=clock))


def _opt_out(office: Office) -> None:
    office.store.run_sync(
        lambda work: work.consent.record(
            office.people[0].contact_id, OptIn.OPTED_OUT, method=ConsentMethod.KEYWORD, wording="STOP"
        )
    )


@pytest.mark.row("S4-15")
def test_a_person_may_write_on_knowing_of_the_opt_out(office: Office) -> None:
    _opt_out(office)
    with pytest.raises(GateRefusedError) as refused:
        office.queue(office.people[0])
    assert refused.value.decision.kind is GateKind.CONFIRM
    message = office.queue(office.people[0], confirmed=frozenset({"opted_out"}))
    (job,) = office.begin()
    assert job.entry.message_id == message.id


@pytest.mark.row("P7", "S4-09")
def test_an_opt_out_between_queueing_and_sending_stops_it(office: Office) -> None:
    message = office.queue(office.people[0])
    claimed = office.claim()
    _opt_out(office)
    assert office.start(claimed) == ()
    shown = office.message(message.id)
    assert (shown.status, shown.error_code) == (S.BLOCKED, "opted_out")
    assert problems(office) == []


@pytest.mark.row("P7")
def test_opt_outs_racing_senders(office: Office, open_store: Callable[..., Store]) -> None:
    """Nothing starts after the opt-out was committed, whoever is faster; both orders are played."""
    rounds = 40
    office.add_people(rounds)
    other = open_office(open_store(), office.world, first=False)
    chance = random.Random(5)
    started_after: list[str] = []
    orders: Counter[bool] = Counter()
    for person in office.people[1:]:
        office.store.run_sync(
            lambda work, one=person: office.outbox._enqueue.many(work, [office.new(one, sender_kind=SenderKind.AWAY)])
        )
        claimed = office.claim()
        gate = threading.Barrier(2)
        committed = threading.Event()

        def stop(one: Any = person, gate: threading.Barrier = gate, committed: threading.Event = committed) -> None:
            gate.wait()
            other.store.run_sync(
                lambda work: work.consent.record(
                    one.contact_id, OptIn.OPTED_OUT, method=ConsentMethod.KEYWORD, wording="STOP"
                )
            )
            committed.set()

        thread = threading.Thread(target=stop)
        thread.start()
        gate.wait()
        if chance.random() < 0.5:
            committed.wait(2)
        was_committed = committed.is_set()
        orders[was_committed] += 1
        jobs = office.start(claimed)
        thread.join()
        if jobs and was_committed:
            started_after.append(person.path)
        for job in jobs:
            office.accept(job)
    assert started_after == []
    assert orders[True] >= rounds // 4, "the opt-out was too seldom first"
    assert orders[False], "the sender was never first"
    print(f"opt-out race: {rounds} rounds, {orders[True]} with the opt-out first, 0 started after it")


@pytest.mark.row("S2-31")
def test_outside_the_window_it_leaves_once_confirmed_and_is_marked(office: Office) -> None:
    office.world.capabilities = replace(ABLE, window_hours=24)
    with pytest.raises(GateRefusedError) as refused:
        office.queue(office.people[0])
    assert refused.value.code == "gate.outside_window"
    message = office.queue(office.people[0], confirmed=frozenset({"outside_window"}))
    assert message.outside_window


def test_two_machines_that_answer_each_other_are_stopped(office: Office, clock: HeldClock) -> None:
    for _ in range(20):
        office.queue(office.people[0], "We are closed.")
    with pytest.raises(GateRefusedError) as refused:
        office.queue(office.people[0], "We are closed.")
    assert refused.value.code == "gate.loop"
    office.queue(office.people[0], "Something else.")
    clock.advance(timedelta(minutes=5, seconds=1))
    office.queue(office.people[0], "We are closed.")


def test_held_messages_are_seen_again(office: Office, clock: HeldClock) -> None:
    person = office.people[0]
    office.store.run_sync(lambda work: work.contacts.change(person.contact_id, looks_opted_out=True))
    new = office.new(person, sender_kind=SenderKind.AWAY, client_uuid=str(uuid.uuid4()))
    (key,) = asyncio.run(office.outbox.queue_many([new]))
    assert office.status(key) is S.HELD  # type: ignore[arg-type]
    clock.advance(timedelta(minutes=16))
    office.sweep()
    assert office.begin() == ()
    assert office.status(key) is S.HELD  # type: ignore[arg-type]
    office.store.run_sync(lambda work: work.consent.settle_question(person.contact_id, user_id=None))
    clock.advance(timedelta(minutes=16))
    office.sweep()
    assert len(office.begin()) == 1


@pytest.mark.parametrize("state", [ChannelState.PAUSED, ChannelState.BROKEN])
def test_a_channel_out_of_order_only_delays(office: Office, state: ChannelState) -> None:
    message = office.queue(office.people[0])
    claimed = office.claim()
    office.store.run_sync(lambda work: work.channels.change(office.channel.id, state=state))
    assert office.start(claimed) == ()
    assert office.begin() == ()
    assert office.status(message.id) is S.QUEUED
    office.store.run_sync(lambda work: work.channels.change(office.channel.id, state=ChannelState.ACTIVE))
    assert len(office.begin()) == 1
