"""How what was sent is read: the queries over batches, single messages and recipients, and what a row of them means."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, false, literal_column, or_, select

from desktop_inbox.models.entities.batch import BatchKind, BatchStatus
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.folder import Folder
from desktop_inbox.models.entities.ids import (
    ChannelId,
    ContactId,
    ConversationId,
    EntryId,
    TeamId,
    UserId,
    entry_time,
    first_entry_id,
)
from desktop_inbox.models.entities.message import DeliveryStatus, Direction
from desktop_inbox.models.entities.tracking import OUTCOME_OF, SINGLE_STATUS, Filter, Outcome, Recipient, Tracked
from desktop_inbox.models.schema import (
    batch_recipients,
    batches,
    channels,
    contact_addresses,
    contacts,
    messages,
    teams,
    users,
)

from .base import AnyRow

_B, _R, _M, _C, _A, _U = batches.c, batch_recipients.c, messages.c, contacts.c, contact_addresses.c, users.c
_DIGITS: Final = 19  # of a message's id, for centuries to come
#: Where single messages of a status lie; those called off lie nowhere.
_FOLDER_OF: Final = {
    BatchStatus.ERROR: Folder.FAILED,
    BatchStatus.SENDING: Folder.OUTBOX,
    BatchStatus.PROGRAMMED: Folder.OUTBOX,
    BatchStatus.SENT: Folder.SENT,
}

#: Every batch with the names that belong to it.
BATCHES: Final = (
    select(batches, channels.c.name.label("channel_name"), _U.name.label("user_name"), teams.c.name.label("team_name"))
    .outerjoin(channels, channels.c.id == _B.channel_id)
    .outerjoin(users, _U.id == _B.user_id)
    .outerjoin(teams, teams.c.id == _B.team_id)
)
#: Every message that went to one contact alone.
SINGLES: Final = (
    select(
        messages,
        channels.c.name.label("channel_name"),
        _U.name.label("user_name"),
        _U.team_id,
        teams.c.name.label("team_name"),
    )
    .outerjoin(channels, channels.c.id == _M.channel_id)
    .outerjoin(users, _U.id == _M.sender_id)
    .outerjoin(teams, teams.c.id == _U.team_id)
    .where(_M.direction == Direction.OUT, _M.batch_id.is_(None))
)
#: Recipients with their messages, where they have one.
JOINED: Final = batch_recipients.outerjoin(messages, _M.id == _R.message_id)


def _with_outcome(outcome: Outcome) -> list[DeliveryStatus]:
    return [status for status, one in OUTCOME_OF.items() if one is outcome]


#: What became of a recipient, in SQL.
OUTCOME: Final = case(
    (_R.state != "queued", _R.state),
    (_M.id.is_(None), Outcome.GONE.value),
    *((_M.status.in_(_with_outcome(one)), one.value) for one in dict.fromkeys(OUTCOME_OF.values())),
    else_=Outcome.ON_THE_WAY.value,
)


def batches_that_fit(query: Select[Any], wanted: Filter, *, files: tuple[str, ...] = ()) -> Select[Any]:
    """Narrow a query over batches; ``files`` are the names that hold what is wanted of one."""
    if wanted.statuses:
        query = query.where(_B.status.in_(sorted(wanted.statuses)))
    if wanted.code:
        query = query.where(_code_begins(wanted.code))
    if wanted.channel_ids is not None:
        query = query.where(_B.channel_id.in_(sorted(wanted.channel_ids)))
    if wanted.file:
        query = query.where(_B.file_name.in_(files))
    if wanted.user_ids:
        query = query.where(_B.user_id.in_(sorted(wanted.user_ids)))
    if wanted.team_ids:
        query = query.where(_B.team_id.in_(sorted(wanted.team_ids)))
    if wanted.since is not None:
        query = query.where(_B.due_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(_B.due_at < wanted.until)
    return query


def singles_that_fit(wanted: Filter) -> Select[Any]:
    """Return the single messages that fit; none of them has a file's name."""
    query = SINGLES.where(false()) if wanted.file else SINGLES
    if wanted.statuses:
        query = query.where(_single_status(wanted.statuses))
    if wanted.code:
        query = query.where(_id_begins(wanted.code))
    if wanted.channel_ids is not None:
        query = query.where(_M.channel_id.in_(sorted(wanted.channel_ids)))
    if wanted.user_ids:
        query = query.where(_M.sender_id.in_(sorted(wanted.user_ids)))
    if wanted.team_ids:
        query = query.where(_U.team_id.in_(sorted(wanted.team_ids)))
    if wanted.since is not None:
        query = query.where(_M.id >= first_entry_id(wanted.since))
    if wanted.until is not None:
        query = query.where(_M.id < first_entry_id(wanted.until))
    return query


