"""Merges of contacts, with what is needed to part them exactly.

Rows that belong to a person are kept as images (see ``images``); what was said is moved and its ids are noted. The
merged contact's own row stays, hidden, so that its id never comes again and its consent ledger keeps its subject.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Table, delete, insert, select, update

from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.events import BulkChanged, ContactChanged, ConversationChanged
from desktop_inbox.models import images, schema
from desktop_inbox.models.conversation_columns import combined, recompute
from desktop_inbox.models.entities.campaign import EnrollmentState
from desktop_inbox.models.entities.contact import ConsentStage, OptIn
from desktop_inbox.models.entities.ids import ContactId, ConversationId, EntryId, UserId, first_entry_id
from desktop_inbox.models.entities.merge import Merge, MergeId
from desktop_inbox.models.search_moves import move_messages

from .base import AnyRow, Repository
from .conflicts import insert_into, or_nothing
from .contacts import keys_of

_M, _C = schema.contact_merges.c, schema.contacts.c
_AT_ONCE: Final = 500
_MANY: Final = 200  # entries from which on lists are read again
_SAID: Final = (schema.messages, schema.conversation_events, schema.calls, schema.comments)
_OF_PERSON: Final = (
    schema.contact_addresses,
    schema.contact_tags,
    schema.contact_list_members,
    schema.contact_field_values,
)
_FILLED: Final = ("company", "country", "language", "zone")


class MergeRepository(Repository):
    """Makes two contacts one, and one two again."""

    def get(self, merge_id: MergeId) -> Merge | None:
        """The merge, or None."""
        row = self._connection.execute(select(schema.contact_merges).where(_M.id == merge_id)).first()
        return None if row is None else _to_merge(row)

    def into(self, contact_id: ContactId) -> tuple[Merge, ...]:
        """Merges into a contact that are in force, the last first."""
        query = select(schema.contact_merges).where(_M.kept_id == contact_id, _M.undone_at.is_(None))
        return tuple(_to_merge(row) for row in self._connection.execute(query.order_by(_M.id.desc())))

    def ids_of(self, contact_id: ContactId) -> list[ContactId]:
        """A contact and all that were merged into it, directly or not."""
        found = [contact_id]
        for key in found:
            query = select(_C.id).where(_C.merged_into_id == key)
            found += [ContactId(one) for one in self._connection.execute(query).scalars() if one not in found]
        return found

    def living(self, contact_ids: Sequence[ContactId]) -> list[ContactId]:
        """Those who exist and were not merged into somebody else."""
        known: set[int] = set()
        for begin in range(0, len(contact_ids), _AT_ONCE):
            part = list(contact_ids[begin : begin + _AT_ONCE])
            query = select(_C.id).where(_C.id.in_(part), _C.merged_into_id.is_(None))
            known.update(self._connection.execute(query).scalars())
        return [key for key in contact_ids if key in known]

    def is_merged(self, contact_id: ContactId) -> bool:
        """Whether a contact turned out to be another one."""
        return self._connection.execute(select(_C.merged_into_id).where(_C.id == contact_id)).scalar() is not None

    def part(self, one: ContactId, other: ContactId) -> None:
        """Remember that two contacts are two people."""
        pair = {"one_id": min(one, other), "other_id": max(one, other)}
        self._connection.execute(
            or_nothing(insert_into(self._connection, schema.contact_distinct), "one_id", "other_id").values(pair)
        )

    def forget(self, contact_id: ContactId) -> None:
        """Remove what is kept of those merged into a contact that is deleted for good; consent lines stay."""
        gone = self.ids_of(contact_id)
        here = _M.kept_id.in_(gone) | _M.merged_id.in_(gone)
        self._connection.execute(delete(schema.contact_merges).where(here))
        self._connection.execute(delete(schema.contacts).where(_C.id.in_(gone[1:])))

    def merge(self, kept_id: ContactId, merged_id: ContactId, *, user_id: UserId, reason: str) -> MergeId:
        """Give everything of ``merged_id`` to ``kept_id``. What they had of it already stays; an opt-out wins."""
        kept_talk = self._work.conversations.of_contact(kept_id)
        merged_talk = self._work.conversations.of_contact(merged_id)
        self._check_in_flight(kept_talk, merged_talk)
        self._work.search.flush()
        before = self._images(kept_id, merged_id, kept_talk, merged_talk)
        said = {table.name: self._said_in(table, merged_talk) for table in _SAID}
        self._move(said["messages"], merged_talk, kept_talk, kept_id)
        for table in _SAID[1:]:
            self._connection.execute(
                update(table).where(table.c.conversation_id == merged_talk).values(conversation_id=kept_talk)
            )
        self._connection.execute(
            update(schema.calls).where(schema.calls.c.contact_id == merged_id).values(contact_id=kept_id)
        )
        self._merge_drafts(kept_talk, merged_talk)
        self._send_later_in(kept_talk, merged_talk)
        self._merge_people(kept_id, merged_id)
        self._merge_reminded(kept_id, merged_id)
        self._stop_campaigns(kept_id)
        columns = combined(self._work, kept_talk, merged_talk)
        self._connection.execute(delete(schema.conversations).where(schema.conversations.c.id == merged_talk))
        self._work.conversations.change(kept_talk, **columns)
        self._work.conversations.change(kept_talk, unread_count=self._work.conversations.count_unread(kept_talk))
        after = self._images(kept_id, merged_id, kept_talk, merged_talk)
        rows = [change.json() for table in before for change in images.difference(table, before[table], after[table])]
        values = {
            "kept_id": kept_id,
            "merged_id": merged_id,
            "at": self._work.now(),
            "user_id": user_id,
            "reason": reason,
            "image": {
                "rows": rows,
                "said": said,
                "talks": [kept_talk, merged_talk],
                "consent": self._work.consent.last_line(kept_id),
            },
        }
        statement = insert(schema.contact_merges).values(**values).returning(_M.id)
        key = MergeId(self._connection.execute(statement).scalar_one())
        self._work.search.index_contact(kept_id)
        self._work.search.remove_contact(merged_id)
        self._tell(kept_id, merged_id, [kept_talk, merged_talk], len(said["messages"]))
        return key

    def unmerge(self, merge_id: MergeId) -> tuple[Merge, ConversationId, ConversationId]:
        """Make two of one again; returns the merge and the conversations of both, the kept one's first.

        What arrived since goes to whose address it came from. Raises NotFoundError, or InvalidInputError where a later
        merge stands in the way.
        """
        row = self._connection.execute(select(schema.contact_merges).where(_M.id == merge_id).with_for_update()).first()
        if row is None or row.undone_at is not None:
            raise NotFoundError("merge_missing", "This merge was undone already, or the contact is gone.")
        kept_id, merged_id = ContactId(row.kept_id), ContactId(row.merged_id)
        self._check_unmerge(kept_id, merged_id)
        self._work.search.flush()
        changes = [images.Change.of(one) for one in row.image["rows"]]
        kept_talk = self._work.conversations.of_contact(kept_id)
        asked = self._asked_since(kept_id, changes)
        outcome = images.restore(self._connection, changes)
        merged_talk = self._work.conversations.of_contact(merged_id)
        self._connection.execute(update(schema.contacts).where(_C.id == merged_id).values(merged_into_id=None))
        said = row.image["said"]
        late = self._late(kept_talk, merged_id, said["messages"])
        self._move([*said["messages"], *late], kept_talk, merged_talk, merged_id)
        for table in _SAID[1:]:
            self._move_entries(table, said[table.name], kept_talk, merged_talk)
        self._own_calls(said["calls"], merged_id)
        self._send_later_in(merged_talk, kept_talk, to=merged_id)
        # What was said while they were one is not taken back with the merge, least of all a STOP.
        since = EntryId(row.image["consent"] + 1) if "consent" in row.image else first_entry_id(row.at)
        self._work.consent.pass_on(kept_id, merged_id, since=since)
        self._work.consent.hold_to([kept_id, merged_id], since=since)
        self._work.consent_first.catch_up([kept_id, merged_id])
        if asked:  # nobody knows whose words they were: both wait for a person
            self._ask_again([kept_id, merged_id])
        exact = {change.key[0] for change in outcome.restored if change.table == "conversations"}
        for talk in (kept_talk, merged_talk):
            if late or talk not in exact:
                recompute(self._work, talk)
        self._connection.execute(
            update(schema.contact_merges).where(_M.id == merge_id).values(undone_at=self._work.now())
        )
        self._work.search.index_contacts([kept_id, merged_id])
        self._tell(kept_id, merged_id, [kept_talk, merged_talk], len(said["messages"]))
        return _to_merge(row), kept_talk, merged_talk

    def _asked_since(self, kept_id: ContactId, changes: Sequence[images.Change]) -> bool:
        """Whether something that looks like an opt-out was heard while two were one, and nobody decided yet."""
        now = self._connection.execute(select(_C.looks_opted_out).where(_C.id == kept_id)).scalar()
        rows = [one.after for one in changes if one.table == "contacts" and one.key == (kept_id,)]
        return bool(now) and not any(row and row["looks_opted_out"] for row in rows)

    def _ask_again(self, ids: Sequence[ContactId]) -> None:
        still = (_C.id.in_(ids), _C.opt_in == OptIn.OPTED_IN)
        self._connection.execute(update(schema.contacts).where(*still).values(looks_opted_out=True))

    def _stop_campaigns(self, kept_id: ContactId) -> None:
        """An opt-out of either ends the campaigns of both."""
        query = select(_C.id).where(_C.id == kept_id, _C.opt_in == OptIn.OPTED_OUT)
        stopped = [ContactId(key) for key in self._connection.execute(query).scalars()]
        self._work.enrollments.stop(stopped, EnrollmentState.OPTED_OUT, cause="opted_out")

    # -- people

    def _merge_people(self, kept_id: ContactId, merged_id: ContactId) -> None:
        query = select(schema.contacts).where(_C.id.in_([kept_id, merged_id]))
        rows = {row.id: row for row in self._connection.execute(query)}
        self._merge_rows(kept_id, merged_id)
        values = _merged_columns(rows[kept_id], rows[merged_id])
        if values:
            self._connection.execute(update(schema.contacts).where(_C.id == kept_id).values(**values))
        self._connection.execute(update(schema.contacts).where(_C.id == merged_id).values(merged_into_id=kept_id))

    def _merge_rows(self, kept_id: ContactId, merged_id: ContactId) -> None:
        a = schema.contact_addresses.c
        priorities = self._connection.execute(select(a.priority).where(a.contact_id == kept_id)).scalars().all()
        self._connection.execute(
            update(schema.contact_addresses)
            .where(a.contact_id == merged_id)
            .values(contact_id=kept_id, priority=a.priority + max(priorities, default=-1) + 1)
        )
        for table in _OF_PERSON[1:]:
            other = next(column.name for column in table.primary_key if column.name != "contact_id")
            here = select(table.c[other]).where(table.c.contact_id == kept_id)
            known = list(self._connection.execute(here).scalars())
            mine = table.c.contact_id == merged_id
            self._connection.execute(delete(table).where(mine, table.c[other].in_(known)))
            self._connection.execute(update(table).where(mine).values(contact_id=kept_id))

    def _merge_reminded(self, kept_id: ContactId, merged_id: ContactId) -> None:
        """With a date goes what was sent for it, so that nobody is reminded twice."""
        r = schema.reminder_runs.c
        known = {(row.reminder_id, row.nominal_local) for row in self._reminded(kept_id)}
        for row in self._reminded(merged_id):
            here = (r.contact_id == merged_id) & (r.reminder_id == row.reminder_id)
            here &= r.nominal_local == row.nominal_local
            if (row.reminder_id, row.nominal_local) in known:
                self._connection.execute(delete(schema.reminder_runs).where(here))
            else:
                self._connection.execute(update(schema.reminder_runs).where(here).values(contact_id=kept_id))

    def _reminded(self, contact_id: ContactId) -> Sequence[AnyRow]:
        r = schema.reminder_runs.c
        return self._connection.execute(select(r.reminder_id, r.nominal_local).where(r.contact_id == contact_id)).all()

    def _merge_drafts(self, kept_talk: ConversationId, merged_talk: ConversationId) -> None:
        """Nothing that somebody typed is lost: of two drafts one becomes the end of the other."""
        d = schema.drafts.c
        for row in self._connection.execute(select(schema.drafts).where(d.conversation_id == merged_talk)).all():
            mine = (d.conversation_id == kept_talk) & (d.user_id == row.user_id)
            known = self._connection.execute(select(schema.drafts).where(mine)).first()
            if known is not None:
                joined = {
                    name: "\n".join(part for part in (getattr(known, name), getattr(row, name)) if part)
                    for name in ("text", "comment")
                }
                self._connection.execute(update(schema.drafts).where(mine).values(**joined))
                gone = (d.conversation_id == merged_talk) & (d.user_id == row.user_id)
                self._connection.execute(delete(schema.drafts).where(gone))
        self._connection.execute(
            update(schema.drafts).where(d.conversation_id == merged_talk).values(conversation_id=kept_talk)
        )

    def _send_later_in(self, talk: ConversationId, before: ConversationId, *, to: ContactId | None = None) -> None:
        """Replies that are to be sent later, all or those to a contact's addresses, belong to a conversation now."""
        s, a = schema.schedules.c, schema.contact_addresses.c
        here = s.conversation_id == before
        if to is not None:
            here &= s.address_id.in_(select(a.id).where(a.contact_id == to))
        self._connection.execute(update(schema.schedules).where(here).values(conversation_id=talk))

    # -- what was said

    def _said_in(self, table: Table, talk: ConversationId) -> list[int]:
        query = select(table.c.id).where(table.c.conversation_id == talk).order_by(table.c.id)
        return list(self._connection.execute(query).scalars())

    def _late(self, talk: ConversationId, owner: ContactId, known: Sequence[int]) -> list[int]:
        """Messages that came to or from the owner's addresses since the merge."""
        m, a = schema.messages.c, schema.contact_addresses.c
        addresses = select(a.id).where(a.contact_id == owner)
        query = select(m.id).where(m.conversation_id == talk, m.address_id.in_(addresses)).order_by(m.id)
        noted = set(known)
        return [key for key in self._connection.execute(query).scalars() if key not in noted]

    def _move(self, ids: Sequence[int], source: ConversationId, target: ConversationId, owner: ContactId) -> None:
        """Move messages with what is on its way, and find them in their new conversation."""
        m, o = schema.messages.c, schema.outbox.c
        for chunk in _chunks(ids):
            here = m.id.in_(chunk) & (m.conversation_id == source)
            rows = self._connection.execute(select(m.id, m.text).where(here).order_by(m.id)).all()
            move_messages(self._work, [(row.id, row.text) for row in rows], source, target)
            values = {"conversation_id": target, "contact_id": owner}
            self._connection.execute(update(schema.messages).where(here).values(**values))
            self._connection.execute(update(schema.outbox).where(o.message_id.in_(chunk)).values(**values))

    def _move_entries(self, table: Table, ids: Sequence[int], source: ConversationId, target: ConversationId) -> None:
        for chunk in _chunks(ids):
            here = table.c.id.in_(chunk) & (table.c.conversation_id == source)
            self._connection.execute(update(table).where(here).values(conversation_id=target))

    def _own_calls(self, ids: Sequence[int], owner: ContactId) -> None:
        for chunk in _chunks(ids):
            self._connection.execute(update(schema.calls).where(schema.calls.c.id.in_(chunk)).values(contact_id=owner))

    # -- rules and news

    def _check_in_flight(self, *talks: ConversationId) -> None:
        o = schema.outbox.c
        query = select(o.conversation_id).where(o.conversation_id.in_(talks), o.state.in_(("claimed", "sending")))
        if len(set(self._connection.execute(query).scalars())) > 1:
            raise InvalidInputError(
                "merge_busy", "Messages to both contacts are leaving right now.", hint="Try again in a moment."
            )

    def _check_unmerge(self, kept_id: ContactId, merged_id: ContactId) -> None:
        query = select(_C.id, _C.merged_into_id).where(_C.id.in_([kept_id, merged_id]))
        into = {row.id: row.merged_into_id for row in self._connection.execute(query)}
        if kept_id not in into or merged_id not in into:
            raise NotFoundError("merge_missing", "This merge was undone already, or the contact is gone.")
        if into[kept_id] is not None:
            raise InvalidInputError(
                "merge_later", "The contact was merged into another one since.", hint="Undo the later merge first."
            )

    def _images(self, kept_id: ContactId, merged_id: ContactId, *talks: ConversationId) -> dict[Table, Any]:
        people = [kept_id, merged_id]
        found = {schema.contacts: images.read(self._connection, schema.contacts, {"id": people})}
        for table in (*_OF_PERSON, schema.reminder_runs):
            found[table] = images.read(self._connection, table, {"contact_id": people})
        found[schema.conversations] = images.read(self._connection, schema.conversations, {"id": talks})
        for table in (schema.drafts, schema.schedules):
            found[table] = images.read(self._connection, table, {"conversation_id": talks})
        return found

    def _tell(self, kept_id: ContactId, merged_id: ContactId, talks: Sequence[ConversationId], messages: int) -> None:
        if messages > _MANY:
            self._work.announce(BulkChanged())
        for contact_id in (kept_id, merged_id):
            self._work.announce(ContactChanged(contact_id=contact_id))
        for talk in talks:
            self._work.announce(ConversationChanged(conversation_id=talk))


