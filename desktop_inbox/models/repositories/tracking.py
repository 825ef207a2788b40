"""What was sent and what became of it; counts are worked out from the recipients and their messages each time."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Select, delete, func, insert, or_, select

from desktop_inbox.events import BatchChanged
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import BatchId, ChannelId, ContactId, ConversationId, EntryId, TeamId
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.models.entities.page import Page
from desktop_inbox.models.entities.tracking import (
    MOST_COUNTED,
    OUTCOME_OF,
    Details,
    Filter,
    Outcome,
    Recipient,
    Tally,
    Tracked,
)
from desktop_inbox.models.schema import (
    attachments,
    batch_recipients,
    batches,
    contact_addresses,
    contacts,
    messages,
    teams,
)
from desktop_inbox.models.search_text import fold

from .base import AnyRow, Repository
from .tracking_rows import (
    BATCHES,
    JOINED,
    OUTCOME,
    SINGLES,
    batches_that_fit,
    reason,
    reason_code,
    recipients,
    singles_that_fit,
    to_recipient,
    to_single,
    to_tracked,
)

_B, _R, _M, _C, _A = batches.c, batch_recipients.c, messages.c, contacts.c, contact_addresses.c
_PART: Final = 500  # ids asked about at once, and rows of an export


class TrackingRepository(Repository):
    """Batches newest first, single messages as batches of one among them, and the recipients of one."""

    def page(self, wanted: Filter, *, before: int | None = None, limit: int = 50) -> Page[Tracked]:
        """The newest that fit, those below ``before`` (an id), which sort by time."""
        query = self._filtered(BATCHES, wanted)
        if before is not None:
            query = query.where(_B.id < before)
        rows = self._connection.execute(query.order_by(_B.id.desc()).limit(limit + 1)).all()
        found = self._to_tracked(rows)
        if wanted.singles:
            found = sorted([*found, *self._singles(wanted, before, limit + 1)], key=lambda one: -one.id)
        return Page(items=tuple(found[:limit]), has_more=len(found) > limit)

    def count(self, wanted: Filter) -> int:
        """How many fit: every one that ``page`` would list. With single messages, more than ``MOST_COUNTED`` only says
        that there are more."""
        query = self._filtered(select(func.count()).select_from(batches), wanted)
        number = int(self._connection.execute(query).scalar_one())
        return min(number + self._count_singles(wanted), MOST_COUNTED + 1) if wanted.singles else number

    def files(self) -> tuple[str, ...]:
        """The names of all files, the newest first."""
        query = select(_B.file_name).where(_B.file_name != "").group_by(_B.file_name).order_by(func.max(_B.id).desc())
        return tuple(self._connection.execute(query).scalars())

    def teams(self) -> tuple[tuple[TeamId, str], ...]:
        """Every team, by name."""
        query = select(teams.c.id, teams.c.name).order_by(teams.c.name_key)
        return tuple((TeamId(key), name) for key, name in self._connection.execute(query))

    def many(self, ids: Sequence[int]) -> tuple[Tracked, ...]:
        """Those of ``ids`` that exist, batches and single messages, newest first."""
        asked = list(ids)
        found = self._to_tracked(self._connection.execute(BATCHES.where(_B.id.in_(asked))).all())
        found += [to_single(row) for row in self._connection.execute(SINGLES.where(_M.id.in_(asked)))]
        return tuple(sorted(found, key=lambda one: -one.id))

    def details(self, row: Tracked) -> Details:
        """Everything the panel shows; the tallies sum to all recipients."""
        if row.single:
            return self._single_details(row)
        tallied = (
            select(OUTCOME.label("outcome"), reason_code().label("told_code"), reason().label("told"), func.count())
            .select_from(JOINED)
            .where(_R.batch_id == row.id)
            .group_by("outcome", "told_code", "told")
        )
        tallies = [
            Tally(outcome=Outcome(outcome), code=code, reason=reason, count=number)
            for outcome, code, reason, number in self._connection.execute(tallied)
        ]
        sums = select(func.count(_M.id), func.coalesce(func.sum(_M.segments), 0)).select_from(JOINED)
        made, segments = self._connection.execute(sums.where(_R.batch_id == row.id)).one()
        files = self._connection.execute(select(_B.files).where(_B.id == row.id)).scalar_one_or_none() or {}
        order = list(Outcome)
        return Details(
            row=row,
            tallies=tuple(sorted(tallies, key=lambda one: (order.index(one.outcome), -one.count, one.reason))),
            messages=int(made),
            segments=int(segments),
            files=tuple(str(one.get("name", "")) for one in files.get("files", ())),
        )

    def recipients(
        self,
        row: Tracked,
        *,
        outcomes: frozenset[Outcome] = frozenset(),
        text: str = "",
        after: int = 0,
        limit: int = 100,
    ) -> Page[Recipient]:
        """Recipients in the order of the list, those behind ``after`` (a place); ``outcomes`` none: all; ``text`` is
        any part of name or address."""
        if row.single:
            return Page(items=self._single_recipient(row) if not after else (), has_more=False)
        query = recipients().where(_R.batch_id == row.id, _R.id > after).order_by(_R.id).limit(limit + 1)
        if outcomes:
            query = query.where(OUTCOME.in_([one.value for one in outcomes]))
        for part in fold(text).split()[:8]:
            query = query.where(
                or_(_C.name_key.contains(part, autoescape=True), _A.path.contains(part, autoescape=True))
            )
        rows = self._connection.execute(query).all()
        return Page(items=tuple(to_recipient(one) for one in rows[:limit]), has_more=len(rows) > limit)

    def every_recipient(self, row: Tracked) -> Iterator[tuple[Recipient, ...]]:
        """All recipients in parts, for a file; memory does not grow with them."""
        after = 0
        while True:
            page = self.recipients(row, after=after, limit=_PART)
            if page.items:
                yield page.items
                after = page.items[-1].id
            if not page.has_more:
                return

    def failed(self, row: Tracked) -> tuple[EntryId, ...]:
        """The messages that failed, for sending them again."""
        if row.single:
            return (EntryId(row.id),) if Outcome.FAILED in row.counts else ()
        query = select(_M.id).select_from(JOINED).where(_R.batch_id == row.id, OUTCOME.in_([Outcome.FAILED.value]))
        return tuple(EntryId(key) for key in self._connection.execute(query.order_by(_R.id)).scalars())

    def of_messages(self, ids: Sequence[int]) -> frozenset[BatchId]:
        """The batches that these messages belong to."""
        query = select(_M.batch_id).where(_M.id.in_(list(ids)), _M.batch_id.is_not(None)).distinct()
        return frozenset(BatchId(key) for key in self._connection.execute(query).scalars())

    def add_past(self, columns: Mapping[str, Any]) -> BatchId:
        """Write a batch as it once was, such as one made up for the demo. Nothing is sent."""
        key = BatchId(self._work.new_entry_id(columns["created_at"], batches))
        empty: dict[str, Any] = {
            "files": {"files": []},
            "options": {},
            "audience": {"kind": "contacts", "contacts": []},
        }
        self._connection.execute(insert(batches).values({**empty, **columns, "id": key}))
        self._work.announce(BatchChanged(batch_id=key))
        return key

    def add_past_recipients(self, batch_id: BatchId, recipients: Sequence[Mapping[str, Any]]) -> None:
        """Write what became of its recipients; their messages are written already."""
        usual: dict[str, Any] = {
            "contact_id": None,
            "conversation_id": None,
            "address_id": None,
            "message_id": None,
            "reason_code": "",
            "reason": "",
            "line": 0,
            "variables": {},
        }
        rows = [{**usual, **one, "batch_id": batch_id} for one in recipients]
        self._connection.execute(insert(batch_recipients), rows)

    def delete_of(self, channel_ids: Sequence[ChannelId]) -> None:
        """Delete all batches of channels that are deleted themselves; their messages are not touched."""
        self._connection.execute(delete(batches).where(_B.channel_id.in_(list(channel_ids))))

    # Batches

    def _filtered(self, query: Select[Any], wanted: Filter) -> Select[Any]:
        part = fold(wanted.file)
        files = tuple(name for name in self.files() if part in fold(name)) if part else ()
        return batches_that_fit(query, wanted, files=files)

    def _to_tracked(self, rows: Sequence[AnyRow]) -> list[Tracked]:
        counts = self._counts([row.id for row in rows])
        return [to_tracked(row, counts.get(row.id, {})) for row in rows]

    def _counts(self, ids: Sequence[int]) -> dict[int, dict[Outcome, int]]:
        """Two walks through indexes alone: a page of large batches has half a million recipients."""
        counts: dict[int, dict[Outcome, int]] = {key: {} for key in ids}
        queued: dict[int, int] = {}
        states = select(_R.batch_id, _R.state, func.count()).where(_R.batch_id.in_(list(ids)))
        for key, state, number in self._connection.execute(states.group_by(_R.batch_id, _R.state)):
            if state == "queued":
                queued[key] = number
            else:
                counts[key][Outcome(state)] = number
        made = select(_M.batch_id, _M.status, func.count()).where(_M.batch_id.in_(list(queued)))
        for key, status, number in self._connection.execute(made.group_by(_M.batch_id, _M.status)):
            outcome = OUTCOME_OF[DeliveryStatus(status)]
            counts[key][outcome] = counts[key].get(outcome, 0) + number
            queued[key] -= number
        for key, missing in queued.items():
            if missing > 0:
                counts[key][Outcome.GONE] = missing
            elif missing < 0:  # messages of it that no recipient stands for: only the recipients count
                counts[key] = self._counted_by_recipients(key)
        return counts

    def _counted_by_recipients(self, key: int) -> dict[Outcome, int]:
        query = select(OUTCOME.label("outcome"), func.count()).select_from(JOINED).where(_R.batch_id == key)
        return {Outcome(one): number for one, number in self._connection.execute(query.group_by("outcome"))}

    # Single messages

    def _singles(self, wanted: Filter, before: int | None, limit: int) -> list[Tracked]:
        query = singles_that_fit(wanted)
        if before is not None:
            query = query.where(_M.id < before)
        return [to_single(row) for row in self._connection.execute(query.order_by(_M.id.desc()).limit(limit))]

    def _count_singles(self, wanted: Filter) -> int:
        newest = singles_that_fit(wanted).with_only_columns(_M.id, maintain_column_froms=True)
        newest = newest.order_by(_M.id.desc()).limit(MOST_COUNTED + 1)
        return int(self._connection.execute(select(func.count()).select_from(newest.subquery())).scalar_one())

    def _single_details(self, row: Tracked) -> Details:
        (outcome,) = row.counts
        found = self._connection.execute(select(_M.segments, _M.error_code).where(_M.id == row.id)).first()
        names = select(attachments.c.original_name).where(attachments.c.message_id == row.id)
        return Details(
            row=row,
            tallies=(Tally(outcome=outcome, code=found.error_code if found else "", reason=row.reason, count=1),),
            messages=1,
            segments=0 if found is None else found.segments,
            files=tuple(self._connection.execute(names.order_by(attachments.c.position)).scalars()),
        )

    def _single_recipient(self, row: Tracked) -> tuple[Recipient, ...]:
        query = (
            select(messages, _C.first_name, _C.last_name, _A.scheme, _A.path)
            .outerjoin(contacts, _C.id == _M.contact_id)
            .outerjoin(contact_addresses, _A.id == _M.address_id)
            .where(_M.id == row.id)
        )
        return tuple(
            Recipient(
                id=1,
                contact_id=ContactId(one.contact_id),
                conversation_id=ConversationId(one.conversation_id),
                name=f"{one.first_name or ''} {one.last_name or ''}".strip(),
                scheme=None if one.scheme is None else Scheme(one.scheme),
                address=one.path or "",
                outcome=OUTCOME_OF[DeliveryStatus(one.status)],
                code=one.error_code,
                reason=one.error_text,
                message_id=EntryId(one.id),
                text=one.text,
                segments=one.segments,
                at=one.read_at or one.delivered_at or one.failed_at or one.sent_at or one.queued_at,
            )
            for one in self._connection.execute(query)
        )
