"""UndoService: everything a user did inside the office can be taken back, in any order (D-20)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from desktop_inbox.errors import InvalidInputError, NotFoundError, PermissionDeniedError
from desktop_inbox.events import (
    CampaignsChanged,
    ContactChanged,
    ConversationChanged,
    Event,
    FieldsChanged,
    LabelsChanged,
    RemindersChanged,
    ScheduleChanged,
    SegmentsChanged,
    SettingChanged,
    SnippetsChanged,
    StepUndone,
    TagsChanged,
    TeamsChanged,
    TermsChanged,
    TimelineEntryAdded,
    UsersChanged,
)
from desktop_inbox.models import images
from desktop_inbox.models.entities.ids import ContactId, ConversationId, UndoStepId, UserId
from desktop_inbox.models.entities.timeline import ActorKind
from desktop_inbox.models.entities.undo import Undone, UndoStep
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from .rights import need_administrator

#: Takes back a kind of step in a way of its own, from the step's note: (restored, changed since).
Reversal = Callable[[Work, Mapping[str, Any]], tuple[int, int]]

_MANY = 50  # conversations from which on lists are read again instead of row by row
#: What else to tell when rows of a table are restored.
_TOLD: Mapping[str, Event] = {
    "tags": TagsChanged(),
    "contact_lists": TagsChanged(),
    "custom_fields": FieldsChanged(),
    "users": UsersChanged(),
    "segments": SegmentsChanged(),
    "labels": LabelsChanged(),
    "message_labels": LabelsChanged(),
    "teams": TeamsChanged(),
    "team_channels": TeamsChanged(),
    "holidays": TeamsChanged(),
    "blocked_terms": TermsChanged(),
    "snippets": SnippetsChanged(),
    "snippet_folders": SnippetsChanged(),
    "campaigns": CampaignsChanged(),
    "campaign_steps": CampaignsChanged(),
    "reminders": RemindersChanged(),
    "schedules": ScheduleChanged(),
}
#: Only administrators change them, also back.
_GUARDED = frozenset({"users", "teams", "team_channels", "holidays", "blocked_terms", "settings"})
_INDEXED = frozenset({"contacts", "contact_addresses"})


class UndoService:
    """The history of one user. What somebody changed since is left as it is, and counted."""

    def __init__(self, store: Store, *, user_id: UserId, reversals: Mapping[str, Reversal] | None = None) -> None:
        self._store = store
        self._user_id = user_id
        self._reversals = dict(reversals or {})

    async def history(self, *, limit: int = 100) -> tuple[UndoStep, ...]:
        """Return what the user did, the last thing first."""
        return await self._store.read(lambda work: work.undo.history(self._user_id, limit=limit))

    async def step(self, step_id: UndoStepId) -> UndoStep:
        """Return one of the user's steps. Raises NotFoundError for one that is too old."""
        return await self._store.read(lambda work: self._mine(work, step_id))

    async def undo_last(self) -> Undone | None:
        """Take back the last thing that was not; None when there is nothing."""
        step = await self._store.read(lambda work: work.undo.last(self._user_id))
        return None if step is None else await self.undo(step.id)

    async def undo(self, step_id: UndoStepId) -> Undone:
        """Take back one step, whatever was done after it.

        Raises NotFoundError for one that is too old, InvalidInputError for one that was taken back already.
        """
        parts = await self._store.read(lambda work: self._parts(work, step_id))
        restored = changed = 0
        for part in parts:
            more, left = await self._store.run(lambda work, part=part: self._undo_part(work, step_id, part))  # type: ignore[misc]
            restored, changed = restored + more, changed + left
        step = await self._store.run(lambda work: self._finish(work, step_id))
        return Undone(step=step, restored=restored, changed_since=changed)

    def _parts(self, work: Work, step_id: UndoStepId) -> tuple[UndoStepId, ...]:
        self._mine(work, step_id)
        parts = work.undo.parts(step_id)
        if not parts:
            raise InvalidInputError("undo_done", "This was undone already.")
        return parts

    def _mine(self, work: Work, step_id: UndoStepId) -> UndoStep:
        step = work.undo.get(step_id)
        if step is None:
            raise NotFoundError(
                "undo_missing", "This is too long ago to be undone.", hint="Change it by hand where it matters."
            )
        if step.user_id != self._user_id:
            raise PermissionDeniedError("undo_foreign", "Only the person who did this can undo it.")
        return step

    def _finish(self, work: Work, step_id: UndoStepId) -> UndoStep:
        work.announce(StepUndone(step_id=step_id, user_id=self._user_id))
        return self._mine(work, step_id)

    def _undo_part(self, work: Work, step_id: UndoStepId, part: UndoStepId) -> tuple[int, int]:
        taken = work.undo.take(part)
        if taken is None:
            return 0, 0
        changes, note = taken
        kind = self._mine(work, step_id).kind
        if any(one.table in _GUARDED for one in changes) and kind != "user_renamed":
            need_administrator(work, self._user_id, "The rights of people and what may be sent can be changed back")
        outcome = _restore(work, changes)
        restored, changed = len(outcome.restored), outcome.changed_since
        if kind in self._reversals:
            more, left = self._reversals[kind](work, note)
            restored, changed = restored + more, changed + left
        self._tell(work, kind, outcome.restored)
        return restored, changed

    def _tell(self, work: Work, kind: str, restored: Sequence[images.Change]) -> None:
        """Write an event into each conversation, and let lists and panes know."""
        contacts = {ContactId(one.owners["contact_id"]) for one in restored if "contact_id" in one.owners}
        touched = {ConversationId(one.owners["conversation_id"]) for one in restored if "conversation_id" in one.owners}
        conversations = work.conversations.existing(sorted(touched), contact_ids=sorted(contacts))
        if len(conversations) >= _MANY:
            work.announce_in_bulk()
        user = work.users.get(self._user_id)
        work.timeline.add_events(
            conversations,
            "undone",
            actor_kind=ActorKind.USER,
            actor_id=self._user_id,
            actor_name=user.name if user else "",
            details={"kind": kind},
        )
        for contact_id in sorted(contacts):
            work.announce(ContactChanged(contact_id=contact_id))
        for conversation_id in conversations:
            work.announce(ConversationChanged(conversation_id=conversation_id))
        for one in restored:
            if one.table == "comments":
                work.announce(TimelineEntryAdded(entry_id=one.key[0], conversation_id=one.owners["conversation_id"]))
            elif one.table == "settings":
                work.announce(SettingChanged(key=str(one.key[1])))
            elif one.table in _TOLD:
                work.announce(_TOLD[one.table])


