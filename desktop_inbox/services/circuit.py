"""The circuit breaker of a channel: pure, the time is an argument.

Five failures in a row within a minute open it. While it is open nothing is claimed for the channel; a
harmless probe, 30 s later and then ever less often, closes it again.
"""

from datetime import datetime, timedelta
from typing import Final

from desktop_inbox.models.entities.outbox import AttemptOutcome
from desktop_inbox.models.repositories.deliveries import Circuit

THRESHOLD: Final = 5
SPAN: Final = timedelta(seconds=60)
FIRST_PROBE: Final = timedelta(seconds=30)
LONGEST_PROBE: Final = timedelta(minutes=10)

CLOSED: Final = Circuit()
_FAILURES: Final = frozenset({AttemptOutcome.NOT_SENT, AttemptOutcome.AMBIGUOUS})


def is_failure(outcome: AttemptOutcome) -> bool:
    """Whether an attempt brings the circuit nearer to opening; any other one closes it."""
    return outcome in _FAILURES


def after(circuit: Circuit, outcome: AttemptOutcome, now: datetime) -> Circuit:
    """Return the circuit after an attempt. A refusal closes it as well: the provider answers."""
    if not is_failure(outcome):
        return CLOSED
    if circuit.until is not None:  # was under way when it opened
        return circuit
    if circuit.since is None or now - circuit.since > SPAN or now < circuit.since:
        return Circuit(failures=1, since=now)
    failures = circuit.failures + 1
    until = now + FIRST_PROBE if failures >= THRESHOLD else None
    return Circuit(failures=failures, since=now if until else circuit.since, until=until)


def after_failed_probe(circuit: Circuit, now: datetime) -> Circuit:
    """Return the circuit after a probe that failed: the next one comes twice as late."""
    failures = max(circuit.failures, THRESHOLD) + 1
    pause = min(FIRST_PROBE * 2 ** min(failures - THRESHOLD, 10), LONGEST_PROBE)
    return Circuit(failures=failures, since=circuit.since or now, until=now + pause)


def being_probed(circuit: Circuit, now: datetime) -> Circuit:
    """Return the circuit while this process probes, so that no other does."""
    return Circuit(failures=circuit.failures, since=circuit.since, until=now + FIRST_PROBE * 2)
