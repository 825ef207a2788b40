"""message resend and message log: what failed, why, and once more."""

import argparse

from desktop_inbox.app.office import Office
from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.ids import EntryId
from desktop_inbox.models.entities.outbox import GateDecision
from desktop_inbox.services.error_log import LogStep, as_text

from .output import Output


async def message(office: Office, options: argparse.Namespace, output: Output) -> int:
    """Run one of the commands about single messages."""
    return await {"resend": _resend, "log": _log}[options.action](office, options, output)


async def _resend(office: Office, options: argparse.Namespace, output: Output) -> int:
    """Queue failed messages again, each as a new message."""
    ids = [EntryId(key) for key in options.ids]
    done = await office.resends.resend(ids, confirmed=frozenset(options.confirm))
    for old, new in done.sent:
        output.item(f"{old}: sent again as {new}.", message=old, as_message=new, state="queued")
    for old in done.already:
        output.item(f"{old}: it was sent again before.", message=old, state="already")
    for old, decision in done.refused:
        output.item(f"{old}: {_why(decision)}", message=old, state="refused", code=decision.code)
    if done.refused:
        raise InboxError("resend.refused", f"{len(done.refused)} of {len(ids)} messages were not sent again.")
    return 0


async def _log(office: Office, options: argparse.Namespace, output: Output) -> int:
    """Print why a message failed, attempt by attempt, without secrets."""
    log = await office.error_log.of(EntryId(options.id))
    output.item(
        as_text(log).rstrip(),
        message=log.message.id,
        status=log.message.status,
        code=log.word.code,
        sentence=log.word.sentence,
        remedy=log.word.remedy,
        link=log.word.link,
        steps=[step_as_json(step) for step in log.steps],
    )
    return 0


def step_as_json(step: LogStep) -> dict[str, object]:
    """Return one step of a log as JSON types."""
    return {
        "title": step.title,
        "at": step.at.isoformat(),
        "outcome": step.outcome,
        "http_status": step.http_status,
        "elapsed_millis": step.elapsed_millis,
        "code": step.word.code if step.word else "",
        "exchanges": [{"request": said.request, "response": said.response} for said in step.exchanges],
    }


def _why(decision: GateDecision) -> str:
    return f"{decision.sentence} {decision.hint}".strip()
