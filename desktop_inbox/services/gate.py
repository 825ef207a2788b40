"""The gate: one function decides what may leave, by a list of small rules.

It is asked twice: when a message is queued, and again just before it leaves, with the contact's row locked
so that an opt-out and a send cannot pass each other unseen. The strongest answer wins: refuse, hold, confirm,
go. What a person was told and confirmed is not asked again.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.channel import Capabilities, Channel, ChannelState
from desktop_inbox.models.entities.contact import OptIn, Scheme
from desktop_inbox.models.entities.message import SenderKind
from desktop_inbox.models.entities.outbox import OUTSIDE_HOURS, SENDING_PAUSED, Delivery, GateDecision, GateKind
from desktop_inbox.models.entities.term import BLOCKED_TERM
from desktop_inbox.services.providers.registry import provider_class

#: Written by a person for one contact: everything else is automatic and needs consent (S4-09, S4-15).
PERSONAL: Final = frozenset({SenderKind.USER, SenderKind.API})
#: The one answer that STOP, START and HELP get, whatever the consent.
_ANSWERS_KEYWORDS: Final = SenderKind.KEYWORD

#: Not written just now, but a person saw the warning: with the message they belong to, or when it was scheduled.
_CONFIRMED_BEFORE: Final = frozenset({SenderKind.CONSENT, SenderKind.SCHEDULE})

_MOST_NAMED: Final = 3
TEAM_CHANNEL: Final = "team_channel"
LOOP_LIMIT: Final = 20
LOOP_SPAN: Final = timedelta(minutes=5)

GO: Final = GateDecision(kind=GateKind.GO)


class GateRefusedError(InboxError):
    """The gate does not let a message leave as it is; ``decision`` says why, and whether confirming helps."""

    def __init__(self, decision: GateDecision) -> None:
        super().__init__(f"gate.{decision.code}", decision.sentence, hint=decision.hint)
        self.decision = decision


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What the gate must know of an attachment; ``size`` in bytes."""

    media_type: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What hours and blocked terms say about a message, worked out by ``services/limits.py``."""

    closed: str = ""  # why it may not leave at this time, in one sentence; of automatic messages only
    terms: tuple[str, ...] = ()  # blocked words and links in it
    foreign: str = ""  # the team it is sent for, where that one uses other channels


NO_LIMIT: Final = Limit()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything the rules look at; they read nothing else."""

    now: datetime
    sender_kind: SenderKind
    channel: Channel | None
    capabilities: Capabilities | None
    scheme: Scheme
    text: str
    files: tuple[FileFacts, ...] = ()
    opt_in: OptIn = OptIn.OPTED_IN  # the stricter of contact and address
    carrier_blocked: bool = False
    contact_blocked: bool = False
    looks_opted_out: bool = False
    window_ends_at: datetime | None = None
    has_inbound: bool = True
    identical: int = 0  # the same text to this contact within LOOP_SPAN
    unresolved: tuple[str, ...] = ()  # variables of the text that have no value
    limit: Limit = NO_LIMIT
    confirmed: frozenset[str] = field(default_factory=frozenset)

    @property
    def personal(self) -> bool:
        """Whether a person wrote it for this contact."""
        return self.sender_kind in PERSONAL


Rule = Callable[[Facts], GateDecision | None]


def _refuse(code: str, sentence: str, hint: str = "") -> GateDecision:
    return GateDecision(kind=GateKind.REFUSE, code=code, sentence=sentence, hint=hint)


def _confirm(code: str, sentence: str, hint: str = "") -> GateDecision:
    return GateDecision(kind=GateKind.CONFIRM, code=code, sentence=sentence, hint=hint)


_CHANNEL_STATES: Final[Mapping[ChannelState, tuple[str, str, str]]] = {
    ChannelState.PAUSED: ("channel_paused", "The channel is paused.", "Resume it in the settings, or choose another."),
    ChannelState.BROKEN: (
        "channel_broken",
        "The channel cannot send at the moment.",
        "Open its settings and test the connection, or choose another channel.",
    ),
    ChannelState.REMOVED: ("channel_removed", "The channel was removed.", "Choose another channel."),
}


def channel_works(facts: Facts) -> GateDecision | None:
    """The channel must exist and be active."""
    if facts.channel is None or facts.capabilities is None:
        return _refuse(*_CHANNEL_STATES[ChannelState.REMOVED])
    state = _CHANNEL_STATES.get(facts.channel.state)
    return None if state is None else _refuse(*state)


def channel_reaches(facts: Facts) -> GateDecision | None:
    """The channel must reach this kind of address."""
    if facts.capabilities is None or facts.scheme in facts.capabilities.schemes:
        return None
    return _refuse(
        "scheme_not_reachable", "This channel does not reach this kind of address.", "Choose another channel."
    )


def has_content(facts: Facts) -> GateDecision | None:
    """There must be a text or a file."""
    if facts.text.strip() or facts.files:
        return None
    return _refuse("empty", "There is nothing to send.", "Write something or attach a file.")


