"""There is one way out: everything that sends by itself goes through the gate, and one place talks to providers."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import desktop_inbox
from desktop_inbox.models.entities.channel import Capabilities, Channel, ReconcileClass
from desktop_inbox.models.entities.contact import OptIn, Scheme
from desktop_inbox.models.entities.ids import ChannelId
from desktop_inbox.models.entities.message import SenderKind
from desktop_inbox.models.entities.outbox import GateKind
from desktop_inbox.services.gate import PERSONAL, Facts, Gate

_PACKAGE = Path(desktop_inbox.__file__).parent
#: The answer to STOP itself must leave, and what came in or was sent elsewhere never passes here.
_NOT_GATED = PERSONAL | {SenderKind.KEYWORD, SenderKind.CONTACT, SenderKind.ECHO}


def _sources() -> Iterator[tuple[str, str]]:
    for path in sorted(_PACKAGE.rglob("*.py")):
        yield path.relative_to(_PACKAGE).as_posix(), path.read_text(encoding="utf-8")


def _calls() -> Iterator[tuple[str, str]]:
    """Every call of a method or function in the package: the module, and what is called."""
    for module, source in _sources():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call):
                yield module, ast.unparse(node.func)


_CALLS = tuple(_calls())


def _callers(*called: str) -> set[str]:
    return {module for module, name in _CALLS if name in called or name.endswith(tuple(f".{one}" for one in called))}


@pytest.mark.row("S4-09")
def test_only_an_attempt_hands_a_message_to_a_provider() -> None:
    providers = {module for module, name in _CALLS if name.endswith(".send") and "provider" in name.lower()}
    assert providers == {"services/attempt.py"}
    attempting = {
        module for module, source in _sources() if "services.attempt import" in source and "attempt(" in source
    }
    assert attempting == {"services/dispatcher.py"}


@pytest.mark.row("S4-09", "S5-01")
def test_only_enqueue_puts_something_into_the_outbox() -> None:
    assert _callers("outbox.add_many") == {"services/demo.py", "services/enqueue.py"}  # the demo's is history
    inserting = {module for module, source in _sources() if "insert(outbox)" in source}
    assert inserting == {"models/repositories/outbox.py"}


@pytest.mark.row("S4-09", "S4-10", "S4-11", "S4-12")
@pytest.mark.parametrize("kind", sorted(set(SenderKind) - _NOT_GATED), ids=str)
def test_the_gate_refuses_every_automatic_sender_after_an_opt_out(kind: SenderKind) -> None:
    facts = Facts(
        now=datetime(2026, 3, 2, 12, tzinfo=UTC),
        sender_kind=kind,
        channel=Channel(id=ChannelId(1), kind="simulator", name="Desk", created_at=datetime(2026, 3, 1, tzinfo=UTC)),
        capabilities=Capabilities(schemes=frozenset({Scheme.TEL}), reconcile=ReconcileClass.NOTHING),
        scheme=Scheme.TEL,
        text="Hello",
        opt_in=OptIn.OPTED_OUT,
    )
    decision = Gate().check(facts)
    assert (decision.kind, decision.code) == (GateKind.REFUSE, "opted_out")