def _restore(work: Work, changes: Sequence[images.Change]) -> images.Outcome:
    """Restore rows, and the index of contacts with them."""
    unwanted = [one for one in changes if one.table == "contacts" and one.before is None]
    kept = images.outgrown(work.connection, changes, [one.key[0] for one in unwanted])
    kept |= {one.key[0] for one in unwanted if work.conversations.has_said(ContactId(one.key[0]))}
    retired = _retire(work, changes)
    possible = [one for one in changes if not kept or one.owners.get("contact_id") not in kept]
    possible = [one for one in possible if one not in retired]
    for one in unwanted:
        if one.key[0] not in kept:
            work.search.remove_contact(ContactId(one.key[0]))
    outcome = images.restore(work.connection, possible)
    outcome.restored += retired
    outcome.changed_since += len(changes) - len(possible) - len(retired)
    opted = [one for one in outcome.restored if one.table == "contacts" and "opt_in" in (one.before or {})]
    work.consent.hold_to([ContactId(one.key[0]) for one in opted])  # a STOP is nobody's to take back
    indexed = {one.owners["contact_id"] for one in changes if one.table in _INDEXED and "contact_id" in one.owners}
    for contact_id in sorted(indexed):
        work.search.index_contact(ContactId(contact_id))
    return outcome


def _retire(work: Work, changes: Sequence[images.Change]) -> list[images.Change]:
    """Take messages out of campaigns that were added and reached somebody since: their rows tell what was sent."""
    added = [one for one in changes if one.table == "campaign_steps" and one.before is None]
    still = images.unchanged(work.connection, added)
    used = work.campaigns.retire([one.key[0] for one in still])
    return [one for one in still if one.key[0] in used]
