"""channel: list, kinds, add, check, log, pause, resume, remove."""

import argparse
import getpass
import json
import sys

from desktop_inbox.app.office import Office
from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.models.entities.channel import Channel
from desktop_inbox.services.error_log import step_as_text
from desktop_inbox.services.providers.base import CheckStep, Provider

from . import EXIT_PROBLEMS
from .failure_commands import step_as_json
from .output import Output


async def channel(office: Office, options: argparse.Namespace, output: Output) -> int:
    """Do one action on channels."""
    action = options.action
    if action == "list":
        for known in await office.channels.all():
            _tell(known, output)
        return 0
    if action == "kinds":
        for kind in office.channels.kinds():
            fields = ", ".join(field.key for field in kind.fields)
            output.item(
                f"{kind.kind}: {kind.title}. {kind.summary} Settings: {fields}", kind=kind.kind, settings=fields
            )
        return 0
    if action == "add":
        return await _add(office, options, output)
    known = await _named(office, options.channel)
    if action == "log":
        for step in await office.error_log.of_channel(known.id):
            output.item(step_as_text(step), channel=known.id, **step_as_json(step))
        return 0
    if action == "check":
        steps = await office.channels.check(
            known.kind, address=known.address, settings=known.settings, secrets={}, channel_id=known.id
        )
        return _tell_steps(steps, output)
    await {"pause": office.channels.pause, "resume": office.channels.resume, "remove": office.channels.remove}[action](
        known.id
    )
    after = next((item for item in await office.channels.all() if item.id == known.id), None)
    if after is None:
        output.item(f"{known.name} is removed; its history stays.", channel=known.id, state="removed")
    else:
        _tell(after, output)
    return 0


async def _add(office: Office, options: argparse.Namespace, output: Output) -> int:
    kind = next((known for known in office.channels.kinds() if known.kind == options.kind), None)
    if kind is None:
        raise NotFoundError("channel.kind", f"There is no kind of channel {options.kind!r}.", hint="See: channel kinds")
    settings = dict(_pair(item) for item in options.set)
    secrets = _secrets(kind, from_stdin=options.secrets_from_stdin)
    steps = await office.channels.check(kind.kind, address=options.address, settings=settings, secrets=secrets)
    if not all(step.ok for step in steps):
        return _tell_steps(steps, output)
    added = await office.channels.add(
        kind.kind, options.name, address=options.address, settings=settings, secrets=secrets
    )
    _tell(added, output)
    return 0


def _pair(item: str) -> tuple[str, str]:
    key, sign, value = item.partition("=")
    if not sign:
        raise InvalidInputError("usage.setting", f"{item!r} is not KEY=VALUE.", hint="See: channel kinds")
    return key, value


def _secrets(kind: type[Provider], *, from_stdin: bool) -> dict[str, str]:
    """Never from the arguments: those are visible to every program of the computer."""
    wanted = [field for field in kind.fields if field.secret]
    if from_stdin:
        given = json.loads(sys.stdin.readline() or "{}")
        return {field.key: str(given[field.key]) for field in wanted if given.get(field.key)}
    answers = {field.key: getpass.getpass(f"{field.label}: ") for field in wanted}
    return {key: value for key, value in answers.items() if value}


async def _named(office: Office, name: str) -> Channel:
    for known in await office.channels.all():
        if name in (str(known.id), known.name):
            return known
    raise NotFoundError("channel.unknown", f"There is no channel named {name}.", hint="See: channel list")


def _tell(known: Channel, output: Output) -> None:
    reason = f" ({known.state_reason})" if known.state_reason else ""
    output.item(
        f"{known.id}  {known.name}  {known.kind}  {known.address}  {known.state}{reason}",
        channel=known.id,
        name=known.name,
        kind=known.kind,
        address=known.address,
        state=known.state,
        reason=known.state_reason,
    )


def _tell_steps(steps: tuple[CheckStep, ...], output: Output) -> int:
    for step in steps:
        detail = f": {step.detail}" if step.detail else ""
        remedy = f" {step.remedy}" if step.remedy and not step.ok else ""
        output.item(
            f"{'ok  ' if step.ok else 'FAIL'} {step.name}{detail}{remedy}",
            step=step.name,
            ok=step.ok,
            detail=step.detail,
            remedy=step.remedy,
        )
    return 0 if all(step.ok for step in steps) else EXIT_PROBLEMS
