"""Work: one transaction, seen through the repositories."""

import json
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import Column, Connection, Select, Table, bindparam, func, select

from desktop_inbox.clock import Clock
from desktop_inbox.events import (
    SHARED_EVENTS,
    BulkChanged,
    ContactChanged,
    ConversationChanged,
    Event,
    MessageChanged,
    MessageReceived,
    MessageStatusChanged,
    TimelineEntryAdded,
    event_to_payload,
)

from . import schema
from .entities.ids import RANDOM_BITS, EntryId, new_entry_id
from .repositories.attachments import AttachmentRepository
from .repositories.calls import CallRepository
from .repositories.changes import ChangeRepository
from .repositories.channels import ChannelRepository
from .repositories.comments import CommentRepository
from .repositories.consent import ConsentRepository
from .repositories.consent_first import ConsentFirstRepository
from .repositories.contact_bulk import ContactBulkRepository
from .repositories.contact_lists import ContactListRepository
from .repositories.contact_table import ContactTableRepository
from .repositories.contacts import ContactRepository
from .repositories.conversations import ConversationRepository
from .repositories.custom_fields import CustomFieldRepository
from .repositories.deletions import DeletionRepository
from .repositories.deliveries import DeliveryRepository
from .repositories.drafts import DraftRepository
from .repositories.inbound import InboundRepository
from .repositories.ledger import LedgerRepository
from .repositories.merges import MergeRepository
from .repositories.messages import MessageRepository
from .repositories.outbox import OutboxRepository
from .repositories.prepared import Prepared, Probe
from .repositories.receipts import ReceiptRepository
from .repositories.settings import SettingRepository
from .repositories.snippets import SnippetRepository
from .repositories.states import StateRepository
from .repositories.tags import TagRepository
from .repositories.timeline import TimelineRepository
from .repositories.undo import UndoRepository
from .repositories.users import UserRepository
from .repositories.variables import VariableRepository
from .search import SearchRepository
from .watch import CHANNEL

if TYPE_CHECKING:
    from .repositories.batches import BatchRepository
    from .repositories.campaigns import CampaignRepository
    from .repositories.drips import DripRepository
    from .repositories.enrollments import EnrollmentRepository
    from .repositories.exchanges import ExchangeRepository
    from .repositories.folders import FolderRepository
    from .repositories.labels import LabelRepository
    from .repositories.reminders import ReminderRepository
    from .repositories.reports import ReportRepository
    from .repositories.schedules import ScheduleRepository
    from .repositories.segment_pages import SegmentPageRepository
    from .repositories.segments import SegmentRepository
    from .repositories.teams import TeamRepository
    from .repositories.terms import TermRepository
    from .repositories.tracking import TrackingRepository
    from .segment_facts import FactRepository

#: Events about single rows of lists, which a bulk change makes pointless one by one.
_MERGED = (
    MessageReceived,
    MessageStatusChanged,
    MessageChanged,
    ConversationChanged,
    TimelineEntryAdded,
    ContactChanged,
)

_LOG = Prepared(schema.change_log.insert())
_LOG_ON_SERVER = schema.change_log.insert().returning(schema.change_log.c.id)
_NOTIFY = select(func.pg_notify(CHANNEL, ""))
_STEP_BITS = 8  # how far ids of one conversation in one millisecond lie apart at most
_OVERFLOW_MILLIS = 2


