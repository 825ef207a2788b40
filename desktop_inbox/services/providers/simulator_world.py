"""The simulated town: what happens in it is a function of its seed, of what was sent to it, and of the time.

Nothing is kept but the log of what was sent. Receipts and answers follow from it, and what people write by
themselves follows from the seed, so a restart, a second process or the same fetch again give the same events.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any, Final

from desktop_inbox.clock import Clock, from_millis, now, to_millis
from desktop_inbox.models.entities.call import CallStatus
from desktop_inbox.models.entities.channel import ReconcileClass
from desktop_inbox.models.entities.message import DeliveryStatus, Direction

from .base import ChannelAccount, DeliveryReceipt, FetchResult, InboundAttachment, InboundCall, InboundMessage
from .simulator_log import Sent, SentLog
from .simulator_people import NETWORKS, PEOPLE, UNREACHABLE, Person
from .simulator_words import Topic, answers, openings, topic_of

#: Seconds between two occasions on which somebody may write by themselves.
PACES: Final = {"off": 0, "calm": 240, "normal": 40, "busy": 12}
_PAGE: Final = 50
_LOOK_BACK: Final = timedelta(hours=2)  # nobody writes for days to an office that is away
_KEEP_PLACE: Final = timedelta(minutes=10)  # an unchanged cursor needs no write
_LONGEST_ANSWER: Final = timedelta(minutes=3)
_TALKATIVE: Final = 5  # answers within ten minutes, then a person has said everything
_TALK_SPAN: Final = 600_000

Happening = DeliveryReceipt | InboundMessage | InboundCall


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldSettings:
    """What the settings of a channel say about its town."""

    network: str = "sms"
    pace: str = "normal"
    seed: str = "town"
    speed: float = 1.0  # how much faster than people
    fault_rate: float = 0.0  # share of sends that go wrong
    reconcile: ReconcileClass = ReconcileClass.LISTABLE

    @classmethod
    def read(cls, settings: Mapping[str, str]) -> "WorldSettings":
        """Read the settings of a channel; what is missing or wrong is as usual."""
        network = settings.get("network", "sms")
        network = network if network in NETWORKS else "sms"
        pace = settings.get("pace", "normal")
        usual = {"sms": ReconcileClass.LISTABLE, "whatsapp": ReconcileClass.ECHOED, "telegram": ReconcileClass.NOTHING}
        chosen = settings.get("reconcile", "")
        return cls(
            network=network,
            pace=pace if pace in PACES else "normal",
            seed=settings.get("seed", "town"),
            speed=max(0.01, _number(settings.get("speed"), 1.0)),
            fault_rate=min(1.0, max(0.0, _number(settings.get("fault_rate"), 0.0))),
            reconcile=ReconcileClass(chosen) if chosen in {*ReconcileClass} else usual[network],
        )


def _number(text: str | None, otherwise: float) -> float:
    try:
        return float(text) if text else otherwise
    except ValueError:
        return otherwise


class World:
    """One network of the town. May be used from several threads."""

    def __init__(self, settings: WorldSettings, log: SentLog, clock: Clock) -> None:
        self.settings = settings
        self.log = log
        self.clock = clock

    def fetch(self, cursor: str) -> FetchResult:
        """Return what happened after ``cursor``, oldest first."""
        upto = to_millis(self.clock())
        sent = [line for line in self.log.all() if line.taken]
        place = int(cursor) if cursor.isdigit() else min([upto, *(line.at - 1 for line in sent)])
        if upto <= place:
            return FetchResult(cursor=str(place))
        found = sorted(
            (
                happening
                for happening in (*self._of_sent(sent, place), *self._by_themselves(place, upto))
                if place < happening[0] <= upto
            ),
            key=lambda happening: happening[:2],
        )
        page = found[:_PAGE]
        while len(page) < len(found) and found[len(page)][0] == page[-1][0]:
            page.append(found[len(page)])
        more = len(found) > len(page)
        if more:
            place = page[-1][0]
        elif page or upto - place > _KEEP_PLACE / timedelta(milliseconds=1) or not cursor:
            place = upto
        return _result(str(place), [happening for _, _, happening in page], more=more)

    def status_of(self, sent: Sent) -> DeliveryStatus:
        """Return how far a message got until now."""
        upto = to_millis(self.clock())
        reached = [DeliveryStatus.ACCEPTED]
        for at, _, happening in self._receipts(sent):
            if at <= upto:
                reached.append(happening.status)
        return reached[-1]

    def person_at(self, path: str) -> Person:
        """Return who has an address; a stranger speaks English and answers like everybody."""
        network = self.settings.network
        for person in PEOPLE:
            if person.path(network) == path:
                return person
        return Person(name="", number=path, language="en", network=network)

    def _delay(self, chance: Random, least: float, most: float) -> int:
        return max(1, round(chance.uniform(least, most) * 1000 / self.settings.speed))

    def _of_sent(self, sent: list[Sent], place: int) -> Iterator[tuple[int, str, Happening]]:
        oldest = place - round(_LONGEST_ANSWER / timedelta(milliseconds=1) / min(1.0, self.settings.speed))
        for number, line in enumerate(sent):
            if line.at < oldest:
                continue
            yield from self._receipts(line)
            if self.settings.reconcile is ReconcileClass.ECHOED:
                yield line.at + 400, line.id, self._echo(line)
            answer = self._answer(line, sent[:number])
            if answer is not None:
                yield answer

    def _receipts(self, sent: Sent) -> Iterator[tuple[int, str, DeliveryReceipt]]:
        chance = Random(f"{self.settings.seed}:{sent.id}")  # noqa: S311 - a game
        at = sent.at + self._delay(chance, 0.3, 1.2)
        yield at, f"{sent.id}:1", _receipt(sent, DeliveryStatus.SENT, at)
        if self.settings.network == "telegram":
            return
        at += self._delay(chance, 0.7, 3.0)
        if sent.to.endswith(UNREACHABLE):
            yield at, f"{sent.id}:2", _receipt(sent, DeliveryStatus.UNDELIVERED, at)
            return
        yield at, f"{sent.id}:2", _receipt(sent, DeliveryStatus.DELIVERED, at)
        if self.settings.network == "whatsapp":
            at += self._delay(chance, 2.0, 9.0)
            yield at, f"{sent.id}:3", _receipt(sent, DeliveryStatus.READ, at)

    def _echo(self, sent: Sent) -> InboundMessage:
        return InboundMessage(
            provider_message_id=sent.id,
            scheme=NETWORKS[self.settings.network],
            address=sent.to,
            text=sent.text,
            occurred_at=from_millis(sent.at),
            direction=Direction.OUT,
            status=DeliveryStatus.SENT,
            idempotency_key=sent.key,
        )

    def _answer(self, sent: Sent, before: list[Sent]) -> tuple[int, str, Happening] | None:
        person = self.person_at(sent.to)
        chance = Random(f"{self.settings.seed}:{sent.id}:answer")  # noqa: S311
        topic = topic_of(sent.text)
        lately = sum(1 for line in before if line.to == sent.to and line.at > sent.at - _TALK_SPAN)
        eager = 0.35 if topic is Topic.BYE else 0.9
        if person.habit == "silent" or sent.to.endswith(UNREACHABLE) or lately >= _TALKATIVE:
            return None
        if chance.random() > eager:
            return None
        at = sent.at + self._delay(chance, 6, 24)
        message = self.message_from(
            person, sent.to, f"{sent.id}-answer", chance.choice(answers(person.language, topic)), at
        )
        if topic is Topic.PHOTO:
            kind = "card" if "card" in sent.text.lower() or "insur" in sent.text.lower() else "tooth"
            message = replace(message, attachments=(_photo(kind, sent.id),))
        return at, message.provider_message_id, message

    def message_from(self, person: Person, address: str, key: str, text: str, at: int) -> InboundMessage:
        """Return what a person wrote at a moment."""
        return InboundMessage(
            provider_message_id=key,
            scheme=NETWORKS[self.settings.network],
            address=address,
            text=text,
            occurred_at=from_millis(at),
            sender_name="" if self.settings.network == "sms" else person.name,  # SMS tells no names
        )

    def _by_themselves(self, place: int, upto: int) -> Iterator[tuple[int, str, Happening]]:
        length = PACES[self.settings.pace] * 1000
        if not length:
            return
        first = max(place, upto - round(_LOOK_BACK / timedelta(milliseconds=1)))
        for slot in range(first // length, upto // length + 1):
            yield from _slot(self, self.settings, slot, length)


@lru_cache(maxsize=4096)
def _slot_plan(seed: str, network: str, slot: int, length: int) -> tuple[int, Person, float, str] | None:
    """Who writes when in a slot of time; None when nobody does."""
    chance = Random(f"{seed}:{network}:{slot}")  # noqa: S311
    if chance.random() > 0.6:
        return None
    people = [person for person in PEOPLE if person.network == network]
    person = chance.choice(people)
    return slot * length + chance.randrange(length), person, chance.random(), chance.choice(openings(person.language))


def _slot(world: World, settings: WorldSettings, slot: int, length: int) -> Iterator[tuple[int, str, Happening]]:
    plan = _slot_plan(settings.seed, settings.network, slot, length)
    if plan is None:
        return
    at, person, roll, text = plan
    key = f"{settings.network}-{slot}"
    address = person.path(settings.network)
    if settings.network == "sms" and (roll > 0.94 or (person.habit == "caller" and roll > 0.5)):
        yield at, key, _call(key, address, at, seconds=0 if roll > 0.96 else 35 + slot % 200)
    elif person.habit == "fickle" and roll > 0.7:
        yield at, key, world.message_from(person, address, key, "START" if slot % 3 == 0 else "STOP", at)
    elif roll > 0.86:
        picture = replace(
            world.message_from(person, address, key, text if roll > 0.9 else "", at),
            attachments=(_photo(("house", "dog", "tooth", "card")[slot % 4], key),),
        )
        yield at, key, picture
    else:
        yield at, key, world.message_from(person, address, key, text, at)


def _photo(kind: str, seed: str) -> InboundAttachment:
    return InboundAttachment(reference=f"{kind}:{seed}", media_type="image/png", name=f"{kind}.png")


def _call(key: str, address: str, at: int, *, seconds: int) -> InboundCall:
    return InboundCall(
        provider_call_id=key,
        scheme=NETWORKS["sms"],
        address=address,
        direction=Direction.IN,
        status=CallStatus.COMPLETED if seconds else CallStatus.NO_ANSWER,
        occurred_at=from_millis(at),
        duration_seconds=seconds,
    )


def _receipt(sent: Sent, status: DeliveryStatus, at: int) -> DeliveryReceipt:
    failed: dict[str, Any] = {}
    if status is DeliveryStatus.UNDELIVERED:
        failed = {"error_code": "unreachable", "error_text": "The phone is switched off or out of reach."}
    return DeliveryReceipt(
        provider_message_id=sent.id, status=status, at=from_millis(at), key=f"{sent.id}:{status}", **failed
    )


def _result(cursor: str, happenings: list[Happening], *, more: bool) -> FetchResult:
    return FetchResult(
        cursor=cursor,
        messages=tuple(item for item in happenings if isinstance(item, InboundMessage)),
        receipts=tuple(item for item in happenings if isinstance(item, DeliveryReceipt)),
        calls=tuple(item for item in happenings if isinstance(item, InboundCall)),
        has_more=more,
    )


class Worlds:
    """The towns of a program by channel, so that all its threads live in the same one."""

    def __init__(self, folder: Path | None = None, *, clock: Clock = now) -> None:
        self._folder = folder
        self._clock = clock
        self._logs: dict[int, SentLog] = {}

    def of(self, account: ChannelAccount) -> World:
        """Return the town of a channel; what was sent to it is kept in ``folder``, if there is one."""
        channel_id = account.channel_id
        path = None if self._folder is None else self._folder / f"channel-{channel_id}.jsonl"
        log = self._logs.setdefault(channel_id, SentLog(path))
        return World(WorldSettings.read(account.settings), log, self._clock)