def reason_code() -> ColumnElement[str]:
    """The code of what stopped a recipient, in SQL."""
    return case((_M.id.is_not(None), _M.error_code), else_=_R.reason_code)


def reason() -> ColumnElement[str]:
    """The sentence of it."""
    return case((_M.id.is_not(None), _M.error_text), else_=_R.reason)


def recipients() -> Select[Any]:
    """Everything that is shown of recipients."""
    return select(
        _R.id,
        _R.contact_id,
        _R.conversation_id,
        _R.line,
        _R.message_id,
        OUTCOME.label("outcome"),
        reason_code().label("code"),
        reason().label("why"),
        _C.first_name,
        _C.last_name,
        _A.scheme,
        _A.path,
        _M.text,
        _M.segments,
        _M.queued_at,
        _M.sent_at,
        _M.delivered_at,
        _M.read_at,
        _M.failed_at,
    ).select_from(
        JOINED.outerjoin(contacts, _C.id == _R.contact_id).outerjoin(contact_addresses, _A.id == _R.address_id)
    )


def to_recipient(row: AnyRow) -> Recipient:
    """A row of ``recipients()``."""
    return Recipient(
        id=row.id,
        contact_id=None if row.contact_id is None else ContactId(row.contact_id),
        conversation_id=None if row.conversation_id is None else ConversationId(row.conversation_id),
        name=f"{row.first_name or ''} {row.last_name or ''}".strip(),
        scheme=None if row.scheme is None else Scheme(row.scheme),
        address=row.path or "",
        line=row.line,
        outcome=Outcome(row.outcome),
        code=row.code or "",
        reason=row.why or "",
        message_id=None if row.message_id is None else EntryId(row.message_id),
        text=row.text or "",
        segments=row.segments or 0,
        at=row.read_at or row.delivered_at or row.failed_at or row.sent_at or row.queued_at,
    )


def to_single(row: AnyRow) -> Tracked:
    """A row of ``SINGLES`` as a batch of one."""
    outcome = OUTCOME_OF[DeliveryStatus(row.status)]
    at = entry_time(row.id)
    return Tracked(
        id=row.id,
        code=str(row.id),
        single=True,
        kind=BatchKind.BROADCAST,
        status=SINGLE_STATUS[outcome],
        reason=row.error_text,
        text=row.text,
        channel_id=None if row.channel_id is None else ChannelId(row.channel_id),
        channel_name=row.channel_name or "",
        user_id=None if row.sender_id is None else UserId(row.sender_id),
        user_name=row.user_name or "",
        team_id=None if row.team_id is None else TeamId(row.team_id),
        team_name=row.team_name or "",
        created_at=at,
        due_at=at,
        finished_at=row.sent_at,
        counts={outcome: 1},
    )


def _code_begins(code: str) -> ColumnElement[bool]:
    wanted = code.strip().upper()
    return or_(_B.code.startswith(wanted, autoescape=True), _B.code.startswith(f"B-{wanted}", autoescape=True))


def _id_begins(code: str) -> ColumnElement[bool]:
    """Ids have the same number of digits, so what begins alike lies together."""
    digits = code.strip()
    if not digits.isascii() or not digits.isdigit() or len(digits) > _DIGITS:
        return false()
    step = 10 ** (_DIGITS - len(digits))
    first, last = int(digits) * step, (int(digits) + 1) * step - 1
    greatest = (1 << 63) - 1
    return and_(_M.id >= min(first, greatest), _M.id <= min(last, greatest))


def _single_status(statuses: frozenset[BatchStatus]) -> ColumnElement[bool]:
    fitting = [status for status, outcome in OUTCOME_OF.items() if SINGLE_STATUS[outcome] in statuses]
    here = _M.status.in_(fitting)
    folders = {_FOLDER_OF.get(status) for status in statuses}
    folder = folders.pop() if len(folders) == 1 else None
    # Its index leads to the few that failed or wait; without it every message there is would be looked at.
    return here if folder is None else and_(_M.folder == literal_column(f"'{folder.value}'"), here)


def to_tracked(row: AnyRow, counts: Mapping[Outcome, int]) -> Tracked:
    """A row of ``BATCHES`` as a batch with its counts."""
    return Tracked(
        id=row.id,
        code=row.code,
        single=False,
        kind=BatchKind(row.kind),
        status=BatchStatus(row.status),
        reason=row.reason,
        name=row.name,
        text=row.text,
        file_name=row.file_name,
        channel_id=ChannelId(row.channel_id),
        channel_name=row.channel_name or "",
        user_id=None if row.user_id is None else UserId(row.user_id),
        user_name=row.user_name or "",
        team_id=None if row.team_id is None else TeamId(row.team_id),
        team_name=row.team_name or "",
        created_at=row.created_at,
        due_at=row.due_at,
        finished_at=row.finished_at,
        counts=counts,
    )
