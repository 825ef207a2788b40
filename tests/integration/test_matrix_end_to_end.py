"""The whole path with a real homeserver: a message comes in, is answered, the answer is read."""

import asyncio
import collections
import contextlib
import os
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from desktop_inbox.clock import now
from desktop_inbox.config import sqlite_url as address_of_file
from desktop_inbox.events import MessageReceived
from desktop_inbox.models.entities.attachment import AttachmentState
from desktop_inbox.models.entities.channel import Channel
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.conversation import View
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message
from tests.support.headless import Headless, headless, quick_clock
from tests.support.run import eventually, run
from tests.support.synapse import ROOT, MatrixFriend, SynapseServer
from tests.unit.test_attachment_files import png

pytestmark = pytest.mark.synapse

FriendOf = Callable[..., MatrixFriend]


class KeptSecrets:
    """A secret store in memory, as ChannelService and providers see it."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    async def get(self, name: str) -> str:
        return self.kept[name]

    def get_sync(self, name: str) -> str:
        return self.kept.get(name, "")

    async def set(self, name: str, value: str) -> None:
        self.kept[name] = value

    async def delete(self, name: str) -> None:
        self.kept.pop(name, None)


class Talk:
    """An office on Matrix and its conversations."""

    def __init__(self, office: Headless, channel: Channel) -> None:
        self.office = office
        self.channel = channel

    async def entries(self) -> list[Message]:
        page = await self.office.inbox.page(View.ALL)
        found: list[Message] = []
        for row in page.items:
            entries = await self.office.store.read(lambda work, row=row: work.timeline.since(row.id, 0, 10_000).entries)
            found += [entry for entry in entries if isinstance(entry, Message)]
        return found

    async def until(self, condition: Callable[[list[Message]], Any], *, seconds: float = 30) -> list[Message]:
        end = time.monotonic() + seconds
        while not condition(entries := await self.entries()):
            assert time.monotonic() < end, collections.Counter(entry.status for entry in entries)
            await asyncio.sleep(0.05)
        return entries

    async def answer(self, text: str, *paths: Path) -> Message:
        page = await self.office.inbox.page(View.ALL)
        conversation_id: ConversationId = page.items[0].id
        (option,) = await self.office.channels.reply_options(conversation_id)
        return await self.office.outbox.queue(
            conversation_id,
            text,
            channel_id=option.channel.id,
            address_id=option.address.id,
            attachment_paths=tuple(str(path) for path in paths),
            client_uuid=str(uuid.uuid4()),
        )


async def add_channel(office: Headless, server: SynapseServer, name: str, user_id: str) -> Channel:
    settings = {"homeserver": server.url, "user_id": user_id}
    return await office.channels.add(
        "matrix", name, address=user_id, settings=settings, secrets={"password": "office-password"}
    )


def texts_of(friend: MatrixFriend) -> list[str]:
    return [message["content"].get("body", "") for message in friend.messages]


@pytest.mark.row("P2", "P11", "P12", "P25", "S4-47")
def test_a_message_comes_in_is_answered_and_the_answer_is_read(
    database_url: str, tmp_path: Path, synapse: SynapseServer, friend_of: FriendOf
) -> None:
    name = f"office-{uuid.uuid4().hex[:8]}"
    user_id = synapse.register(name, "office-password")
    friend = friend_of("Ana Díaz")
    secrets = KeptSecrets()

    def secret(channel_id: int, field: str) -> str:
        return secrets.get_sync(f"channel-{channel_id}/{field}")

    async def story() -> None:
        async with headless(database_url, tmp_path, secret, secrets=secrets) as office:
            talk = Talk(office, await add_channel(office, synapse, "Matrix", user_id))
            assert list(secrets.kept) == [f"channel-{talk.channel.id}/access_token"]
            await office.sync.start()
            await office.dispatcher.start()
            await office.sync.caught_up()
            try:
                await first_words(talk)
                await answered_and_read(talk)
                await pictures(talk)
            finally:
                await office.dispatcher.stop()
                await office.sync.stop()

    async def say(order: str, **arguments: Any) -> dict[str, Any]:
        return await asyncio.to_thread(friend.do, order, **arguments)

    async def first_words(talk: Talk) -> None:
        room = (await say("create", invite=[user_id], direct=True))["room"]
        await say("text", room=room, body="Are you open today?")
        (message,) = await talk.until(len)
        assert (message.text, message.direction) == ("Are you open today?", Direction.IN)
        contact = await talk.office.contacts.contact(message.contact_id)
        assert (contact.name, contact.addresses[0].scheme) == ("Ana Díaz", Scheme.MATRIX)
        heard: list[float] = []
        talk.office.bus.subscribe(MessageReceived, lambda _event: heard.append(time.monotonic()))
        started = time.monotonic()
        await say("text", room=room, body="Hello?")
        await eventually(lambda: heard)
        print(f"a message was here after {heard[0] - started:.2f} s")
        assert heard[0] - started < 1.0

    async def answered_and_read(talk: Talk) -> None:
        queued = await talk.answer("Yes, until six.")
        await asyncio.to_thread(friend.sync_until, lambda f: "Yes, until six." in texts_of(f))
        (seen,) = [m for m in friend.messages if m["content"].get("body") == "Yes, until six."]

        def status(entries: list[Message]) -> DeliveryStatus:
            (mine,) = [entry for entry in entries if entry.id == queued.id]
            return mine.status

        await talk.until(lambda entries: status(entries) is DeliveryStatus.SENT)
        await say("read", room=seen["room"], event_id=seen["event_id"])
        entries = await talk.until(lambda entries: status(entries) is DeliveryStatus.READ)
        assert len(entries) == 3  # the echo is the message itself
        assert texts_of(friend).count("Yes, until six.") == 1

    async def pictures(talk: Talk) -> None:
        photo = tmp_path / "photo.png"
        photo.write_bytes(png(5, 4))
        room = friend.messages[-1]["room"]
        await say("file", room=room, path=str(photo), media_type="image/png", kind="m.image")
        entries = await talk.until(
            lambda entries: any(a.state is AttachmentState.READY for e in entries for a in e.attachments)
        )
        (attachment,) = [a for entry in entries for a in entry.attachments]
        assert (attachment.original_name, attachment.width, attachment.height) == ("photo.png", 5, 4)
        assert talk.office.attachments.path_of(attachment).read_bytes() == png(5, 4)
        staged = await talk.office.attachments.stage(png(7, 3), name="map.png")
        await talk.answer("Here is the way", staged.path)
        await asyncio.to_thread(friend.sync_until, lambda f: "Here is the way" in texts_of(f))
        url = friend.messages[-1]["content"]["url"]
        await say("download", uri=url, path=str(tmp_path / "copy"))
        assert (tmp_path / "copy").read_bytes() == png(7, 3)

    run(story(), timeout=90)
    for secret_value in ("office-password", *secrets.kept.values()):
        assert files_with(tmp_path, secret_value) == []


@pytest.mark.row("P1", "P2", "P3", "P25")
@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(6, id="6 kills", marks=pytest.mark.timeout(400)),
        pytest.param(100, id="100 kills", marks=[pytest.mark.chaos, pytest.mark.timeout(1200)]),
    ],
)
def test_killed_again_and_again_each_answer_arrives_once(
    kills: int, sqlite_empty_url: str, tmp_path: Path, synapse: SynapseServer, friend_of: FriendOf
) -> None:
    name = f"office-{uuid.uuid4().hex[:8]}"
    user_id = synapse.register(name, "office-password")
    token = synapse.token(name, "office-password")
    friend = friend_of("Ana")
    room = friend.do("create", invite=[user_id], direct=True)["room"]
    friend.do("text", room=room, body="Hello")
    url = address_of_file(tmp_path / "inbox.db")
    start = now()
    clock = quick_clock(start, SPEED)
    rng = random.Random(kills)

    @contextlib.asynccontextmanager
    async def carrier() -> Any:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.support.headless", url, str(tmp_path), start.isoformat(), str(SPEED),
            cwd=ROOT, env={**os.environ, "SECRET_access_token": token}, stdout=subprocess.PIPE,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            assert (await process.stdout.readline()).strip() == b"carrying"
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def story() -> list[Message]:
        async with headless(url, tmp_path, lambda *_: token, clock=clock) as office:
            settings = {"homeserver": synapse.url, "user_id": user_id}
            channel = await office.store.run(
                lambda work: work.channels.add(kind="matrix", name="Matrix", address=user_id, settings=settings)
            )
            talk = Talk(office, channel)
            async with carrier():
                await talk.until(len)
            for kill in range(kills):
                async with carrier():
                    await talk.answer(f"Answer {kill}")
                    await asyncio.sleep(rng.uniform(0.0, 0.4))
            async with carrier():
                entries = await talk.until(lambda entries: not waiting(entries), seconds=300)
            return [entry for entry in entries if entry.direction is Direction.OUT]

    entries = run(story(), timeout=1100)
    friend.do("text", room=room, body="That is all")
    friend.sync_until(lambda f: "That is all" in texts_of(f))
    arrived = [text for text in texts_of(friend) if text.startswith("Answer")]
    more = history_of(synapse, token, room)
    print(f"{kills} kills: {len(more)} answers arrived, {len(more) - len(set(more))} twice")
    assert set(arrived) <= set(more)
    assert len(entries) == kills
    assert len(more) == len(set(more))
    assert sorted(more) == sorted(entry.text for entry in entries)
    assert {entry.status for entry in entries} <= {DeliveryStatus.ACCEPTED, DeliveryStatus.SENT}
    assert files_with(tmp_path, token) == []


#: Leases of 90 s end after 3 s. Faster, and a slow computer loses them while it still sends.
SPEED = 30.0

WAITING = {
    DeliveryStatus.QUEUED,
    DeliveryStatus.SENDING,
    DeliveryStatus.RETRY_WAIT,
    DeliveryStatus.HELD,
    DeliveryStatus.UNKNOWN,
}


def waiting(entries: list[Message]) -> set[DeliveryStatus]:
    """What answers still wait for."""
    return {entry.status for entry in entries if entry.direction is Direction.OUT} & WAITING


def files_with(folder: Path, secret: str) -> list[Path]:
    """Files in which a secret can be read."""
    return [path for path in folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]


def history_of(server: SynapseServer, token: str, room: str) -> list[str]:
    """Everything the office said in a room, as the homeserver keeps it."""
    found: list[str] = []
    start = ""
    while True:
        path = f"/_matrix/client/v3/rooms/{room}/messages?dir=b&limit=100{start}"
        answer = server.ask("GET", path, token=token)
        found += [event["content"].get("body", "") for event in answer["chunk"] if event["type"] == "m.room.message"]
        if not answer.get("end"):
            return [text for text in found if text.startswith("Answer")]
        start = f"&from={answer['end']}"


def test_the_clock_of_these_tests_runs_fast() -> None:
    clock = quick_clock(datetime.fromisoformat("2026-01-01T00:00:00+00:00"), 60.0)
    assert clock() > now()
