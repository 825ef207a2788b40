"""StateChanges: the rules of a conversation's state, inside one transaction (S2-66 to S2-69).

Whoever changes a state comes through here: a person, the arrival of a message, a reply, a timer. Every change is an
event in the timeline with its actor and its cause; what is so already changes nothing and is not told.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from desktop_inbox.errors import InvalidInputError
from desktop_inbox.models.entities.conversation import ConversationStatus, Priority
from desktop_inbox.models.entities.ids import ConversationId, EntryId, UserId
from desktop_inbox.models.entities.timeline import ActorKind
from desktop_inbox.models.repositories.states import State
from desktop_inbox.models.work import Work

from .settings import ASSIGN_ON_REPLY

_LONGEST_SNOOZE: Final = timedelta(days=5 * 366)
_NAMES: Final = {
    Priority.NONE: "none",
    Priority.LOW: "low",
    Priority.MEDIUM: "medium",
    Priority.HIGH: "high",
    Priority.URGENT: "urgent",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who changes something."""

    kind: ActorKind
    id: UserId | None = None
    name: str = ""


TIMER: Final = Actor(kind=ActorKind.SYSTEM)
AUTOMATION: Final = Actor(kind=ActorKind.AUTOMATION)


def person(work: Work, user_id: UserId) -> Actor:
    """Return a user as an actor."""
    user = work.users.get(user_id)
    return Actor(kind=ActorKind.USER, id=user_id, name=user.name if user else "")


def check_snooze(until: datetime | None, now: datetime) -> None:
    """Raise InvalidInputError for a moment that is no time to come back."""
    if until is None:
        return
    if until <= now:
        raise InvalidInputError("snooze_past", "This moment is over.", hint="Choose one that lies ahead.")
    if until > now + _LONGEST_SNOOZE:
        raise InvalidInputError("snooze_far", "This is more than five years ahead.", hint="Choose an earlier moment.")