def _merged_columns(kept: AnyRow, merged: AnyRow) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(merged, name) for name in _FILLED if not getattr(kept, name)}
    if not kept.first_name and not kept.last_name:
        values |= {"first_name": merged.first_name, "last_name": merged.last_name}
    if merged.opt_in == OptIn.OPTED_OUT and kept.opt_in != OptIn.OPTED_OUT:
        names = ("opt_in", "opt_in_changed_at", "opt_in_method")
        values |= {name: getattr(merged, name) for name in names}
    if kept.consent == ConsentStage.NOT_SENT:
        values |= {name: getattr(merged, name) for name in ("consent", "consent_sent_at", "consent_message_id")}
    values["looks_opted_out"] = kept.looks_opted_out or merged.looks_opted_out
    values["blocked"] = kept.blocked or merged.blocked
    return values | keys_of({**kept._mapping, **values})


def conflicts(work: Any, kept_id: ContactId, merged_id: ContactId) -> Mapping[str, str]:
    """Return what the merged contact says otherwise than the kept one, by the name of the field."""
    contacts = {one.id: one for one in work.contacts.many([kept_id, merged_id])}
    kept, merged = contacts[kept_id], contacts[merged_id]
    found = {
        name: str(getattr(merged, name))
        for name in ("name", *_FILLED)
        if getattr(kept, name) and getattr(merged, name) and getattr(kept, name) != getattr(merged, name)
    }
    values = work.custom_fields.values_of([kept_id, merged_id])
    for one in work.custom_fields.all():
        mine, theirs = (values.get(key, {}).get(one.id, "") for key in (kept_id, merged_id))
        if mine and theirs and mine != theirs:
            found[one.name] = theirs
    return found


def _chunks(values: Sequence[int]) -> Iterator[Sequence[int]]:
    for begin in range(0, len(values), _AT_ONCE):
        yield values[begin : begin + _AT_ONCE]


def _to_merge(row: AnyRow) -> Merge:
    return Merge(
        id=MergeId(row.id),
        kept_id=ContactId(row.kept_id),
        merged_id=ContactId(row.merged_id),
        at=row.at,
        user_id=UserId(row.user_id),
        reason=row.reason,
        undone_at=row.undone_at,
    )
