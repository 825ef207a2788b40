"""What counts as delivered: one rule for every number of the reports (S1-31)."""

import pytest

from desktop_inbox.models.delivered import CONFIRMED, EFFECTIVE
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.report import Outcome
from desktop_inbox.services.reports import outcome_of

_OUTBOX = {S.HELD, S.QUEUED, S.CLAIMED, S.SENDING, S.RETRY_WAIT, S.UNKNOWN}
_FAILED = {S.FAILED, S.UNDELIVERED, S.BLOCKED, S.EXPIRED, S.CANCELLED}


@pytest.mark.row("S1-31")
def test_sent_without_a_receipt_counts_and_what_waits_or_failed_never_does() -> None:
    assert {S.ACCEPTED, S.SENT, S.DELIVERED, S.READ} == EFFECTIVE
    assert not EFFECTIVE & (_OUTBOX | _FAILED)
    assert {S.DELIVERED, S.READ} == CONFIRMED


@pytest.mark.row("S1-31")
@pytest.mark.parametrize("status", sorted(_OUTBOX | _FAILED | EFFECTIVE))
def test_every_status_is_counted_by_that_rule(status: S) -> None:
    outcome = outcome_of(status, outside=False)
    assert (outcome in (Outcome.CONFIRMED, Outcome.ASSUMED)) is (status in EFFECTIVE)
    assert (outcome is Outcome.CONFIRMED) is (status in CONFIRMED)
    assert outcome_of(status, outside=True) is Outcome.OUTSIDE