def is_storable(text: str) -> bool:
    """Whether every database takes ``text``."""
    return _UNSTORABLE.search(text) is None


def text_is_storable(facts: Facts) -> GateDecision | None:
    """No NUL (PostgreSQL refuses it) and no lone surrogate (it has no UTF-8)."""
    if is_storable(facts.text):
        return None
    return _refuse("text_invalid", "The text contains a character that cannot be sent.", "Type the text again.")


def variables_are_resolved(facts: Facts) -> GateDecision | None:
    """No variable may stand where its value should (D-19)."""
    if not facts.unresolved:
        return None
    names = ", ".join(facts.unresolved[:_MOST_NAMED])
    more = len(facts.unresolved) - _MOST_NAMED
    also = f" and {more} more" if more > 0 else ""
    return _refuse(
        "unresolved_variable",
        f"There is no value for {names}{also}.",
        f"Fill it in, or write what to say instead behind a bar: {facts.unresolved[0]}|there",
    )


def text_fits(facts: Facts) -> GateDecision | None:
    """The text must not be longer than the channel carries."""
    if facts.capabilities is None or len(facts.text) <= facts.capabilities.max_text:
        return None
    limit = facts.capabilities.max_text
    return _refuse(
        "text_too_long", f"The text is longer than the {limit} characters this channel carries.", "Split it."
    )


def files_are_carried(facts: Facts) -> GateDecision | None:
    """The channel must carry the number, kinds and sizes of the files."""
    able = facts.capabilities
    if not facts.files or able is None:
        return None
    if not able.attachments_out:
        return _refuse("attachment_not_allowed", "This channel carries no files.", "Choose another channel.")
    if able.max_attachments and len(facts.files) > able.max_attachments:
        return _refuse(
            "too_many_attachments",
            f"This channel carries {able.max_attachments} files in a message.",
            "Send the others in another message.",
        )
    for file in facts.files:
        if able.attachment_types and not file.media_type.startswith(able.attachment_types):
            return _refuse("attachment_not_allowed", "This channel does not carry this kind of file.", "Convert it.")
        if able.max_attachment_bytes and file.size > able.max_attachment_bytes:
            limit = able.max_attachment_bytes / 1_000_000
            return _refuse(
                "attachment_too_large", f"This channel carries files up to {limit:.1f} MB.", "Make it smaller."
            )
    return None


def contact_is_welcome(facts: Facts) -> GateDecision | None:
    """Nothing goes to a contact whom the office blocked."""
    if not facts.contact_blocked:
        return None
    return _refuse("contact_blocked", "This contact is blocked.", "Unblock the contact to write to them.")


def address_is_open(facts: Facts) -> GateDecision | None:
    """Nothing goes where the carrier refuses us for good (S4-16)."""
    if not facts.carrier_blocked:
        return None
    return _refuse("carrier_blocked", "The carrier blocks messages to this address.", "Reach the contact another way.")


def consent_is_given(facts: Facts) -> GateDecision | None:
    """Automatic messages need consent; a person may write on, knowing of the opt-out (S4-15)."""
    if facts.opt_in is OptIn.OPTED_IN or facts.sender_kind is _ANSWERS_KEYWORDS:
        return None
    if facts.personal:
        return _confirm("opted_out", "This contact opted out of messages.", "Send only what they asked for.")
    return _refuse("opted_out", "This contact opted out of messages.")


def opt_out_is_settled(facts: Facts) -> GateDecision | None:
    """While nobody has decided whether the contact opted out, automatic messages wait (S4-13)."""
    if facts.personal or not facts.looks_opted_out or facts.sender_kind is _ANSWERS_KEYWORDS:
        return None
    return GateDecision(
        kind=GateKind.HOLD,
        code="looks_opted_out",
        sentence="The contact may have opted out; a person must decide first.",
    )


def time_is_allowed(facts: Facts) -> GateDecision | None:
    """Automatic messages leave in allowed hours only. Outside of them they wait for a person, who moves them: nothing
    is put off silently (S5-17)."""
    if facts.personal or not facts.limit.closed:
        return None
    return GateDecision(
        kind=GateKind.HOLD, code=OUTSIDE_HOURS, sentence=facts.limit.closed, hint="Move it to the next allowed time."
    )


def channel_is_of_team(facts: Facts) -> GateDecision | None:
    """What is sent for a team leaves by its channels. Somebody who can be reached by no other one is still answered,
    once a person agreed."""
    if not facts.limit.foreign:
        return None
    sentence = f"The team {facts.limit.foreign} does not send by this channel."
    if facts.personal or facts.sender_kind in _CONFIRMED_BEFORE:
        return _confirm(TEAM_CHANNEL, sentence, "Choose another one, or send nevertheless.")
    return _refuse(TEAM_CHANNEL, sentence, "Choose one of its channels.")


