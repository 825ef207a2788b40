"""Every command but the window's, on the same services."""

import argparse
import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable

from desktop_inbox.app.office import Office, open_office
from desktop_inbox.config import Config
from desktop_inbox.models.entities.channel import ChannelState
from desktop_inbox.services import logs

from . import (
    EXIT_PROBLEMS,
    broadcast_commands,
    campaign_commands,
    care,
    channel_commands,
    contact_commands,
    export_commands,
    failure_commands,
    folder_commands,
    message_commands,
    report_commands,
    schedule_commands,
    secret_commands,
    segment_commands,
    state_commands,
    team_commands,
    user_commands,
    writing_commands,
)
from .output import Output

_Command = Callable[[Office, argparse.Namespace, Output], Awaitable[int]]


async def dispatch(options: argparse.Namespace) -> int:
    """Run the command of ``options`` and return its exit code."""
    output = Output(as_json=options.json)
    config = Config.load(options.profile)
    if options.command == "restore":
        return await care.restore(config, options, output)
    if options.command == "doctor":
        return await care.doctor(config, output)
    config.prepare()
    if options.command == "serve":
        logs.start(config.logs_dir)
    async with open_office(config) as office:
        if options.command != "secrets":
            await secret_commands.unlock(office)
        return await _COMMANDS[options.command](office, options, output)


async def _serve(office: Office, options: argparse.Namespace, output: Output) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM"):
        # Windows has no signal handlers on its loop; Ctrl+C raises KeyboardInterrupt there.
        if hasattr(signal, name):
            try:
                loop.add_signal_handler(getattr(signal, name), stop.set)
            except NotImplementedError:
                break
    async with office.carrying():
        output.item("Serving. Press Ctrl+C to stop.", state="serving")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), options.seconds)
    output.item("Stopped.", state="stopped")
    return 0


async def _sync(office: Office, options: argparse.Namespace, output: Output) -> int:
    async with office.carrying():
        done = await office.settle(limit=options.wait)
    waiting = await office.outbox.waiting_count()
    states = office.sync.connectivity()
    offline = [channel_id for channel_id, (online, _detail) in states.items() if not online]
    active = sum(channel.state is ChannelState.ACTIVE for channel in await office.channels.all())
    elsewhere = active - len(states)  # a window or another computer holds the lease
    told = f"Fetched {len(states) - len(offline)} of {active} channels; {waiting} messages still wait."
    output.item(
        told + (f" Fetched by another program: {elsewhere}." if elsewhere else ""),
        channels=active,
        elsewhere=elsewhere,
        offline=len(offline),
        waiting=waiting,
        finished=done,
    )
    return 0 if done and not offline else EXIT_PROBLEMS


async def _export(office: Office, options: argparse.Namespace, output: Output) -> int:
    if options.what == "contacts":
        return await contact_commands.export_contacts(office, options, output)
    return await export_commands.export(office, options, output)


async def _message(office: Office, options: argparse.Namespace, output: Output) -> int:
    if options.action in ("log", "resend"):
        return await failure_commands.message(office, options, output)
    return await folder_commands.message(office, options, output)


_COMMANDS: dict[str, _Command] = {
    "serve": _serve,
    "sync": _sync,
    "send": message_commands.send,
    "message": _message,
    "note": message_commands.note,
    "label": folder_commands.label,
    "search": message_commands.search,
    "snippet": writing_commands.snippet,
    "consent": writing_commands.consent,
    "segment": segment_commands.segment,
    "broadcast": broadcast_commands.broadcast,
    "campaign": campaign_commands.campaign,
    "reminder": campaign_commands.reminder,
    "conversation": state_commands.conversation,
    "undo": state_commands.undo,
    "user": user_commands.user,
    "team": team_commands.team,
    "term": team_commands.term,
    "export": _export,
    "report": report_commands.report,
    "schedule": schedule_commands.schedule,
    "import": contact_commands.import_contacts,
    "contact": contact_commands.contact,
    "channel": channel_commands.channel,
    "secrets": secret_commands.secrets,
    "backup": care.backup,
    "verify": care.verify,
}
