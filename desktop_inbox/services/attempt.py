"""One attempt: a job becomes a request, a provider's answer becomes an outcome. Runs on a worker thread."""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from desktop_inbox.clock import Clock
from desktop_inbox.errors import InboxError, SecretStoreError
from desktop_inbox.models.entities.exchange import ExchangeKind
from desktop_inbox.models.entities.outbox import AttemptOutcome, Delivery, SendOutcome
from desktop_inbox.services import http_record, retry
from desktop_inbox.services.providers.base import (
    AmbiguousError,
    ChannelError,
    NotSentError,
    OptedOutError,
    OutgoingAttachment,
    Provider,
    ProviderError,
    RejectedError,
    SendRequest,
    SendResult,
    ThrottledError,
)
from desktop_inbox.services.sending import Job

_log = logging.getLogger(__name__)

#: The hash of a file -> where it lies.
PathOf = Callable[[str], Path]

_PROOF: Final[tuple[tuple[type[ProviderError], AttemptOutcome], ...]] = (
    (NotSentError, AttemptOutcome.NOT_SENT),
    (ThrottledError, AttemptOutcome.NOT_PROCESSED),
    (ChannelError, AttemptOutcome.CHANNEL),
    (RejectedError, AttemptOutcome.PERMANENT),
    (AmbiguousError, AttemptOutcome.AMBIGUOUS),
)
#: Too much time passed since the claim, as after the computer slept.
LATE: Final = "late"
_FILE_GONE: Final = "The attached file is not on this computer any more."


class NotAttemptedError(Exception):
    """This computer cannot make the attempt, or not in time; no byte left."""


def attempt(
    job: Job,
    provider_of: Callable[[], Provider],
    *,
    path_of: PathOf,
    clock: Clock,
    uniform: retry.Uniform = random.uniform,
) -> SendOutcome:
    """Make the one attempt that ``job`` allows and return what it proved.

    Whatever goes wrong in an unforeseen way proves nothing, so it is ambiguous. NotAttemptedError when the
    secrets of the channel are not to be had here, or when too much time passed since the claim.
    """
    try:
        request = _request(job.delivery, path_of)
    except InboxError:
        request = None
    except Exception as error:  # noqa: BLE001 - nothing was asked of the provider yet
        raise _not_attempted(error) from None
    if request is None:
        return _outcome(job, AttemptOutcome.PERMANENT, clock(), code="ours.file_missing", text=_FILE_GONE)
    try:
        provider = provider_of()
    except InboxError as error:
        raise NotAttemptedError(error.code) from None
    except Exception as error:  # noqa: BLE001 - nothing was asked of the provider yet
        raise _not_attempted(error) from None
    if _is_late(job, clock):
        raise NotAttemptedError(LATE)
    with http_record.recording(ExchangeKind.SEND) as record:
        outcome = _sent(job, provider, request, clock=clock, uniform=uniform)
    if outcome.outcome is AttemptOutcome.ACCEPTED:
        return outcome
    return replace(outcome, exchanges=record.troubles(outcome.code))


def _sent(job: Job, provider: Provider, request: SendRequest, *, clock: Clock, uniform: retry.Uniform) -> SendOutcome:
    try:
        result = provider.send(request)
    except ProviderError as error:
        return _failed(job, error, clock(), uniform)
    except SecretStoreError as error:  # asked for before anything is sent
        raise NotAttemptedError(error.code) from None
    except Exception as error:  # noqa: BLE001 - whatever it was, it proves nothing; its text may hold a secret
        _log.error("a provider of kind %s failed in an unforeseen way (%s)", provider.kind, type(error).__name__)
        return unforeseen(job, clock())
    return _accepted(job, result, clock())


def unforeseen(job: Job, at: datetime) -> SendOutcome:
    """Return the outcome of an attempt that went wrong in a way nobody thought of: it proves nothing."""
    return _outcome(job, AttemptOutcome.AMBIGUOUS, at, code="ours.unforeseen")


def _not_attempted(error: Exception) -> NotAttemptedError:
    """Nothing was asked of the provider yet; the text of ``error`` may hold a secret."""
    _log.error("an attempt could not begin (%s)", type(error).__name__)
    return NotAttemptedError("unforeseen")


def _is_late(job: Job, clock: Clock) -> bool:
    """Whether the lease may run out under way. Either clock may stand still or jump, hardly both."""
    by_wall = abs(clock() - job.begun_at)
    by_tick = timedelta(seconds=time.monotonic() - job.begun_tick)
    return max(by_wall, by_tick) > job.patience


def _accepted(job: Job, result: SendResult, at: datetime) -> SendOutcome:
    if not result.provider_message_id:
        return _outcome(job, AttemptOutcome.AMBIGUOUS, at, code="no_id")
    return SendOutcome(
        outbox_id=job.entry.id,
        attempt_id=job.attempt_id,
        fence=job.entry.fence,
        at=at,
        outcome=AttemptOutcome.ACCEPTED,
        provider_message_id=result.provider_message_id,
        status=result.status,
        segments=result.segments,
    )


def _failed(job: Job, error: ProviderError, at: datetime, uniform: retry.Uniform) -> SendOutcome:
    outcome = next((proof for kind, proof in _PROOF if isinstance(error, kind)), AttemptOutcome.AMBIGUOUS)
    return SendOutcome(
        outbox_id=job.entry.id,
        attempt_id=job.attempt_id,
        fence=job.entry.fence,
        at=at,
        outcome=outcome,
        code=error.code,
        text=error.text,
        http_status=error.http_status,
        retry_at=retry.next_attempt(error, job.entry.attempts, at, uniform),
        opted_out=isinstance(error, OptedOutError),
    )


def _outcome(job: Job, outcome: AttemptOutcome, at: datetime, *, code: str, text: str = "") -> SendOutcome:
    return SendOutcome(
        outbox_id=job.entry.id,
        attempt_id=job.attempt_id,
        fence=job.entry.fence,
        at=at,
        outcome=outcome,
        code=code,
        text=text,
    )


def _request(delivery: Delivery, path_of: PathOf) -> SendRequest | None:
    files = []
    for file in delivery.attachments:
        path = path_of(file.sha256)
        if not path.is_file():
            return None
        files.append(OutgoingAttachment(path=path, media_type=file.media_type, name=file.original_name, size=file.size))
    return SendRequest(
        idempotency_key=delivery.entry.idem_key,
        scheme=delivery.scheme,
        to=delivery.to,
        text=delivery.text,
        attachments=tuple(files),
    )