class StateChanges:
    """What one actor changes; every method returns how many conversations it changed."""

    def __init__(self, work: Work, actor: Actor) -> None:
        self._work = work
        self._actor = actor
        self.failure = ""  # why nobody could be assigned: "missing" or "inactive"

    # -- who has it

    def assign(self, ids: Sequence[ConversationId], user_id: UserId | None, *, cause: str = "") -> int:
        """Give conversations to a user, or to nobody. A user who cannot have any leaves them as they are, and an
        event that says so (S2-38)."""
        if user_id is None:
            return self._unassign(self._work.states.lock(ids), cause)
        user = self._work.users.get(user_id)
        states = [state for state in self._work.states.lock(ids) if state.assignee_id != user_id]
        if user is None or not user.active:
            self.failure = "missing" if user is None else "inactive"
            named = {"user": user.name} if user else {}
            self._tell(states, "assign_failed", lambda _state: {**named, "reason": self.failure})
            return 0
        name = user.name
        self._work.states.set(_ids(states), assignee_id=user_id)
        self._tell(
            states,
            "assigned",
            lambda state: _given(user=name, user_id=str(user_id), before=state.assignee_name, cause=cause),
        )
        return len(states)

    def _unassign(self, states: Sequence[State], cause: str) -> int:
        held = [state for state in states if state.assignee_id is not None]
        self._work.states.set(_ids(held), assignee_id=None)
        self._tell(held, "unassigned", lambda state: _given(user=state.assignee_name, cause=cause))
        return len(held)

    # -- whether something is left to do

    def done(self, ids: Sequence[ConversationId]) -> int:
        """Nothing is left to do: nobody has it any more, and no snooze goes on (S2-69 c)."""
        states = self._work.states.lock(ids)
        pending = [state for state in states if state.status is ConversationStatus.PENDING]
        self._work.states.set(_ids(pending), status=ConversationStatus.DONE, returned_at=None)
        self._tell(pending, "marked_done")
        self._wake([state for state in states if state.snoozed_at], "done")
        changed = {state.id for state in pending} | {state.id for state in states if state.assignee_id is not None}
        self._unassign(states, "done")
        return len(changed)

    def pending(self, ids: Sequence[ConversationId], *, cause: str = "user") -> int:
        """Something is left to do."""
        done = [state for state in self._work.states.lock(ids) if state.status is ConversationStatus.DONE]
        self._work.states.set(_ids(done), status=ConversationStatus.PENDING)
        self._tell(done, "marked_pending", lambda _state: {"cause": cause})
        return len(done)

    # -- later

    def snooze(self, ids: Sequence[ConversationId], until: datetime | None) -> int:
        """Hide conversations until a moment, or (None) until the contact writes. What was done is to be done then.

        Raises InvalidInputError for a moment that is over or years away.
        """
        now = self._work.now()
        check_snooze(until, now)
        states = [
            state
            for state in self._work.states.lock(ids)
            if state.snoozed_at is None or state.snoozed_until != until or state.status is ConversationStatus.DONE
        ]
        self.pending(_ids(states), cause="snooze")
        self._work.states.set(_ids(states), snoozed_at=now, snoozed_until=until, returned_at=None)
        moment = "answer" if until is None else until.isoformat()
        self._tell(states, "snoozed", lambda _state: {"until": moment})
        return len(states)

    def unsnooze(self, ids: Sequence[ConversationId], *, cause: str = "user") -> int:
        """Show conversations again before their time."""
        return self._wake([state for state in self._work.states.lock(ids) if state.snoozed_at], cause)

    def end_snoozes(self, at: datetime, *, limit: int = 500) -> int:
        """Bring back what was snoozed until ``at`` or earlier: to the top of the list, marked as returned."""
        due = self._work.states.snooze_due(at, limit=limit)
        # Another desktop may have brought some back while this one waited for the rows.
        states = [
            state
            for state in self._work.states.lock(due)
            if state.snoozed_until is not None and state.snoozed_until <= at
        ]
        self._work.states.set(_ids(states), snoozed_at=None, snoozed_until=None, returned_at=self._work.now())
        places = self._tell(states, "unsnoozed", lambda _state: {"cause": "timer"})
        self._work.states.bring_up(_ids(states), places)
        return len(states)

    def _wake(self, states: Sequence[State], cause: str) -> int:
        self._work.states.set(_ids(states), snoozed_at=None, snoozed_until=None)
        self._tell(states, "unsnoozed", lambda _state: {"cause": cause})
        return len(states)

    # -- where it lies

    def pin(self, ids: Sequence[ConversationId], *, pinned: bool) -> int:
        """Keep conversations above all others, or no longer."""
        states = [state for state in self._work.states.lock(ids) if state.pinned is not pinned]
        self._work.states.set_pinned(_ids(states), pinned=pinned)
        self._tell(states, "pinned" if pinned else "unpinned")
        return len(states)

    def prioritise(self, ids: Sequence[ConversationId], priority: Priority) -> int:
        """Say how urgent conversations are."""
        states = [state for state in self._work.states.lock(ids) if state.priority is not priority]
        self._work.states.set(_ids(states), priority=int(priority))
        self._tell(states, "priority_changed", lambda _state: {"priority": _NAMES[priority]})
        return len(states)

    def archive(self, ids: Sequence[ConversationId]) -> int:
        """Hide conversations until something new is said in them (S4-30)."""
        states = [state for state in self._work.states.lock(ids) if state.archived_at is None]
        self._work.states.set(_ids(states), archived_at=self._work.now())
        self._tell(states, "archived")
        return len(states)

    def restore(self, ids: Sequence[ConversationId], *, cause: str = "user") -> int:
        """Show archived conversations again."""
        states = [state for state in self._work.states.lock(ids) if state.archived_at is not None]
        self._work.states.set(_ids(states), archived_at=None)
        self._tell(states, "restored", lambda _state: {"cause": cause})
        return len(states)

    def tell_restored(self, states: Sequence[State]) -> None:
        """A message of ours has brought archived conversations back."""
        self._tell(states, "restored", lambda _state: {"cause": "outbound"})

    def mark_unread(self, ids: Sequence[ConversationId]) -> int:
        """The last thing each contact said counts as unread again."""
        states = [state for state in self._work.states.lock(ids) if state.has_inbound and not state.unread_count]
        for state in states:
            self._work.conversations.mark_unread(state.id)
        self._work.states.announce(_ids(states))
        return len(states)

    def mark_read(self, ids: Sequence[ConversationId]) -> int:
        """Everything said so far is read, for the whole office."""
        states = [state for state in self._work.states.lock(ids) if state.unread_count]
        for state in states:
            self._work.conversations.mark_read(state.id)
        self._work.states.announce(_ids(states))
        return len(states)

    # -- the contact

    def block(self, ids: Sequence[ConversationId], *, blocked: bool) -> int:
        """Refuse to hear from contacts, or hear from them again."""
        states = self._work.states.lock(ids)
        people = {contact.id: contact for contact in self._work.contacts.many([state.contact_id for state in states])}
        other = [state for state in states if people[state.contact_id].blocked is not blocked]
        for state in other:
            self._work.contacts.change(state.contact_id, blocked=blocked)
        self._work.states.announce(_ids(other))
        self._tell(other, "blocked" if blocked else "unblocked")
        return len(other)

    def _tell(
        self, states: Sequence[State], kind: str, details: Callable[[State], dict[str, str]] = lambda _state: {}
    ) -> list[EntryId]:
        """Append an event to each; returns them in the order of ``states``."""
        groups: dict[tuple[tuple[str, str], ...], list[ConversationId]] = defaultdict(list)
        for state in states:
            groups[tuple(details(state).items())].append(state.id)
        keys: dict[ConversationId, EntryId] = {}
        for said, ids in groups.items():
            added = self._work.timeline.add_events(
                ids,
                kind,
                actor_kind=self._actor.kind,
                actor_id=self._actor.id,
                actor_name=self._actor.name,
                details=dict(said),
            )
            keys |= dict(zip(ids, added, strict=True))
        return [keys[state.id] for state in states]


def _ids(states: Sequence[State]) -> list[ConversationId]:
    return [state.id for state in states]


def _given(**details: str) -> dict[str, str]:
    return {name: value for name, value in details.items() if value}


def answered(work: Work, states: Sequence[State], repliers: Mapping[ConversationId, UserId]) -> None:
    """Take over what is answered: somebody whom nobody has belongs to the replier from now on (S2-69 b).

    ``states`` are as they were before the reply, which has brought back what was archived.
    """
    if not states:
        return
    takes_over = work.settings.get(ASSIGN_ON_REPLY.key) is not False
    work.states.set(_ids([state for state in states if state.returned_at]), returned_at=None)
    for user_id in sorted(set(repliers.values())):
        changes = StateChanges(work, person(work, user_id))
        mine = [state for state in states if repliers[state.id] == user_id]
        changes.tell_restored([state for state in mine if state.archived_at])
        if takes_over:
            free = [state for state in mine if state.assignee_id is None and state.status is ConversationStatus.PENDING]
            changes.assign(_ids(free), user_id, cause="reply")
