"""Reading what a homeserver answers, also when it answers nonsense; no server needed."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_inbox.models.entities.ids import ChannelId
from desktop_inbox.models.entities.message import Direction
from desktop_inbox.services.http_errors import Refusal
from desktop_inbox.services.providers.base import (
    AmbiguousError,
    ChannelAccount,
    ChannelError,
    FetchResult,
    NotSentError,
    ProviderError,
    RejectedError,
    SendRequest,
    ThrottledError,
)
from desktop_inbox.services.providers.matrix import MatrixProvider
from desktop_inbox.services.providers.matrix_rooms import RoomBook
from desktop_inbox.services.providers.matrix_session import MatrixSession, discover, explain, explain_login
from desktop_inbox.services.providers.matrix_sync import MatrixReader

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
US = "@office:example.org"
ANA = "@ana:example.org"
ROOM = "!room:example.org"
Answer = Mapping[str, Any] | ProviderError


class FakeHttp:
    """A homeserver made of a function from path to answer."""

    def __init__(self, answer: Callable[[str, Mapping[str, Any]], Answer]) -> None:
        self._answer = answer
        self.asked: list[str] = []

    def get(self, path: str, query: Any = (), **_: Any) -> Mapping[str, Any]:
        return self._give("GET", path, dict(query))

    def post_json(self, path: str, value: Any, **_: Any) -> Mapping[str, Any]:
        return self._give("POST", path, value)

    def put_json(self, path: str, value: Any, **_: Any) -> Mapping[str, Any]:
        return self._give("PUT", path, value)

    def upload(self, path: str, _body: Any, *, query: Mapping[str, Any], **_: Any) -> Mapping[str, Any]:
        return self._give("UPLOAD", path, query)

    host = "example.org"

    def close(self) -> None: ...

    def _give(self, method: str, path: str, value: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked.append(f"{method} {path}")
        if path.endswith("/whoami"):
            return {"user_id": US}
        answer = self._answer(path, value)
        if isinstance(answer, ProviderError):
            raise answer
        return answer


ACCOUNT = ChannelAccount(
    channel_id=ChannelId(1),
    address=US,
    settings={"homeserver": "https://example.org", "user_id": US},
    secret=lambda _: "token",
)


def reader_over(http: FakeHttp) -> MatrixReader:
    session = MatrixSession(ACCOUNT, http)  # type: ignore[arg-type]
    return MatrixReader(session, RoomBook(session), lambda: NOW)


def text_event(number: int, sender: str = ANA, **content: Any) -> dict[str, Any]:
    return {
        "type": "m.room.message",
        "event_id": f"$e{number}",
        "sender": sender,
        "origin_server_ts": 1_772_000_000_000 + number,
        "content": {"msgtype": "m.text", "body": f"text {number}", **content},
    }


def member(user: str, membership: str = "join", name: str = "") -> dict[str, Any]:
    content = {"membership": membership, **({"displayname": name} if name else {})}
    return {"type": "m.room.member", "state_key": user, "sender": user, "content": content}


class Homeserver:
    """One room with Ana; syncs are taken from a list, older pages from a dictionary."""

    def __init__(self) -> None:
        self.syncs: list[Answer] = []
        self.pages: dict[str, Answer] = {}
        self.joins: list[Answer] = []
        self.members: list[dict[str, Any]] = [member(US), member(ANA, name="Ana")]
        self.http = FakeHttp(self._answer)

    def _answer(self, path: str, value: Mapping[str, Any]) -> Answer:
        if path.endswith("/sync"):
            return self.syncs.pop(0)
        if path.endswith("/members"):
            return {"chunk": self.members}
        if path.endswith("/messages"):
            return self.pages[str(value["from"])]
        if "/join/" in path:
            return self.joins.pop(0)
        return RejectedError("unknown", code="M_NOT_FOUND")


def sync(*events: Any, batch: str = "s2", limited: bool = False, **rooms: Any) -> dict[str, Any]:
    timeline = {"events": list(events), "limited": limited, "prev_batch": "p0"}
    return {"next_batch": batch, "rooms": {"join": {ROOM: {"timeline": timeline}}, **rooms}}


def texts(result: FetchResult) -> list[str]:
    return [message.text for message in result.messages]


@pytest.mark.row("P11")
def test_a_hole_larger_than_one_fetch_is_read_on_after_a_restart() -> None:
    server = Homeserver()
    server.syncs = [sync(text_event(9999), limited=True), {"next_batch": "s3"}, {"next_batch": "s4"}]
    for page in range(45):
        events = [text_event(page * 10 + number) for number in range(10)]
        server.pages[f"p{page}"] = {"chunk": events, "end": f"p{page + 1}"}
    server.pages["p45"] = {"chunk": []}
    got: list[str] = []
    cursor, more, rounds = "s1", True, 0
    while more:
        result = reader_over(server.http).fetch(cursor, timedelta(seconds=30))
        cursor, more, rounds = result.cursor, result.has_more, rounds + 1
        got += texts(result)
    assert rounds == 3
    assert sorted(got) == sorted(["text 9999", *[f"text {number}" for number in range(450)]])
    assert cursor == "s4"


@pytest.mark.row("P11")
def test_a_fetch_that_fails_in_a_hole_keeps_its_place() -> None:
    server = Homeserver()
    server.syncs = [sync(text_event(2), limited=True), sync(text_event(2), limited=True)]
    server.pages["p0"] = AmbiguousError("Broke off.")
    reader = reader_over(server.http)
    with pytest.raises(AmbiguousError):
        reader.fetch("s1", timedelta(0))
    server.pages = {"p0": {"chunk": [text_event(1)], "end": "p1"}, "p1": {"chunk": []}}
    assert sorted(texts(reader.fetch("s1", timedelta(0)))) == ["text 1", "text 2"]


@pytest.mark.row("P13")
def test_an_invitation_from_a_server_that_is_away_does_not_stop_the_others() -> None:
    server = Homeserver()
    invite = {"!far:away.example": {"invite_state": {"events": [member(US, "invite")]}}}
    server.syncs = [sync(text_event(1), invite=invite), {"next_batch": "s3"}, {"next_batch": "s4"}]
    server.joins = [AmbiguousError("HTTP 502."), NotSentError("Offline."), {}]
    reader = reader_over(server.http)
    first = reader.fetch("s1", timedelta(0))
    assert texts(first) == ["text 1"]
    second = reader.fetch(first.cursor, timedelta(0))
    third = reader.fetch(second.cursor, timedelta(0))
    assert third.cursor == "s4"
    assert sum("/join/" in asked for asked in server.http.asked) == 3


@pytest.mark.row("P11")
def test_a_cursor_that_the_server_forgot_begins_anew() -> None:
    server = Homeserver()
    server.syncs = [RejectedError("Unknown position.", code="M_UNKNOWN_POS"), sync(text_event(1), batch="n1")]
    result = reader_over(server.http).fetch("s1", timedelta(0))
    assert (texts(result), result.cursor) == (["text 1"], "n1")


@pytest.mark.row("P13")
def test_a_withdrawn_invitation_is_forgotten() -> None:
    server = Homeserver()
    server.syncs = [{"next_batch": "s2", "rooms": {"invite": {"!gone:example.org": {"invite_state": {}}}}}]
    server.joins = [RejectedError("Not allowed.", code="M_FORBIDDEN")]
    assert reader_over(server.http).fetch("s1", timedelta(0)).cursor == "s2"


def test_a_bridged_room_with_helpers_is_the_persons() -> None:
    server = Homeserver()
    server.members += [member("@bridgebot:example.org"), member("@relay:example.org")]
    answer = sync(text_event(1))
    answer["account_data"] = {"events": [{"type": "m.direct", "content": {ANA: [ROOM], "@x:y": "bad"}}]}
    server.syncs = [answer]
    (message,) = reader_over(server.http).fetch("s1", timedelta(0)).messages
    assert (message.address, message.sender_name, message.text) == (ANA, "Ana", "text 1")


def test_a_room_that_everybody_left_still_has_its_author() -> None:
    server = Homeserver()
    server.members = [member(US), member(ANA, "leave")]
    server.syncs = [sync(text_event(1), text_event(2, US))]
    first, second = reader_over(server.http).fetch("s1", timedelta(0)).messages
    assert (first.address, first.direction) == (ANA, Direction.IN)
    assert (second.address, second.direction) == (ROOM, Direction.OUT)


@pytest.mark.parametrize("moment", [None, "x", True, -1, 0, 10**30, 32_503_680_000_000])
def test_nonsense_times_become_now(moment: object) -> None:
    server = Homeserver()
    server.syncs = [sync({**text_event(1), "origin_server_ts": moment})]
    (message,) = reader_over(server.http).fetch("s1", timedelta(0)).messages
    assert message.occurred_at == NOW


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_EVENT = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["m.room.message", "m.reaction", "m.sticker", "m.room.encrypted", "m.room.member"])
        | _JSON,
        "event_id": st.just("$x") | _JSON,
        "sender": st.sampled_from([ANA, US]) | _JSON,
        "state_key": _JSON,
        "origin_server_ts": _JSON,
        "unsigned": _JSON,
        "content": st.fixed_dictionaries(
            {},
            optional={
                "msgtype": st.sampled_from(["m.text", "m.image", "m.emote", "m.location"]) | _JSON,
                "body": _JSON,
                "url": st.just("mxc://a/b") | _JSON,
                "info": _JSON,
                "filename": _JSON,
                "m.relates_to": _JSON,
                "m.new_content": _JSON,
            },
        )
        | _JSON,
    },
)
_ROOM = st.fixed_dictionaries(
    {},
    optional={
        "timeline": st.fixed_dictionaries({}, optional={"events": st.lists(_EVENT | _JSON, max_size=4) | _JSON})
        | _JSON,
        "ephemeral": st.fixed_dictionaries(
            {"events": st.lists(st.fixed_dictionaries({"type": st.just("m.receipt"), "content": _JSON}), max_size=2)}
        )
        | _JSON,
    },
)


@pytest.mark.row("P24", "P30")
@given(room=_ROOM | _JSON, invite=_JSON, data=_JSON, members=st.lists(_JSON, max_size=3))
def test_any_answer_is_read_or_refused(room: Any, invite: Any, data: Any, members: list[Any]) -> None:
    server = Homeserver()
    server.members += members
    server.joins = [{}]
    server.syncs = [
        {
            "next_batch": "s2",
            "account_data": {"events": [{"type": "m.direct", "content": data}]},
            "rooms": {"join": {ROOM: room}, "invite": {"!i:example.org": invite}},
        }
    ]
    result = reader_over(server.http).fetch("s1", timedelta(0))
    for message in result.messages:
        assert message.provider_message_id
        assert message.address
        assert message.text or message.attachments
        assert message.occurred_at <= NOW


@pytest.mark.row("P4", "P14")
@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (429, "M_LIMIT_EXCEEDED", ThrottledError),
        (401, "M_UNKNOWN_TOKEN", ChannelError),
        (401, "M_MISSING_TOKEN", ChannelError),
        (401, "M_SOMETHING_NEW", ChannelError),
        (403, "M_USER_DEACTIVATED", ChannelError),
        (403, "M_FORBIDDEN", RejectedError),
        (404, "M_NOT_FOUND", RejectedError),
        (413, "M_TOO_LARGE", RejectedError),
        (400, "M_SOMETHING_NEW", RejectedError),
        (400, "", RejectedError),
    ],
)
def test_refusals(status: int, code: str, kind: type[ProviderError]) -> None:
    error = explain(Refusal(status=status, data={"errcode": code, "error": "syt_secret_in_the_text"}))
    assert type(error) is kind
    assert "syt_" not in str(error)


@pytest.mark.row("P14")
@pytest.mark.parametrize(
    ("millis", "header", "pause"),
    [
        (4624, None, timedelta(milliseconds=4624)),
        (None, timedelta(seconds=5), timedelta(seconds=5)),
        ("soon", timedelta(seconds=5), timedelta(seconds=5)),
        (-1, None, None),
        (True, None, None),
        (10**12, timedelta(seconds=7), timedelta(seconds=7)),
    ],
)
def test_how_long_to_pause(millis: object, header: timedelta | None, pause: timedelta | None) -> None:
    refusal = Refusal(status=429, data={"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": millis}, retry_after=header)
    error = explain(refusal)
    assert isinstance(error, ThrottledError)
    assert error.retry_after == pause


def test_a_refused_sign_in_is_about_the_account() -> None:
    error = explain_login(Refusal(status=403, data={"errcode": "M_FORBIDDEN"}))
    assert isinstance(error, ChannelError)
    assert error.text == "The user name or password is wrong."


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"m.homeserver": {"base_url": "https://matrix.example.org/"}}, "https://matrix.example.org"),
        ({"m.homeserver": {"base_url": 7}}, "https://example.org"),
        ({"m.homeserver": []}, "https://example.org"),
        (RejectedError("HTTP 404.", code="404"), "https://example.org"),
        (AmbiguousError("Not JSON.", code="not_json"), "https://example.org"),
    ],
)
def test_the_homeserver_of_a_domain(answer: Answer, found: str) -> None:
    http = FakeHttp(lambda _path, _value: answer)
    assert discover(http) == found  # type: ignore[arg-type]
    assert http.asked == ["GET /.well-known/matrix/client"]


class SendingHomeserver(Homeserver):
    def __init__(self, **answers: Answer) -> None:
        super().__init__()
        self.answers = answers

    def _answer(self, path: str, value: Mapping[str, Any]) -> Answer:
        for part, answer in self.answers.items():
            if f"/{part}" in path:
                return answer
        if path.endswith("/joined_rooms"):
            return {"joined_rooms": [ROOM]}
        if "/state/m.room.member/" in path:
            return {"membership": "join"}
        if "/state/m.room.encryption" in path:
            return RejectedError("none", code="M_NOT_FOUND")
        return super()._answer(path, value)


def send_over(server: Homeserver) -> str:
    provider = MatrixProvider(ACCOUNT, http=server.http)  # type: ignore[arg-type]
    request = SendRequest(idempotency_key="k", scheme="matrix", to=ANA, text="hi")  # type: ignore[arg-type]
    return provider.send(request).provider_message_id


@pytest.mark.row("P4")
@pytest.mark.parametrize("step", ["joined_rooms", "members", "state"])
def test_what_is_unclear_before_the_message_left_may_be_tried_again(step: str) -> None:
    with pytest.raises(NotSentError):
        send_over(SendingHomeserver(**{step: AmbiguousError("HTTP 500.")}))


@pytest.mark.row("P4")
@pytest.mark.parametrize("answer", [AmbiguousError("HTTP 500."), {}, {"event_id": ""}, {"event_id": 7}])
def test_what_is_unclear_afterwards_stays_unclear(answer: Answer) -> None:
    with pytest.raises(AmbiguousError):
        send_over(SendingHomeserver(send=answer))
    assert send_over(SendingHomeserver(send={"event_id": "$1"})) == "$1"
