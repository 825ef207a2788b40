"""MatrixProvider against a real Synapse, with matrix-nio at the other end."""

import io
import secrets
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desktop_inbox.errors import SecretStoreError
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import ChannelId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction
from desktop_inbox.services.providers.base import (
    ChannelAccount,
    ChannelError,
    DeliveryReceipt,
    InboundMessage,
    OutgoingAttachment,
    ProviderError,
    RejectedError,
    SendRequest,
    ThrottledError,
)
from desktop_inbox.services.providers.matrix import MatrixProvider
from desktop_inbox.services.providers.matrix_events import ENCRYPTED_TEXT
from tests.support.synapse import MatrixFriend, SynapseServer, running_synapse

pytestmark = pytest.mark.synapse

FriendOf = Callable[..., MatrixFriend]


class Office:
    """Our account at a homeserver, and everything fetched for it so far."""

    def __init__(self, server: SynapseServer, *, limited: bool = False) -> None:
        self.server = server
        self.name = f"office-{secrets.token_hex(4)}"
        self.user_id = server.register(self.name, "office-password")
        self.secrets = {"access_token": server.token(self.name, "office-password")}
        self.providers: list[MatrixProvider] = []
        self.provider = self.new_provider()
        self.cursor = ""
        self.messages: list[InboundMessage] = []
        self.receipts: list[DeliveryReceipt] = []

    def new_provider(self) -> MatrixProvider:
        """A provider as another thread or a restart would have it."""
        account = ChannelAccount(
            channel_id=ChannelId(1),
            address=self.user_id,
            settings={"homeserver": self.server.url, "user_id": self.user_id},
            secret=self.secret,
        )
        self.providers.append(MatrixProvider(account))
        return self.providers[-1]

    def secret(self, field: str) -> str:
        if field not in self.secrets:
            raise SecretStoreError("secrets.missing", "A secret of this channel is missing.")
        return self.secrets[field]

    def fetch(self, *, wait: float = 0.0) -> None:
        result = self.provider.fetch(self.cursor, wait=timedelta(seconds=wait))
        self.cursor = result.cursor
        self.messages += result.messages
        self.receipts += result.receipts
        while result.has_more:
            result = self.provider.fetch(self.cursor, wait=timedelta(0))
            self.cursor = result.cursor
            self.messages += result.messages
            self.receipts += result.receipts

    def fetch_until(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < end, (self.messages[-5:], self.receipts[-5:])
            self.fetch(wait=1.0)

    def texts(self, direction: Direction = Direction.IN) -> list[str]:
        return [message.text for message in self.messages if message.direction is direction]

    def request(self, to: str, text: str, *files: OutgoingAttachment, key: str = "") -> SendRequest:
        return SendRequest(
            idempotency_key=key or secrets.token_hex(16), scheme=Scheme.MATRIX, to=to, text=text, attachments=files
        )

    def send(self, to: str, text: str, *files: OutgoingAttachment, key: str = "") -> str:
        return self.provider.send(self.request(to, text, *files, key=key)).provider_message_id


@pytest.fixture
def office(synapse: SynapseServer) -> Iterator[Office]:
    account = Office(synapse)
    yield account
    for provider in account.providers:
        provider.close()


@pytest.fixture
def talk(office: Office, friend_of: FriendOf) -> tuple[Office, MatrixFriend, str]:
    """An office, a friend, and the room that the friend opened with the office."""
    office.fetch()
    friend = friend_of("Ana Díaz")
    room = friend.do("create", invite=[office.user_id], direct=True)["room"]
    friend.do("text", room=room, body="Hello?")
    office.fetch_until(lambda: "Hello?" in office.texts())
    return office, friend, room


def picture(folder: Path, width: int = 3, height: int = 2) -> Path:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    path = folder / "photo.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b""))
    return path


def outgoing(path: Path, media_type: str) -> OutgoingAttachment:
    return OutgoingAttachment(path=path, media_type=media_type, name=path.name, size=path.stat().st_size)


def texts_of(friend: MatrixFriend) -> list[str]:
    return [message["content"].get("body", "") for message in friend.messages]


@pytest.mark.row("P11")
def test_an_invitation_is_accepted_and_what_was_said_before_arrives(talk: tuple[Office, MatrixFriend, str]) -> None:
    office, friend, _ = talk
    (message,) = office.messages
    assert (message.address, message.scheme, message.direction) == (friend.user_id, Scheme.MATRIX, Direction.IN)
    assert message.sender_name == "Ana Díaz"
    assert abs(message.occurred_at - datetime.now(UTC)) < timedelta(minutes=1)
    office.fetch()
    assert len(office.messages) == 1


@pytest.mark.row("P11")
def test_text_both_ways_within_a_second(talk: tuple[Office, MatrixFriend, str]) -> None:
    office, friend, room = talk
    answer = office.send(friend.user_id, "Yes, we are open. Größe: 漢字 😀\nSecond line")
    friend.sync_until(lambda f: any(m["event_id"] == answer for m in f.messages))
    (seen,) = [m for m in friend.messages if m["event_id"] == answer]
    assert (seen["room"], seen["content"]["body"]) == (room, "Yes, we are open. Größe: 漢字 😀\nSecond line")
    office.fetch()
    started = time.monotonic()
    friend.do("text", room=room, body="Thanks!")
    office.fetch_until(lambda: "Thanks!" in office.texts())
    assert time.monotonic() - started < 1.0


@pytest.mark.row("P2", "P4")
def test_the_same_key_again_is_one_message_also_after_a_restart(talk: tuple[Office, MatrixFriend, str]) -> None:
    office, friend, _ = talk
    request = office.request(friend.user_id, "Only once")
    ids = {office.provider.send(request).provider_message_id for _ in range(3)}
    ids.add(office.new_provider().send(request).provider_message_id)
    assert len(ids) == 1
    office.send(friend.user_id, "Afterwards")
    friend.sync_until(lambda f: "Afterwards" in texts_of(f))
    assert texts_of(friend).count("Only once") == 1


@pytest.mark.row("P11")
def test_what_was_sent_comes_back_with_its_key(talk: tuple[Office, MatrixFriend, str]) -> None:
    office, friend, _ = talk
    event_id = office.send(friend.user_id, "Noted", key="key-of-the-outbox")
    office.fetch_until(lambda: "Noted" in office.texts(Direction.OUT))
    (echo,) = [m for m in office.messages if m.direction is Direction.OUT]
    assert (echo.provider_message_id, echo.idempotency_key) == (event_id, "key-of-the-outbox")
    assert (echo.address, echo.status) == (friend.user_id, DeliveryStatus.SENT)


@pytest.mark.row("P11")
def test_what_staff_write_in_another_client_appears_as_sent(
    talk: tuple[Office, MatrixFriend, str], friend_of: FriendOf
) -> None:
    office, friend, room = talk
    phone = friend_of(name=office.name, password="office-password")
    phone.do("text", room=room, body="From my phone")
    office.fetch_until(lambda: "From my phone" in office.texts(Direction.OUT))
    (echo,) = [m for m in office.messages if m.direction is Direction.OUT]
    assert (echo.address, echo.sender_name) == (friend.user_id, "Ana Díaz")
    assert echo.provider_message_id


@pytest.mark.row("P12")
def test_a_read_receipt_covers_everything_before_it(talk: tuple[Office, MatrixFriend, str]) -> None:
    office, friend, room = talk
    sent = [office.send(friend.user_id, f"Message {number}") for number in range(3)]
    later = office.send(friend.user_id, "Not read yet")
    friend.do("read", room=room, event_id=sent[-1])
    office.fetch_until(lambda: office.receipts)
    assert {receipt.provider_message_id for receipt in office.receipts} == set(sent)
    assert {(receipt.status, receipt.key) for receipt in office.receipts} == {(DeliveryStatus.READ, "read")}
    friend.do("read", room=room, event_id=later)
    office.fetch_until(lambda: any(receipt.provider_message_id == later for receipt in office.receipts))


@pytest.mark.row("P12")
def test_a_receipt_is_understood_by_a_provider_that_has_seen_nothing(talk: tuple[Office, MatrixFriend, str]) -> None:
    office, friend, room = talk
    sent = [office.send(friend.user_id, f"Message {number}") for number in range(3)]
    office.fetch_until(lambda: len(office.texts(Direction.OUT)) == 3)
    office.provider = office.new_provider()
    friend.do("read", room=room, event_id=sent[1])
    office.fetch_until(lambda: office.receipts)
    assert {receipt.provider_message_id for receipt in office.receipts} == set(sent[:2])


@pytest.mark.row("P12")
def test_our_reading_is_shown_to_the_other_side(talk: tuple[Office, MatrixFriend, str]) -> None:
    office, friend, room = talk
    (message,) = office.messages
    for provider in (office.provider, office.new_provider()):
        provider.mark_read(Scheme.MATRIX, friend.user_id, message.provider_message_id)
    friend.sync_until(lambda f: any(r["user"] == office.user_id for r in f.receipts))
    assert {(r["room"], r["event_id"]) for r in friend.receipts if r["user"] == office.user_id} == {
        (room, message.provider_message_id)
    }


@pytest.mark.row("S4-47", "P11")
def test_an_image_arrives(talk: tuple[Office, MatrixFriend, str], tmp_path: Path) -> None:
    office, friend, room = talk
    path = picture(tmp_path)
    friend.do("file", room=room, path=str(path), media_type="image/png", kind="m.image")
    office.fetch_until(lambda: any(message.attachments for message in office.messages))
    (attachment,) = office.messages[-1].attachments
    assert (attachment.name, attachment.media_type, attachment.size) == ("photo.png", "image/png", path.stat().st_size)
    assert office.messages[-1].text == ""
    sink = io.BytesIO()
    office.new_provider().download(attachment.reference, sink, max_bytes=10_000)
    assert sink.getvalue() == path.read_bytes()
    with pytest.raises(RejectedError):
        office.provider.download(attachment.reference, io.BytesIO(), max_bytes=10)
    for bad in ("mxc://localhost/../../x", "https://localhost/x", "mxc://localhost/none-such"):
        with pytest.raises(RejectedError):
            office.provider.download(bad, io.BytesIO(), max_bytes=10)


@pytest.mark.row("S4-47", "P2")
def test_files_are_sent_with_their_text(talk: tuple[Office, MatrixFriend, str], tmp_path: Path) -> None:
    office, friend, _ = talk
    path = picture(tmp_path)
    notes = tmp_path / "prices ä.txt"
    notes.write_text("Cut 20")
    request = office.request(
        friend.user_id, "Two files", outgoing(notes, "text/plain"), outgoing(path, "image/png"), key="two-files"
    )
    event_id = office.provider.send(request).provider_message_id
    assert office.provider.send(request).provider_message_id == event_id
    friend.sync_until(lambda f: any(m["event_id"] == event_id for m in f.messages))
    first, last = friend.messages[-2:]
    assert (first["content"]["msgtype"], first["content"]["body"]) == ("m.file", "prices ä.txt")
    assert last["content"]["msgtype"] == "m.image"
    assert (last["content"]["body"], last["content"]["filename"]) == ("Two files", "photo.png")
    assert last["content"]["info"] == {"mimetype": "image/png", "size": path.stat().st_size, "w": 3, "h": 2}
    for message, original in ((first, notes), (last, path)):
        friend.do("download", uri=message["content"]["url"], path=str(tmp_path / "copy"))
        assert (tmp_path / "copy").read_bytes() == original.read_bytes()
    office.fetch_until(lambda: office.texts(Direction.OUT))
    echoes = [message for message in office.messages if message.direction is Direction.OUT]
    assert [(echo.text, echo.idempotency_key) for echo in echoes] == [("Two files", "two-files")]


@pytest.mark.row("S4-27")
def test_writing_first_makes_one_room(office: Office, friend_of: FriendOf) -> None:
    friend = friend_of("Ben")
    office.send(friend.user_id, "Your order is ready")
    friend.sync_until(lambda f: f.invites)
    (room,) = friend.invites
    friend.do("join", room=room)
    friend.sync_until(lambda f: "Your order is ready" in texts_of(f))
    office.new_provider().send(office.request(friend.user_id, "Second"))
    office.send(friend.user_id, "Third")
    friend.sync_until(lambda f: "Third" in texts_of(f))
    assert {message["room"] for message in friend.messages} == {room}
    assert friend.invites == [room]
    path = f"/_matrix/client/v3/user/{office.user_id}/account_data/m.direct"
    assert office.server.ask("GET", path, token=office.secrets["access_token"]) == {friend.user_id: [room]}
    office.fetch_until(lambda: len(office.texts(Direction.OUT)) == 3)
    assert {message.address for message in office.messages} == {friend.user_id}


@pytest.mark.row("S4-27", "P4")
def test_a_room_made_just_before_a_crash_is_used(office: Office, friend_of: FriendOf, synapse: SynapseServer) -> None:
    friend = friend_of("Ben")
    body = {"preset": "trusted_private_chat", "is_direct": True, "invite": [friend.user_id]}
    room = synapse.ask("POST", "/_matrix/client/v3/createRoom", body, office.secrets["access_token"])["room_id"]
    office.send(friend.user_id, "Hello")
    friend.sync_until(lambda f: f.invites)
    assert friend.invites == [room]


@pytest.mark.row("S4-27")
def test_somebody_who_left_is_invited_again(talk: tuple[Office, MatrixFriend, str]) -> None:
    office, friend, room = talk
    friend.do("leave", room=room)
    office.send(friend.user_id, "Please come back")
    friend.sync_until(lambda f: room in f.invites)


@pytest.mark.row("S4-27")
def test_the_answer_goes_where_they_wrote_last(talk: tuple[Office, MatrixFriend, str]) -> None:
    office, friend, _ = talk
    second = friend.do("create", invite=[office.user_id], direct=True)["room"]
    friend.do("text", room=second, body="In a new room")
    office.fetch_until(lambda: "In a new room" in office.texts())
    answer = office.new_provider().send(office.request(friend.user_id, "Here"))
    friend.sync_until(lambda f: "Here" in texts_of(f))
    (seen,) = [m for m in friend.messages if m["event_id"] == answer.provider_message_id]
    assert seen["room"] == second


def test_an_encrypted_room_is_told_and_the_answer_opens_another(office: Office, friend_of: FriendOf) -> None:
    office.fetch()
    friend = friend_of("Ana")
    room = friend.do("create", invite=[office.user_id], direct=True)["room"]
    friend.do("state", room=room, kind="m.room.encryption", content={"algorithm": "m.megolm.v1.aes-sha2"})
    secret = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x", "session_id": "y"}
    friend.do("event", room=room, kind="m.room.encrypted", content=secret)
    office.fetch_until(lambda: ENCRYPTED_TEXT in office.texts())
    assert office.messages[-1].address == friend.user_id
    office.send(friend.user_id, "Not encrypted")
    friend.sync_until(lambda f: f.invites)
    (other,) = friend.invites
    assert other != room
    with pytest.raises(RejectedError) as caught:
        office.send(room, "Not encrypted")
    assert caught.value.code == "encrypted"


def test_a_group_is_a_contact_of_its_own(office: Office, friend_of: FriendOf) -> None:
    office.fetch()
    ana, ben = friend_of("Ana"), friend_of("Ben")
    room = ana.do("create", invite=[office.user_id, ben.user_id], direct=False, name="Kitchen")["room"]
    ben.do("join", room=room)
    ben.do("text", room=room, body="Soup?")
    office.fetch_until(lambda: office.messages)
    (message,) = office.messages
    assert (message.address, message.sender_name, message.text) == (room, "Kitchen", "Ben: Soup?")
    office.send(room, "Yes")
    ana.sync_until(lambda f: "Yes" in texts_of(f))


@pytest.mark.row("P11")
def test_nothing_is_missed_when_more_came_than_a_sync_holds(talk: tuple[Office, MatrixFriend, str]) -> None:
    office, friend, room = talk
    for number in range(75):
        friend.do("text", room=room, body=f"Number {number}")
    before = len(office.messages)
    office.fetch()
    new = office.messages[before:]
    assert sorted(int(m.text.split()[1]) for m in new) == list(range(75))
    assert len({m.provider_message_id for m in new}) == 75


@pytest.mark.row("P11")
def test_a_first_fetch_takes_recent_history_only(talk: tuple[Office, MatrixFriend, str]) -> None:
    office, friend, room = talk
    for number in range(60):
        friend.do("text", room=room, body=f"Number {number}")
    office.secrets["access_token"] = office.server.token(office.name, "office-password")
    office.cursor, office.messages, office.provider = "", [], office.new_provider()
    office.fetch()
    assert office.texts() == [f"Number {number}" for number in range(10, 60)]


@pytest.mark.row("P21")
def test_other_kinds_of_events(talk: tuple[Office, MatrixFriend, str]) -> None:
    office, friend, room = talk
    first = friend.do("text", room=room, body="wrnog")["event_id"]
    relation = {"rel_type": "m.replace", "event_id": first}
    edit = {"msgtype": "m.text", "body": "* wrong", "m.new_content": {"msgtype": "m.text", "body": "wrong"}}
    friend.do("event", room=room, kind="m.room.message", content={**edit, "m.relates_to": relation})
    reply = {"msgtype": "m.text", "body": "> <@a:b> old\n\nnew", "m.relates_to": {"m.in_reply_to": {"event_id": first}}}
    friend.do("event", room=room, kind="m.room.message", content=reply)
    reaction = {"m.relates_to": {"rel_type": "m.annotation", "event_id": first, "key": "👍"}}
    friend.do("event", room=room, kind="m.reaction", content=reaction)
    friend.do("event", room=room, kind="m.room.message", content={"msgtype": "m.emote", "body": "waves"})
    secret = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x", "session_id": "y"}
    friend.do("event", room=room, kind="m.room.encrypted", content=secret)
    for odd in (
        {"msgtype": "m.text", "body": ""},
        {"msgtype": "m.image", "body": "x.png", "url": "https://example.org/x.png"},
    ):
        friend.do("event", room=room, kind="m.room.message", content=odd)
    friend.do("event", room=room, kind="org.example.unknown", content={"body": "x"})
    friend.do("text", room=room, body="end")
    office.fetch_until(lambda: "end" in office.texts())
    assert office.texts()[1:] == ["wrnog", "✏️ wrong", "new", "👍", "* Ana Díaz waves", ENCRYPTED_TEXT, "x.png", "end"]


@pytest.mark.row("P19", "P13")
def test_after_a_restart_of_the_server_nothing_is_missing(tmp_path: Path, friend_of: FriendOf) -> None:
    with running_synapse(tmp_path) as server:
        office = Office(server)
        office.fetch()
        friend = friend_of("Ana", server=server)
        room = friend.do("create", invite=[office.user_id], direct=True)["room"]
        friend.do("text", room=room, body="Before")
        office.fetch_until(lambda: "Before" in office.texts())
        server.stop()
        with pytest.raises(ProviderError):
            office.fetch(wait=1)
        with pytest.raises(ProviderError):
            office.send(friend.user_id, "Into the void", key="same-key")
        server.start()
        friend.do("text", room=room, body="After")
        office.fetch_until(lambda: "After" in office.texts())
        office.send(friend.user_id, "Into the void", key="same-key")
        friend.sync_until(lambda f: "Into the void" in texts_of(f))
        assert texts_of(friend).count("Into the void") == 1
        office.provider.close()


@pytest.mark.row("P14")
def test_a_real_429_says_how_long(tmp_path: Path) -> None:
    limits = "rc_message: {per_second: 0.2, burst_count: 3}\n"
    with running_synapse(tmp_path, limits=limits) as server:
        office = Office(server)
        peer = server.register("peer", "peer-password")
        sent: list[str] = []

        def hurry() -> None:
            for number in range(20):
                sent.append(office.send(peer, f"Message {number}"))

        with pytest.raises(ThrottledError) as caught:
            hurry()
        assert 0 < len(sent) < 20
        assert caught.value.retry_after is not None
        assert timedelta(0) < caught.value.retry_after < timedelta(seconds=30)
        assert (caught.value.code, caught.value.http_status) == ("M_LIMIT_EXCEEDED", 429)
        office.provider.close()


@pytest.mark.row("P4")
def test_a_wrong_token_is_an_error_of_the_channel(office: Office) -> None:
    office.secrets["access_token"] = "syt_wrong_token"
    for attempt in (
        lambda: office.provider.fetch("", wait=timedelta(0)),
        lambda: office.send("@x:localhost", "hi"),
        office.provider.probe,
    ):
        with pytest.raises(ChannelError) as caught:
            attempt()
        assert caught.value.code == "M_UNKNOWN_TOKEN"
        assert "syt_" not in str(caught.value)
    assert [step.ok for step in office.provider.check()] == [True, False]


@pytest.mark.row("P26")
@pytest.mark.parametrize("code", ["secrets.missing", "secrets.locked"])
def test_without_secrets_nothing_is_tried(office: Office, code: str) -> None:
    def secret(_: str) -> str:
        raise SecretStoreError(code, "No secret.", hint="Enter it.")

    office.secret = secret  # type: ignore[method-assign]
    provider = office.new_provider()
    for attempt in (lambda: provider.fetch("", wait=timedelta(0)), provider.probe):
        with pytest.raises(SecretStoreError) as caught:
            attempt()
        assert caught.value.code == code
    with pytest.raises(SecretStoreError):
        provider.send(office.request("@x:localhost", "hi"))
    steps = provider.check()
    assert ([step.ok for step in steps], bool(steps[-1].remedy)) == ([True, False], True)


def test_somebody_who_does_not_exist_is_refused(office: Office) -> None:
    with pytest.raises(RejectedError):
        office.send("!nowhere:localhost", "hi")


def test_check_with_a_token_and_with_a_password(office: Office, synapse: SynapseServer) -> None:
    assert [step.ok for step in office.provider.check()] == [True, True, True]
    office.provider.probe()
    office.secrets = {"password": "office-password"}
    devices = "/_matrix/client/v3/devices"
    token = synapse.token(office.name, "office-password")
    before = len(synapse.ask("GET", devices, token=token)["devices"])
    fresh = office.new_provider()
    assert [step.ok for step in fresh.check()] == [True, True, True]
    assert len(synapse.ask("GET", devices, token=token)["devices"]) == before
    kept = fresh.secrets_to_keep()
    assert set(kept) == {"access_token"}
    office.secrets = dict(kept)
    assert office.new_provider().check()[-1].ok
    assert office.new_provider().secrets_to_keep() == {}
    office.secrets = {"password": "wrong"}
    steps = office.new_provider().check()
    assert (steps[-1].ok, steps[-1].detail) == (False, "The user name or password is wrong.")
    assert steps[-1].remedy


@pytest.mark.row("P2", "P4")
def test_with_a_password_only_the_device_stays_the_same(office: Office, friend_of: FriendOf) -> None:
    friend = friend_of()
    office.secrets = {"password": "office-password"}
    request = office.request(friend.user_id, "Once")
    first = office.new_provider().send(request).provider_message_id
    other = office.new_provider()
    # Another process signs in on the same device, which ends the session of this one.
    other._session.sign_in(device_id="DESKTOPINBOX1")
    assert other.send(request).provider_message_id == first


def test_a_server_that_is_none(office: Office) -> None:
    account = ChannelAccount(
        channel_id=ChannelId(2),
        address="",
        settings={"homeserver": "http://127.0.0.1:9", "user_id": "@a:b"},
        secret=office.secret,
    )
    (step,) = MatrixProvider(account).check()
    assert not step.ok
    plain = ChannelAccount(
        channel_id=ChannelId(2),
        address="",
        settings={"homeserver": "http://example.org", "user_id": "@a:b"},
        secret=office.secret,
    )
    (step,) = MatrixProvider(plain).check()
    assert (step.ok, step.remedy) == (False, "Give an address that begins with https://.")


def test_capabilities_are_known_without_a_connection() -> None:
    capabilities = MatrixProvider.capabilities_of({})
    assert capabilities.reconcile == "A"
    assert capabilities.poll_seconds == 0
    assert capabilities.schemes == frozenset({Scheme.MATRIX})


def test_the_long_poll_waits(office: Office) -> None:
    office.fetch()
    started = time.monotonic()
    office.fetch(wait=0.4)
    assert time.monotonic() - started >= 0.35