def terms_are_allowed(facts: Facts) -> GateDecision | None:
    """No blocked word or link leaves, unless an administrator allowed this text (S5-24)."""
    if not facts.limit.terms:
        return None
    named = ", ".join(f"“{term}”" for term in facts.limit.terms[:_MOST_NAMED])
    return _refuse(
        BLOCKED_TERM,
        f"The text contains what your office blocked: {named}.",
        "Say it in other words, or ask an administrator to allow it.",
    )


def may_begin(facts: Facts) -> GateDecision | None:
    """Some channels only answer."""
    if facts.capabilities is None or facts.capabilities.can_start or facts.has_inbound:
        return None
    return _refuse("cannot_start", "On this channel the contact must write first.", "Choose another channel.")


def window_is_open(facts: Facts) -> GateDecision | None:
    """Some channels promise delivery only for so long after the contact wrote (S2-31)."""
    if facts.capabilities is None or facts.capabilities.window_hours is None:
        return None
    if facts.window_ends_at is not None and facts.now < facts.window_ends_at:
        return None
    sentence = "The time in which this channel delivers free answers is over."
    if facts.personal or facts.sender_kind in _CONFIRMED_BEFORE:
        return _confirm("outside_window", sentence, "It may not arrive, and receipts are not promised.")
    return _refuse("outside_window", sentence)


def no_loop(facts: Facts) -> GateDecision | None:
    """Two machines that answer each other are stopped."""
    if facts.identical < LOOP_LIMIT:
        return None
    return _refuse(
        "loop",
        f"The same text went to this contact {LOOP_LIMIT} times in 5 minutes.",
        "Wait a little, or write something else.",
    )


QUEUE_RULES: Final[tuple[Rule, ...]] = (
    channel_works,
    channel_reaches,
    channel_is_of_team,
    has_content,
    text_is_storable,
    variables_are_resolved,
    text_fits,
    files_are_carried,
    contact_is_welcome,
    address_is_open,
    consent_is_given,
    opt_out_is_settled,
    terms_are_allowed,
    time_is_allowed,
    may_begin,
    window_is_open,
    no_loop,
)
#: What can change while a message waits. A channel out of order only delays it, so that is not asked here.
START_RULES: Final[tuple[Rule, ...]] = (
    contact_is_welcome,
    address_is_open,
    consent_is_given,
    opt_out_is_settled,
    terms_are_allowed,
    time_is_allowed,
)

#: The whole office sends nothing for now; what waits goes on waiting (S1-25).
PAUSED: Final = GateDecision(
    kind=GateKind.HOLD,
    code=SENDING_PAUSED,
    sentence="Sending is paused for the whole office.",
    hint="An administrator can resume it in the settings.",
)

_UNSTORABLE: Final = re.compile("[\\x00\\ud800-\\udfff]")
_STRENGTH: Final = {GateKind.GO: 0, GateKind.CONFIRM: 1, GateKind.HOLD: 2, GateKind.REFUSE: 3}


def capabilities_of(channel: Channel) -> Capabilities:
    """What a channel of this kind and settings can do."""
    return provider_class(channel.kind).capabilities_of(channel.settings)


class Gate:
    """Answers what may leave. ``paused`` says whether the whole office sends nothing for now."""

    def __init__(
        self,
        *,
        queue_rules: Iterable[Rule] = QUEUE_RULES,
        start_rules: Iterable[Rule] = START_RULES,
        paused: Callable[[], bool] = lambda: False,
    ) -> None:
        def nothing_is_paused(_facts: Facts) -> GateDecision | None:
            return PAUSED if paused() else None

        self._queue_rules = (*queue_rules, nothing_is_paused)
        self._start_rules = (*start_rules, nothing_is_paused)

    def check(self, facts: Facts) -> GateDecision:
        """Decide about a message that somebody wants to queue."""
        return _strongest(self._queue_rules, facts)

    def check_again(self, delivery: Delivery, *, now: datetime, limit: Limit = NO_LIMIT) -> GateDecision:
        """Decide about a message that is about to leave."""
        facts = Facts(
            now=now,
            sender_kind=delivery.sender_kind,
            channel=None,
            capabilities=None,
            scheme=delivery.scheme,
            text=delivery.text,
            opt_in=delivery.opt_in,
            carrier_blocked=delivery.carrier_blocked,
            contact_blocked=delivery.contact_blocked,
            looks_opted_out=delivery.looks_opted_out,
            window_ends_at=delivery.window_ends_at,
            has_inbound=delivery.has_inbound,
            limit=limit,
            confirmed=delivery.entry.confirmed,
        )
        return _strongest(self._start_rules, facts)


def _strongest(rules: Iterable[Rule], facts: Facts) -> GateDecision:
    answer = GO
    for rule in rules:
        decision = rule(facts)
        if decision is None or (decision.kind is GateKind.CONFIRM and decision.code in facts.confirmed):
            continue
        if _STRENGTH[decision.kind] > _STRENGTH[answer.kind]:
            answer = decision
    return answer
