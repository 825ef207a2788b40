"""Messages with several files: all or nothing, as far as a homeserver allows it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.services.providers.base import (
    AmbiguousError,
    OutgoingAttachment,
    ProviderError,
    RejectedError,
    SendRequest,
)
from desktop_inbox.services.providers.matrix import MatrixProvider
from tests.providers.test_matrix_reading import ACCOUNT, ANA, Answer, SendingHomeserver


class FileServer(SendingHomeserver):
    """Takes files, and refuses what ``refused`` names: the event or the upload with this number."""

    def __init__(self, refused: str = "") -> None:
        super().__init__()
        self.refused = refused

    def _answer(self, path: str, value: Mapping[str, Any]) -> Answer:
        for step, mark in {"upload": "/upload", "send": "/send/"}.items():
            if mark in path:
                number = sum(mark in asked for asked in self.http.asked)
                if self.refused == f"{step} {number}":
                    return RejectedError("Not allowed.", code="M_FORBIDDEN", http_status=403)
                return {"content_uri": f"mxc://example.org/{number}", "event_id": f"$sent{number}"}
        return super()._answer(path, value)

    def send_files(self, folder: Path) -> str:
        files = []
        for name in ("a.txt", "b.txt", "c.txt"):
            (folder / name).write_text(name)
            files.append(OutgoingAttachment(path=folder / name, media_type="text/plain", name=name, size=5))
        provider = MatrixProvider(ACCOUNT, http=self.http)  # type: ignore[arg-type]
        request = SendRequest(idempotency_key="k", scheme=Scheme.MATRIX, to=ANA, text="hi", attachments=tuple(files))
        return provider.send(request).provider_message_id

    def steps(self) -> list[str]:
        return [asked.rsplit("/", 1)[1] for asked in self.http.asked if "UPLOAD" in asked or "/send/" in asked]


@pytest.mark.row("P2", "S4-47")
def test_all_files_are_there_before_anything_is_said(tmp_path: Path) -> None:
    server = FileServer()
    assert server.send_files(tmp_path) == "$sent3"
    assert server.steps() == ["upload", "upload", "upload", "k-0", "k-1", "k"]


@pytest.mark.row("P2", "P4")
@pytest.mark.parametrize(
    ("refused", "kind", "posted"),
    [
        pytest.param("upload 3", RejectedError, [], id="last upload"),
        pytest.param("send 1", RejectedError, ["k-0"], id="first event"),
        pytest.param("send 2", AmbiguousError, ["k-0", "k-1"], id="second event"),
        pytest.param("send 3", AmbiguousError, ["k-0", "k-1", "k"], id="last event"),
    ],
)
def test_a_message_of_which_a_part_is_there_was_not_refused(
    tmp_path: Path, refused: str, kind: type[ProviderError], posted: list[str]
) -> None:
    server = FileServer(refused)
    with pytest.raises(ProviderError) as caught:
        server.send_files(tmp_path)
    assert type(caught.value) is kind
    assert server.steps() == ["upload"] * 3 + posted
    assert caught.value.code == "M_FORBIDDEN"
