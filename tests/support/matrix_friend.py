"""The other ends of Matrix conversations: matrix-nio, run by the interpreter that has it.

Reads one JSON object a line from standard input, does what it says for the client it names, and answers with
one. Not imported by tests.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from nio import (
    AsyncClient,
    DownloadError,
    InviteEvent,
    ReceiptEvent,
    RoomMessage,
    RoomSendResponse,
    SyncResponse,
    UploadResponse,
)


class Friend:
    """One signed-in nio client."""

    def __init__(self, base_url: str, user: str) -> None:
        self.client = AsyncClient(base_url, user)

    async def login(self, password: str) -> dict[str, Any]:
        answer = await self.client.login(password, device_name="friend")
        return {"user_id": self.client.user_id, "error": str(getattr(answer, "message", ""))}

    async def sync(self, timeout: int) -> dict[str, Any]:
        answer = await self.client.sync(timeout=timeout)
        if not isinstance(answer, SyncResponse):
            return {"error": str(answer)}
        messages, receipts = [], []
        for room_id, room in answer.rooms.join.items():
            messages += [
                {"room": room_id, **event.source}
                for event in room.timeline.events
                if isinstance(event, RoomMessage) or event.source.get("type") == "m.room.message"
            ]
            receipts += [
                {"room": room_id, "event_id": receipt.event_id, "user": receipt.user_id}
                for event in room.ephemeral
                if isinstance(event, ReceiptEvent)
                for receipt in event.receipts
            ]
        invites = [
            room_id
            for room_id, room in answer.rooms.invite.items()
            if any(isinstance(event, InviteEvent) for event in room.invite_state)
        ]
        return {"messages": messages, "receipts": receipts, "invites": invites}

    async def join(self, room: str) -> dict[str, Any]:
        return {"answer": str(await self.client.join(room))}

    async def leave(self, room: str) -> dict[str, Any]:
        return {"answer": str(await self.client.room_leave(room))}

    async def create(self, invite: list[str], direct: bool, name: str = "") -> dict[str, Any]:
        answer = await self.client.room_create(invite=invite, is_direct=direct, name=name or None)
        return {"room": getattr(answer, "room_id", ""), "answer": str(answer)}

    async def text(self, room: str, body: str) -> dict[str, Any]:
        return await self.event(room, "m.room.message", {"msgtype": "m.text", "body": body})

    async def event(self, room: str, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        answer = await self.client.room_send(room, kind, content, ignore_unverified_devices=True)
        assert isinstance(answer, RoomSendResponse), answer
        return {"event_id": answer.event_id}

    async def file(self, room: str, path: str, media_type: str, kind: str) -> dict[str, Any]:
        source = Path(path)
        with source.open("rb") as opened:
            answer, _ = await self.client.upload(
                opened, content_type=media_type, filename=source.name, filesize=source.stat().st_size
            )
        assert isinstance(answer, UploadResponse), answer
        content = {
            "msgtype": kind,
            "body": source.name,
            "url": answer.content_uri,
            "info": {"mimetype": media_type, "size": source.stat().st_size},
        }
        return await self.event(room, "m.room.message", content)

    async def download(self, uri: str, path: str) -> dict[str, Any]:
        answer = await self.client.download(mxc=uri)
        if isinstance(answer, DownloadError):
            return {"error": str(answer)}
        Path(path).write_bytes(answer.body)
        return {"type": answer.content_type}

    async def read(self, room: str, event_id: str) -> dict[str, Any]:
        return {"answer": str(await self.client.update_receipt_marker(room, event_id))}

    async def state(self, room: str, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        return {"answer": str(await self.client.room_put_state(room, kind, content))}


async def main() -> None:
    friends: dict[int, Friend] = {}
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        who, action = order.pop("who"), order.pop("do")
        try:
            if action == "open":
                friends[who] = Friend(order["url"], order["user"])
                answer = await friends[who].login(order["password"])
            elif action == "close":
                await friends.pop(who).client.close()
                answer = {}
            else:
                answer = await getattr(friends[who], action)(**order)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
    for friend in friends.values():
        await friend.client.close()


asyncio.run(main())