class Work:
    """The repositories over one connection inside one transaction.

    Valid only while the function that received it runs. ``announce`` collects the events to publish after
    the commit; those that matter to other processes go to the change log in the same transaction.
    """

    def __init__(self, connection: Connection, *, clock: Clock, instance: str) -> None:
        self.connection = connection
        self.clock = clock
        self.instance = instance
        self._bulk = False
        self._announced: dict[Event, None] = {}  # in order; a bulk transaction announces thousands
        self.last_change: int | None = None  # on a server: id of the last line that `flush` wrote to the change log

    @property
    def announced(self) -> tuple[Event, ...]:
        """What will be published, in order."""
        return tuple(self._announced)

    def now(self) -> datetime:
        """The present moment, UTC."""
        return self.clock()

    def announce(self, event: Event) -> None:
        """Publish ``event`` after the commit; the same event twice is told once."""
        self._announced.setdefault(BulkChanged() if self._bulk and isinstance(event, _MERGED) else event)

    def announce_in_bulk(self) -> None:
        """From now on tell of many changed rows with one ``BulkChanged``: listeners read again."""
        self._bulk = True

    def flush(self) -> None:
        """Write the ledger's lines, the index and what was announced; called once, before the commit."""
        self.ledger.flush()
        self.search.flush()
        at = self.clock()
        rows = [
            {
                "at": at,
                "instance": self.instance,
                "kind": type(event).__name__,
                "payload": json.dumps(event_to_payload(event), separators=(",", ":")),
            }
            for event in self.announced
            if type(event).__name__ in SHARED_EVENTS
        ]
        if rows and self.connection.dialect.name == "postgresql":
            self.last_change = max(self.connection.execute(_LOG_ON_SERVER, rows).scalars())
            self.connection.execute(_NOTIFY)  # a hint, sent with the commit; the log is the truth
        else:
            _LOG.run(self.connection, rows)

    def new_entry_id(self, at: datetime, table: Table = schema.messages, *, after: int = 0) -> EntryId:
        """Return an id of moment ``at`` that is free in ``table``.

        ``after`` is the last entry of the conversation: when it has the same millisecond the new id comes
        behind it, so that what was said first stays first. Providers give times in whole seconds, so a
        burst shares one millisecond and collisions happen: a taken id is drawn again.
        """
        return _free_id(lambda: _later(new_entry_id(at), after), table.c.id, self.connection)

    def draw_entry_id(self, at: datetime, *, after: int = 0) -> EntryId:
        """Return an id like ``new_entry_id`` that may be taken: for many at once, see ``taken_messages``."""
        return _later(new_entry_id(at), after)

    def draw_entry_ids(self, places: Sequence[tuple[datetime, int]], table: Table) -> list[EntryId]:
        """Return ids like ``new_entry_id`` for many (moment, last entry), each in another conversation."""
        keys = [self.draw_entry_id(at, after=after) for at, after in places]
        again = list(range(len(keys)))
        while again:
            taken = self._taken_of(keys, table)
            again = []
            for row, key in enumerate(keys):
                if key in taken:
                    again.append(row)
                taken.add(key)
            for row in again:  # many in one millisecond: one in a few hundred is drawn twice
                keys[row] = self.draw_entry_id(places[row][0], after=places[row][1])
        return keys

    def taken_messages(self, ids: Sequence[int]) -> bool:
        """Whether one of these ids is a message's already."""
        return self._taken(ids, schema.messages)

    def _taken_of(self, ids: Sequence[int], table: Table) -> set[int]:
        if not _probe(table.c.id).may_find(self.connection, ids):
            return set()
        return set(self.connection.execute(_all_taken(table.c.id), {"ids": list(ids)}).scalars())

    def _taken(self, ids: Sequence[int], table: Table) -> bool:
        return self.connection.execute(_any_taken(table.c.id), {"ids": list(ids)}).first() is not None

    @cached_property
    def users(self) -> UserRepository:
        """Staff."""
        return UserRepository(self)

    @cached_property
    def settings(self) -> SettingRepository:
        """Settings of the workspace and of users."""
        return SettingRepository(self)

    @cached_property
    def channels(self) -> ChannelRepository:
        """Channels, their state, cursors and poll leases."""
        return ChannelRepository(self)

    @cached_property
    def contacts(self) -> ContactRepository:
        """Contacts and their addresses."""
        return ContactRepository(self)

    @cached_property
    def tags(self) -> TagRepository:
        """Tags of contacts."""
        return TagRepository(self)

    @cached_property
    def contact_lists(self) -> ContactListRepository:
        """Lists of contacts."""
        return ContactListRepository(self)

    @cached_property
    def contact_bulk(self) -> ContactBulkRepository:
        """Contacts by the thousand."""
        return ContactBulkRepository(self)

    @cached_property
    def contact_table(self) -> ContactTableRepository:
        """The table of contacts."""
        return ContactTableRepository(self)

    @cached_property
    def custom_fields(self) -> CustomFieldRepository:
        """Custom fields and their values."""
        return CustomFieldRepository(self)

    @cached_property
    def comments(self) -> CommentRepository:
        """Comments, which nobody but the office sees."""
        return CommentRepository(self)

    @cached_property
    def consent(self) -> ConsentRepository:
        """The consent ledger and its current rows."""
        return ConsentRepository(self)

    @cached_property
    def consent_first(self) -> ConsentFirstRepository:
        """The consent message that goes first, and what waits for it."""
        return ConsentFirstRepository(self)

    @cached_property
    def conversations(self) -> ConversationRepository:
        """Conversations and their list columns."""
        return ConversationRepository(self)

    @cached_property
    def merges(self) -> MergeRepository:
        """Contacts that turned out to be one person."""
        return MergeRepository(self)

    @cached_property
    def messages(self) -> MessageRepository:
        """Messages."""
        return MessageRepository(self)

    @cached_property
    def calls(self) -> CallRepository:
        """Calls."""
        return CallRepository(self)

    @cached_property
    def inbound(self) -> InboundRepository:
        """De-duplication of what providers deliver."""
        return InboundRepository(self)

    @cached_property
    def timeline(self) -> TimelineRepository:
        """Messages, events and calls in one order."""
        return TimelineRepository(self)

    @cached_property
    def attachments(self) -> AttachmentRepository:
        """Files of messages."""
        return AttachmentRepository(self)

    @cached_property
    def outbox(self) -> OutboxRepository:
        """Messages on their way out."""
        return OutboxRepository(self)

    @cached_property
    def deliveries(self) -> DeliveryRepository:
        """Attempts at sending, and what they need to know."""
        return DeliveryRepository(self)

    @cached_property
    def ledger(self) -> LedgerRepository:
        """The hash-chained delivery ledger."""
        return LedgerRepository(self)

    @cached_property
    def receipts(self) -> ReceiptRepository:
        """Receipts, and those that wait for the message they speak of."""
        return ReceiptRepository(self)

    @cached_property
    def deletions(self) -> DeletionRepository:
        """Deleting conversations for good."""
        return DeletionRepository(self)

    @cached_property
    def drafts(self) -> DraftRepository:
        """What users typed and did not send."""
        return DraftRepository(self)

    @cached_property
    def batches(self) -> "BatchRepository":
        """What was triggered for many, and for whom."""
        from .repositories.batches import BatchRepository  # no start waits for it

        return BatchRepository(self)

    @cached_property
    def exchanges(self) -> "ExchangeRepository":
        """What was said with providers when calls went wrong."""
        from .repositories.exchanges import ExchangeRepository  # no start waits for it

        return ExchangeRepository(self)

    @cached_property
    def segments(self) -> "SegmentRepository":
        """Saved filters, and what filters can speak of."""
        from .repositories.segments import SegmentRepository  # no start waits for it

        return SegmentRepository(self)

    @cached_property
    def segment_pages(self) -> "SegmentPageRepository":
        """What filters select."""
        from .repositories.segment_pages import SegmentPageRepository  # no start waits for it

        return SegmentPageRepository(self)

    @cached_property
    def teams(self) -> "TeamRepository":
        """Teams, and the days on which nothing leaves."""
        from .repositories.teams import TeamRepository  # no start waits for it

        return TeamRepository(self)

    @cached_property
    def terms(self) -> "TermRepository":
        """Blocked words and links."""
        from .repositories.terms import TermRepository  # no start waits for it

        return TermRepository(self)

    @cached_property
    def tracking(self) -> "TrackingRepository":
        """What was sent, and what became of it."""
        from .repositories.tracking import TrackingRepository  # no start waits for it

        return TrackingRepository(self)

    @cached_property
    def folders(self) -> "FolderRepository":
        """Where messages lie."""
        from .repositories.folders import FolderRepository  # no start waits for it

        return FolderRepository(self)

    @cached_property
    def labels(self) -> "LabelRepository":
        """Labels of messages."""
        from .repositories.labels import LabelRepository  # no start waits for it

        return LabelRepository(self)

    @cached_property
    def campaigns(self) -> "CampaignRepository":
        """Drip campaigns."""
        from .repositories.campaigns import CampaignRepository  # no start waits for it

        return CampaignRepository(self)

    @cached_property
    def drips(self) -> "DripRepository":
        """Messages of campaigns under way."""
        from .repositories.drips import DripRepository  # no start waits for it

        return DripRepository(self)

    @cached_property
    def schedules(self) -> "ScheduleRepository":
        """What leaves later, once or again and again."""
        from .repositories.schedules import ScheduleRepository  # no start waits for it

        return ScheduleRepository(self)

    @cached_property
    def reminders(self) -> "ReminderRepository":
        """Messages relative to dates of contacts."""
        from .repositories.reminders import ReminderRepository  # no start waits for it

        return ReminderRepository(self)

    @cached_property
    def enrollments(self) -> "EnrollmentRepository":
        """Campaigns under way with contacts."""
        from .repositories.enrollments import EnrollmentRepository  # no start waits for it

        return EnrollmentRepository(self)

    @cached_property
    def facts(self) -> "FactRepository":
        """What is known of contacts, for filters in memory."""
        from .segment_facts import FactRepository  # no start waits for it

        return FactRepository(self)

    @cached_property
    def reports(self) -> "ReportRepository":
        """Numbers of reports."""
        from .repositories.reports import ReportRepository  # no start waits for it

        return ReportRepository(self)

    @cached_property
    def changes(self) -> ChangeRepository:
        """The change log, as other processes read it."""
        return ChangeRepository(self)

    @cached_property
    def snippets(self) -> SnippetRepository:
        """Saved replies."""
        return SnippetRepository(self)

    @cached_property
    def variables(self) -> VariableRepository:
        """What texts may say of a contact."""
        return VariableRepository(self)

    @cached_property
    def states(self) -> StateRepository:
        """What people say about conversations: whose they are, whether they are done, snoozed, pinned."""
        return StateRepository(self)

    @cached_property
    def undo(self) -> UndoRepository:
        """What users did and can take back."""
        return UndoRepository(self)

    @cached_property
    def search(self) -> SearchRepository:
        """The full-text index."""
        return SearchRepository(self)


def _later(candidate: EntryId, after: int) -> EntryId:
    # A long burst may have run over into the next milliseconds: then the new one still comes behind it.
    ahead = (after >> RANDOM_BITS) - (candidate >> RANDOM_BITS)
    if ahead < 0 or ahead > _OVERFLOW_MILLIS:
        return candidate
    return EntryId(after + 1 + secrets.randbits(_STEP_BITS))


def _free_id(draw: Callable[[], EntryId], column: Column[int], connection: Connection) -> EntryId:
    while True:
        candidate = draw()
        if connection.execute(_taken(column), {"id": candidate}).first() is None:
            return candidate


@lru_cache(maxsize=8)
def _taken(column: Column[int]) -> Select[int]:
    return select(column).where(column == bindparam("id"))


@lru_cache(maxsize=8)
def _all_taken(column: Column[int]) -> Select[int]:
    return select(column).where(column.in_(bindparam("ids", expanding=True)))


@lru_cache(maxsize=8)
def _probe(column: Column[int]) -> Probe:
    return Probe(_all_taken(column))


@lru_cache(maxsize=8)
def _any_taken(column: Column[int]) -> Select[int]:
    return _all_taken(column).limit(1)
