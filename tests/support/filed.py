"""FolderDesk: messages in every folder, put there by the repositories that a running office uses."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from desktop_inbox.models import schema
from desktop_inbox.models.entities.call import Call, CallStatus
from desktop_inbox.models.entities.contact import Contact
from desktop_inbox.models.entities.folder import EVERYTHING, Folder, FolderFilter, FolderRow, Place
from desktop_inbox.models.entities.ids import BatchId, EntryId, new_entry_id
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message, SenderKind
from desktop_inbox.models.work import Work
from desktop_inbox.services.folders import FolderService
from desktop_inbox.services.labels import LabelService
from desktop_inbox.services.undo import UndoService
from tests.support.offices import Office
from tests.support.run import run

SHA = "ab" * 32
S = DeliveryStatus


class FolderDesk:
    """The services of folders on a store, and a few contacts."""

    def __init__(self, office: Office, *, people: int = 3) -> None:
        self.office, self.store = office, office.store
        self.purged: list[str] = []
        self.folders = FolderService(office.store, user_id=office.user.id, purge=self.purged.extend)
        self.labels = LabelService(office.store, user_id=office.user.id)
        self.undo = UndoService(office.store, user_id=office.user.id, reversals=self.folders.reversals)
        names = ("Maria", "Omar", "Grace", "Li", "Ana")
        self.people: list[Contact] = [
            office.contact(f"+1415555{number:04}", first_name=names[number % len(names)]) for number in range(people)
        ]

    # -- putting

    def receive(self, text: str = "hello", *, who: int = 0, flow: int | None = None, **more: Any) -> EntryId:
        """Let a contact write; the next second."""
        self.office.clock.advance(timedelta(seconds=1))
        return self.store.run_sync(lambda work: self.received(work, text, who=who, flow=flow, **more))

    def received(self, work: Work, text: str, *, who: int = 0, flow: int | None = None, **more: Any) -> EntryId:
        contact = self.people[who]
        key = work.new_entry_id(work.now(), schema.messages)
        message = Message(
            id=key,
            conversation_id=work.conversations.of_contact(contact.id),
            contact_id=contact.id,
            direction=Direction.IN,
            text=text,
            status=S.RECEIVED,
            address_id=contact.addresses[0].id,
            **{"channel_id": self.office.channel.id, **more},
        )
        work.messages.add_inbound(message)
        if flow is not None:
            work.connection.execute(update(schema.messages).where(schema.messages.c.id == key).values(flow_id=flow))
        return key

    def send(self, text: str = "hi", *, status: DeliveryStatus = S.QUEUED, who: int = 0, **more: Any) -> EntryId:
        """Let the office write; the message is as far as ``status``."""
        self.office.clock.advance(timedelta(seconds=1))
        return self.store.run_sync(lambda work: self.sent(work, text, status=status, who=who, **more))

    def sent(self, work: Work, text: str, *, status: DeliveryStatus, who: int = 0, **more: Any) -> EntryId:
        contact = self.people[who]
        key = work.new_entry_id(work.now(), schema.messages)
        message = Message(
            id=key,
            conversation_id=work.conversations.of_contact(contact.id),
            contact_id=contact.id,
            direction=Direction.OUT,
            text=text,
            status=S.QUEUED,
            channel_id=self.office.channel.id,
            address_id=contact.addresses[0].id,
            client_uuid=str(uuid.uuid4()),
            queued_at=work.now(),
            **{"sender_kind": SenderKind.USER, "sender_id": self.office.user.id, **more},
        )
        work.messages.add_outbound(message)
        self.reach(work, key, status)
        return key

    def reach(self, work: Work, key: EntryId, status: DeliveryStatus, at: datetime | None = None) -> None:
        """Bring a message so far."""
        reason = {"error_text": "It did not work."} if status in (S.FAILED, S.BLOCKED, S.UNKNOWN) else {}
        work.messages.set_status(key, status, at=at or work.now(), **reason)

    def batch(self, work: Work, contacts: int, *, status: str = "sending", waiting: int = 0) -> BatchId:
        """A broadcast to that many contacts, of whom some are not queued yet."""
        key = BatchId(new_entry_id(work.now()))
        work.connection.execute(
            schema.batches.insert().values(
                id=key,
                code=f"B-{key % 10**9}",
                kind="broadcast",
                status=status,
                text="We open at 7:30.",
                files={"files": []},
                audience={},
                options={},
                channel_id=self.office.channel.id,
                created_at=work.now(),
                due_at=work.now(),
            )
        )
        rows = [
            {
                "batch_id": key,
                "state": "waiting" if number < waiting else "skipped",
                "reason": "" if number < waiting else "opted out",
                "address_id": number + 1,
                "variables": {},
            }
            for number in range(contacts)
        ]
        work.connection.execute(schema.batch_recipients.insert(), rows)
        return key

    def call(
        self, *, who: int = 0, direction: Direction = Direction.IN, status: CallStatus, seconds: int = 0
    ) -> EntryId:
        """Let somebody call."""
        self.office.clock.advance(timedelta(seconds=1))

        def record(work: Work) -> EntryId:
            contact = self.people[who]
            key = work.calls.new_id(work.now())
            work.calls.record(
                Call(
                    id=key,
                    conversation_id=work.conversations.of_contact(contact.id),
                    contact_id=contact.id,
                    channel_id=self.office.channel.id,
                    direction=direction,
                    status=status,
                    duration_seconds=seconds,
                    provider_call_id=str(uuid.uuid4()),
                )
            )
            return key

        return self.store.run_sync(record)

    # -- reading

    def rows(self, place: Place, wanted: FolderFilter = EVERYTHING, *, limit: int = 7) -> list[Any]:
        """Everything a list shows, read page by page."""
        found: list[Any] = []
        after = None
        while True:
            page = run(self.folders.page(place, wanted, after=after, limit=limit))
            found += page.rows
            if not page.has_more:
                return found
            after = found[-1].cursor

    def ids(self, place: Place, wanted: FolderFilter = EVERYTHING) -> list[EntryId]:
        return [row.id for row in self.rows(place, wanted)]

    def where(self, key: EntryId) -> list[Folder]:
        """The folders that list a message."""
        return [
            folder for folder in Folder if folder not in (Folder.CALLS, Folder.SCHEDULES) and key in self.ids(folder)
        ]

    def row(self, key: EntryId) -> FolderRow:
        (found,) = self.store.read_sync(lambda work: work.folders.rows([key]))
        return found

    def count(self, place: Place) -> int:
        return run(self.folders.counts()).of(place)
