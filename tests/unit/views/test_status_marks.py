from dataclasses import replace

import pytest

from desktop_inbox.models.entities.channel import Capabilities, ReconcileClass
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.message import Direction
from desktop_inbox.views.icons import icon_pixmap
from desktop_inbox.views.status_marks import StatusMark, missing_receipts, status_mark

SILENT = Capabilities(schemes=frozenset({Scheme.TEL}), reconcile=ReconcileClass.NOTHING)
TELLS = replace(SILENT, receipts_delivered=True)
TELLS_ALL = replace(TELLS, receipts_read=True)

#: The whole table, so that a change of any icon or word is a change of this file.
SNAPSHOT = {
    S.HELD: ("hourglass", "warning", "On hold"),
    S.QUEUED: ("clock", "muted", "Waiting to be sent"),
    S.CLAIMED: ("clock", "muted", "Waiting to be sent"),
    S.SENDING: ("loader", "muted", "Sending"),
    S.RETRY_WAIT: ("rotate-cw", "warning", "Trying again"),
    S.UNKNOWN: ("circle-help", "attention", "Not sure it arrived"),
    S.ACCEPTED: ("check", "muted", "Sent"),
    S.SENT: ("check", "muted", "Sent"),
    S.DELIVERED: ("check-check", "muted", "Delivered"),
    S.READ: ("eye", "muted", "Read"),
    S.UNDELIVERED: ("circle-alert", "attention", "Not delivered"),
    S.FAILED: ("circle-alert", "attention", "Failed"),
    S.BLOCKED: ("ban", "attention", "Not sent"),
    S.EXPIRED: ("circle-alert", "attention", "Expired, not sent"),
    S.CANCELLED: ("circle-x", "muted", "Cancelled, not sent"),
}


@pytest.mark.row("S1-27", "S1-28", "S1-29", "S1-34")
def test_each_state_of_what_we_send_has_one_icon_and_words(qapp):
    found = {status: status_mark(status, Direction.OUT) for status in S if status is not S.RECEIVED}
    assert {status: (mark.icon, mark.color, mark.words) for status, mark in found.items()} == SNAPSHOT
    assert all(not icon_pixmap(mark.icon, mark.color, 16).isNull() for mark in found.values())


@pytest.mark.row("S1-34")
def test_failing_for_good_and_trying_again_look_different(qapp):
    assert status_mark(S.FAILED, Direction.OUT).icon != status_mark(S.RETRY_WAIT, Direction.OUT).icon


@pytest.mark.row("S1-27", "S1-28", "S1-29", "S1-32", "S1-33", "S1-34")
def test_the_five_icons_of_the_documents_differ(qapp):
    five = (
        status_mark(S.DELIVERED, Direction.OUT),
        status_mark(S.SENT, Direction.OUT),
        status_mark(S.RECEIVED, Direction.IN),
        status_mark(S.SENT, Direction.OUT, contacts=500),
        status_mark(S.FAILED, Direction.OUT),
    )
    assert [mark.icon for mark in five] == ["check-check", "check", "user", "megaphone", "circle-alert"]
    assert len({mark.words for mark in five}) == 5


@pytest.mark.row("S1-33")
@pytest.mark.parametrize("status", [S.QUEUED, S.SENDING, S.SENT, S.FAILED])
def test_a_broadcast_tells_how_many_contacts_it_goes_to(qapp, status):
    expected = StatusMark(icon="megaphone", color="muted", words="Broadcast to 500 contacts", lead="500")
    assert status_mark(status, Direction.OUT, contacts=500) == expected
    assert status_mark(status, Direction.OUT, contacts=1).words == "Broadcast to 1 contact"


@pytest.mark.row("S1-30")
@pytest.mark.parametrize("status", [S.ACCEPTED, S.SENT])
def test_a_channel_without_receipts_says_so(qapp, status):
    assert status_mark(status, Direction.OUT, capabilities=SILENT).words == "Sent · no receipts on this channel"
    assert status_mark(status, Direction.OUT, capabilities=TELLS).words == "Sent"
    assert "no receipts" in missing_receipts(status, SILENT)


@pytest.mark.row("S1-30")
def test_nothing_is_said_about_receipts_of_what_did_not_leave(qapp):
    assert status_mark(S.QUEUED, Direction.OUT, capabilities=SILENT).words == "Waiting to be sent"
    assert missing_receipts(S.FAILED, SILENT) == ""


@pytest.mark.row("S2-32")
def test_a_missing_read_receipt_is_explained(qapp):
    assert missing_receipts(S.DELIVERED, TELLS) == "This channel does not tell when a message was read."
    assert missing_receipts(S.DELIVERED, TELLS_ALL) == ""
    assert missing_receipts(S.READ, TELLS) == ""
