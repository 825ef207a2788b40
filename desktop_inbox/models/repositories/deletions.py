"""Deleting conversations for good: texts, files, index and history; what proves a delivery has no content and stays."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from sqlalchemy import Text, delete, exists, func, select, text, type_coerce, update

from desktop_inbox.events import ContactChanged, MessageChanged, ScheduleChanged
from desktop_inbox.models.entities.ids import ContactId, ConversationId, EntryId
from desktop_inbox.models.schema import (
    attachments,
    batch_recipients,
    batches,
    campaign_steps,
    conversations,
    drafts,
    exchanges,
    inbound_events,
    messages,
    outbox,
    reminders,
    schedules,
    snippet_files,
)
from desktop_inbox.models.search_text import index_words

from .base import AnyRow, Repository
from .conflicts import insert_into, or_nothing
from .inbound import tombstone

_C = conversations.c
_UNFINISHED = ("claimed", "sending", "unknown")
_FORGET = "INSERT INTO message_search (message_search, rowid, words, conversation) VALUES ('delete', ?, ?, ?)"
_MERGE = "INSERT INTO message_search (message_search, rank) VALUES ('merge', ?)"
#: Texts that are sent later, with the files that go with them.
_WRITTEN_AHEAD = (batches, schedules, campaign_steps, reminders)
_PAGES = 200  # of the index, rewritten in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """What a deletion took away."""

    conversations: int
    messages: int
    files: tuple[str, ...]  # hashes of contents that nothing needs any more


class DeletionRepository(Repository):
    """Removes conversations; their contacts stay."""

    def busy(self, ids: Sequence[ConversationId]) -> frozenset[ConversationId]:
        """Conversations with a message that is leaving now, or of which nobody knows yet whether it left."""
        query = select(outbox.c.conversation_id).where(
            outbox.c.conversation_id.in_(ids), outbox.c.state.in_(_UNFINISHED)
        )
        return frozenset(ConversationId(key) for key in self._connection.execute(query).scalars())

    def waiting(self, ids: Sequence[ConversationId]) -> tuple[EntryId, ...]:
        """Messages of these conversations that have not left yet."""
        states = ("held", "queued", "retry_wait")
        query = select(outbox.c.message_id).where(outbox.c.conversation_id.in_(ids), outbox.c.state.in_(states))
        return tuple(EntryId(key) for key in self._connection.execute(query.order_by(outbox.c.id)).scalars())

    def delete(self, ids: Sequence[ConversationId]) -> Gone:
        """Remove conversations with all that was said in them; providers that deliver it again are not believed."""
        here = messages.c.conversation_id.in_(ids)
        files = self._files(ids)
        count = self._connection.execute(select(func.count()).select_from(messages).where(here)).scalar_one()
        people = self._connection.execute(select(_C.contact_id).where(_C.id.in_(ids))).scalars().all()
        self._leave_tombstones(ids)
        self._forget_words(ids)
        self._work.undo.forget(conversation_ids=ids)
        self._forget_sent_to(ids, people)
        removed = self._connection.execute(delete(conversations).where(_C.id.in_(ids))).rowcount
        for key in ids:
            self._work.conversations.announce(key)
        for contact_id in people:
            self._work.announce(ContactChanged(contact_id=ContactId(contact_id)))
        return Gone(conversations=removed, messages=count, files=self._unused(files))

    def hold(self, ids: Sequence[EntryId]) -> None:
        """Let nobody else file or restore these messages until the transaction ends."""
        query = select(messages.c.id).where(messages.c.id.in_(ids)).order_by(messages.c.id)
        self._connection.execute(query.with_for_update()).all()

    def wipe(self, ids: Sequence[EntryId]) -> tuple[str, ...]:
        """Remove what incoming messages said, their files, labels and exchanges; their places stay (S1-14).

        Returns the hashes of contents that nothing needs any more.
        """
        m = messages.c
        rows = self._connection.execute(select(m.id, m.conversation_id, m.text).where(m.id.in_(ids))).all()
        if not rows:
            return ()
        had = select(attachments.c.sha256).where(attachments.c.message_id.in_(ids), attachments.c.sha256 != "")
        files = sorted(set(self._connection.execute(had).scalars()))
        self._forget_rows(rows)
        self._work.search.index_messages([(row.id, row.conversation_id, "") for row in rows])
        self._work.labels.clear(ids)
        for table in (attachments, exchanges):
            self._connection.execute(delete(table).where(table.c.message_id.in_(ids)))
        self._connection.execute(update(messages).where(m.id.in_(ids)).values(text="", visibility="deleted"))
        self._connection.execute(update(conversations).where(_C.last_entry_id.in_(ids)).values(snippet=""))
        self._work.undo.forget(message_ids=ids)
        for row in rows:
            self._work.announce(MessageChanged(message_id=row.id, conversation_id=row.conversation_id))
            self._work.conversations.announce(ConversationId(row.conversation_id))
        return self._unused(files)

    def merge_index(self, *, first: bool) -> bool:
        """Rewrite a part of the index, so that no removed word is left in the file; whether more is to be done."""
        if self._dialect != "sqlite":
            return False
        driver = self._connection.connection.driver_connection
        before = driver.total_changes if driver is not None else 0
        self._connection.exec_driver_sql(_MERGE, (-_PAGES if first else _PAGES,))
        return driver is not None and driver.total_changes - before >= 2

    def _files(self, ids: Sequence[ConversationId]) -> list[str]:
        """Hashes of the files of messages and drafts."""
        query = select(attachments.c.sha256).join(messages, messages.c.id == attachments.c.message_id).distinct()
        here = query.where(messages.c.conversation_id.in_(ids), attachments.c.sha256 != "")
        found = set(self._connection.execute(here).scalars())
        staged = select(drafts.c.attachment_paths).where(drafts.c.conversation_id.in_(ids))
        for paths in self._connection.execute(staged).scalars():
            found.update(PurePath(path).parent.name for path in json.loads(paths))
        return sorted(found)

    def _unused(self, files: Sequence[str]) -> tuple[str, ...]:
        """Those contents that nothing has that is left: no message, snippet or draft, and nothing sent later."""
        unused = []
        for sha256 in files:
            needed = [exists().where(table.c.sha256 == sha256) for table in (attachments, snippet_files)]
            needed.append(exists().where(drafts.c.attachment_paths.contains(sha256, autoescape=True)))
            for table in _WRITTEN_AHEAD:
                needed.append(exists().where(type_coerce(table.c.files, Text).contains(sha256, autoescape=True)))
            if not any(self._connection.execute(select(one)).scalar() for one in needed):
                unused.append(sha256)
        return tuple(unused)

    def _forget_sent_to(self, ids: Sequence[ConversationId], people: Sequence[int]) -> None:
        """Personal words of files, which batches said to these contacts, and replies that were to be sent later."""
        r = batch_recipients.c
        done = r.contact_id.in_(people) & (r.state != "waiting")
        self._connection.execute(update(batch_recipients).where(done).values(variables={}))
        if self._connection.execute(delete(schedules).where(schedules.c.conversation_id.in_(ids))).rowcount:
            self._work.announce(ScheduleChanged())

    def _leave_tombstones(self, ids: Sequence[ConversationId]) -> None:
        query = select(messages.c.channel_id, messages.c.provider_message_id).where(
            messages.c.conversation_id.in_(ids),
            messages.c.provider_message_id.is_not(None),
            messages.c.channel_id.is_not(None),
        )
        at = self._work.now()
        rows = [
            {"channel_id": row.channel_id, "provider_update_id": tombstone(row.provider_message_id), "at": at}
            for row in self._connection.execute(query)
        ]
        if rows:
            statement = or_nothing(insert_into(self._connection, inbound_events), "channel_id", "provider_update_id")
            self._connection.execute(statement, rows)

    def _forget_words(self, ids: Sequence[ConversationId]) -> None:
        if self._dialect != "sqlite":
            self._work.search.flush()
            self._connection.execute(
                text("DELETE FROM message_search WHERE conversation_id = ANY(:ids)"), {"ids": list(ids)}
            )
            return
        query = select(messages.c.id, messages.c.conversation_id, messages.c.text)
        here = messages.c.conversation_id.in_(ids)
        self._forget_rows(self._connection.execute(query.where(here).order_by(messages.c.id)).all())

    def _forget_rows(self, rows: Sequence[AnyRow]) -> None:
        """Take messages (id, conversation_id, text) out of the index."""
        self._work.search.flush()
        if self._dialect != "sqlite":
            gone = text("DELETE FROM message_search WHERE message_id = ANY(:ids)")
            self._connection.execute(gone, {"ids": [row.id for row in rows]})
            return
        words = [(row.id, " ".join(index_words(row.text)), f"c{row.conversation_id}") for row in rows]
        if words:
            self._connection.exec_driver_sql(_FORGET, words)
