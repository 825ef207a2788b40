"""ErrorLogService: why a message failed: each attempt, what was said with the provider, and what to do (S1-26)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from desktop_inbox.errors import NotFoundError
from desktop_inbox.models.entities.exchange import Exchange, ExchangeKind
from desktop_inbox.models.entities.ids import ChannelId, EntryId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message
from desktop_inbox.models.entities.outbox import Attempt, AttemptOutcome
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.code_words import CodeWord, explain
from desktop_inbox.services.redaction import redact

#: Statuses of messages whose log is worth opening.
LOGGED = frozenset(
    {
        DeliveryStatus.FAILED,
        DeliveryStatus.UNDELIVERED,
        DeliveryStatus.BLOCKED,
        DeliveryStatus.EXPIRED,
        DeliveryStatus.UNKNOWN,
        DeliveryStatus.RETRY_WAIT,
    }
)

_OUTCOMES = {
    AttemptOutcome.ACCEPTED: "The provider took it",
    AttemptOutcome.NOT_SENT: "Nothing was sent",
    AttemptOutcome.NOT_PROCESSED: "The provider asked for a pause",
    AttemptOutcome.CHANNEL: "The account cannot send",
    AttemptOutcome.PERMANENT: "The provider refused it",
    AttemptOutcome.AMBIGUOUS: "Nobody knows whether it left",
}
_KINDS = {
    ExchangeKind.SEND: "Sending",
    ExchangeKind.STATUS: "Asking how far it got",
    ExchangeKind.RECEIVE: "Receiving",
    ExchangeKind.CALL: "Reading the call log",
    ExchangeKind.ATTACHMENT: "Fetching a file",
    ExchangeKind.TOKEN: "Signing in",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogStep:
    """One attempt or later report, with what was said in it."""

    title: str  # "Attempt 2", "Report of the provider", "Fetching a file"
    at: datetime
    outcome: str = ""  # in words
    elapsed_millis: int | None = None
    http_status: int | None = None
    word: CodeWord | None = None  # None where nothing went wrong
    exchanges: tuple[Exchange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorLog:
    """Everything known about why a message is where it is; texts are plain and hold no secret."""

    message: Message
    channel_name: str
    channel_kind: str
    word: CodeWord
    steps: tuple[LogStep, ...]

    @property
    def can_resend(self) -> bool:
        """Whether it may be sent again as a new message."""
        ours = self.message.direction is Direction.OUT and self.message.channel_id is not None
        return ours and self.message.status in LOGGED - {DeliveryStatus.UNKNOWN, DeliveryStatus.RETRY_WAIT}


class ErrorLogService:
    """Reads; ``mask`` says whether phone numbers are shown by their last digits only."""

    def __init__(self, store: Store, *, mask: Callable[[], bool] = lambda: False) -> None:
        self._store = store
        self._mask = mask

    async def of(self, message_id: EntryId) -> ErrorLog:
        """Return the log of a message; NotFoundError when it is gone."""
        return await self._store.read(lambda work: read_log(work, message_id, masked=self._mask()))

    async def of_channel(self, channel_id: ChannelId) -> tuple[LogStep, ...]:
        """Return what was said last when a channel could not be fetched or asked, and concerns no single message, the
        newest first."""

        def read(work: Work) -> tuple[LogStep, ...]:
            channel = work.channels.get(channel_id)
            said = work.exchanges.of_channel(channel_id)
            if self._mask():
                said = tuple(replace(one, request=redact(one.request), response=redact(one.response)) for one in said)
            return tuple(_other(one, "" if channel is None else channel.kind) for one in said)

        return await self._store.read(read)


def read_log(work: Work, message_id: EntryId, *, masked: bool = False) -> ErrorLog:
    """Return the log of a message within a transaction."""
    message = work.messages.get(message_id)
    if message is None:
        raise NotFoundError("message_missing", "The message does not exist any more.")
    channel = None if message.channel_id is None else work.channels.get(message.channel_id)
    kind = "" if channel is None else channel.kind
    said = work.exchanges.of_message(message_id)
    if masked:
        said = tuple(replace(one, request=redact(one.request), response=redact(one.response)) for one in said)
    attempts = work.deliveries.attempts_of_message(message_id)
    steps = [_attempt(one, number, said, kind) for number, one in enumerate(attempts, start=1)]
    known = {one.id for one in attempts}
    steps += [_other(one, kind) for one in said if one.attempt_id not in known]
    steps += _report(message, kind, {one.error_code for one in said} | {one.provider_code for one in attempts})
    if masked:
        steps = [replace(step, word=_masked(step.word)) for step in steps]
    word = explain(kind, message.error_code, text=message.error_text)
    return ErrorLog(
        message=message,
        channel_name="" if channel is None else channel.name,
        channel_kind=kind,
        word=_masked(word) or word if masked else word,
        steps=tuple(sorted(steps, key=lambda step: step.at)),
    )


def _masked(word: CodeWord | None) -> CodeWord | None:
    return None if word is None else replace(word, sentence=redact(word.sentence))


def _attempt(attempt: Attempt, number: int, said: tuple[Exchange, ...], kind: str) -> LogStep:
    mine = tuple(one for one in said if one.attempt_id == attempt.id)
    took = None if attempt.finished_at is None else attempt.finished_at - attempt.started_at
    failed = attempt.outcome is not AttemptOutcome.ACCEPTED and (attempt.provider_code or attempt.error_text)
    return LogStep(
        title=f"Attempt {number}",
        at=attempt.started_at,
        outcome="Its result was never recorded" if attempt.outcome is None else _OUTCOMES[attempt.outcome],
        elapsed_millis=None if took is None else max(0, round(took.total_seconds() * 1000)),
        http_status=attempt.http_status,
        word=explain(kind, attempt.provider_code, text=attempt.error_text) if failed else None,
        exchanges=mine,
    )


def _other(said: Exchange, kind: str) -> LogStep:
    return LogStep(
        title=_KINDS[said.kind],
        at=said.at,
        elapsed_millis=said.elapsed_millis,
        http_status=said.http_status,
        word=explain(kind, said.error_code) if said.error_code else None,
        exchanges=(said,),
    )


def _report(message: Message, kind: str, known: set[str]) -> list[LogStep]:
    """What a receipt told after the provider had taken it, where no attempt or answer tells it already."""
    if message.provider_message_id is None or message.failed_at is None or message.error_code in known:
        return []
    word = explain(kind, message.error_code, text=message.error_text)
    return [LogStep(title="Report of the provider", at=message.failed_at, outcome="It did not arrive", word=word)]


def as_text(log: ErrorLog) -> str:
    """Return the whole log as plain text, to be copied or printed; without the message's text of its own."""
    lines = [f"Message {log.message.id} by {log.channel_name or 'no channel'}: {log.message.status}"]
    lines += _of_word(log.word)
    for step in log.steps:
        lines += ["", *_of_step(step)]
    return "\n".join(lines) + "\n"


def step_as_text(step: LogStep) -> str:
    """Return one step as plain text."""
    return "\n".join(_of_step(step)) + "\n"


def _of_step(step: LogStep) -> list[str]:
    lines = [_heading(step), *_of_word(step.word)]
    for said in step.exchanges:
        lines += ["", "> " + said.request.replace("\n", "\n> ")]
        answer = said.response or "(no answer came)"
        lines += ["", "< " + answer.replace("\n", "\n< ")]
    return lines


def _heading(step: LogStep) -> str:
    parts = [step.title, step.at.isoformat(timespec="seconds")]
    parts += [step.outcome] if step.outcome else []
    parts += [f"HTTP {step.http_status}"] if step.http_status is not None else []
    parts += [f"{step.elapsed_millis} ms"] if step.elapsed_millis is not None else []
    return " · ".join(parts)


def _of_word(word: CodeWord | None) -> list[str]:
    if word is None:
        return []
    lines = [f"{word.sentence} ({word.code})" if word.code else word.sentence]
    lines += [f"What to do: {word.remedy}"] if word.remedy else []
    lines += [word.link] if word.link else []
    return lines
