"""The benchmark's own arithmetic, and the honesty of its office."""

import json
import math
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bench import measure
from bench.office import LONG_CONVERSATION, Size, office
from desktop_inbox.config import sqlite_url
from desktop_inbox.models.store import Store
from desktop_inbox.services.verify import VerifyService
from tests.support.run import run

MINIATURE = Size(name="miniature", contacts=60, messages=900, long=200)


@pytest.mark.parametrize(
    ("ours", "theirs", "met"),
    [
        pytest.param([10.0] * 20, [4.0] * 20, True, id="within the multiple"),
        pytest.param([10.0] * 20, [1.0] * 20, False, id="over the multiple"),
        pytest.param([10.0] * 18 + [90.0] * 2, [9.0] * 20, False, id="two slow ones in twenty"),
    ],
)
def test_latency_is_judged_by_median_and_by_its_slowest(ours: list[float], theirs: list[float], met: bool) -> None:
    assert measure.against("x", ours, theirs, times=3, at_most=50).met is met


@pytest.mark.parametrize(("ours", "met"), [(70.0, True), (69.0, False)])
def test_a_rate_must_reach_its_share(ours: float, met: bool) -> None:
    assert measure.rate("x", ours, 100.0, unit="/s", at_least=0.7).met is met


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(number) for number in range(1, 101)]
    assert (measure.p95(values), measure.quantile(values, 0.99), measure.quantile([7.0], 0.99)) == (95.0, 99.0, 7.0)


def test_product_and_limit_take_turns() -> None:
    calls: list[str] = []
    ours, theirs = measure.in_turns([lambda: calls.append("p")], [lambda: calls.append("l")], rounds=3)
    assert "".join(calls) == "plplplpl"  # one round warms up
    assert (len(ours), len(theirs)) == (3, 3)


def test_what_could_not_be_measured_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figures = [measure.absent("start", "no window"), measure.rate("send", 1.0, 2.0, unit="/s", at_least=0.7)]
    for figure in figures:
        measure.show(figure)
    measure.save(figures, tmp_path / "results.json")
    told = json.loads((tmp_path / "results.json").read_text())
    assert [row["what"] for row in told["not_measured"]] == ["start"]
    assert told["figures"][0]["ratio"] == 0.5
    assert "not measured: no window" in capsys.readouterr().out
    assert math.isnan(figures[0].product)


def test_the_office_is_one_that_the_product_could_have_made(tmp_path: Path) -> None:
    path = office(tmp_path, MINIATURE)
    assert office(tmp_path, MINIATURE) == path  # made once
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT count(*) FROM messages").fetchone() == (900,)
        long = raw.execute("SELECT count(*) FROM messages WHERE conversation_id = ?", (LONG_CONVERSATION,)).fetchone()
        assert long[0] >= MINIATURE.long
        wrong = raw.execute(
            "SELECT count(*) FROM conversations v WHERE last_entry_id <> (SELECT max(id) FROM messages m WHERE"
            " m.conversation_id = v.id) OR unread_count <> (SELECT count(*) FROM messages m WHERE m.conversation_id"
            " = v.id AND m.direction = 'in' AND m.id > v.read_up_to_id)"
        ).fetchone()
        assert wrong == (0,)
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
        words = raw.execute("SELECT count(*) FROM message_search WHERE message_search MATCH 'c1'").fetchone()
        assert words == long
    store = Store.open(sqlite_url(path))
    findings = run(VerifyService(store, attachments_dir=tmp_path).verify())
    store.close()
    assert [finding for finding in findings if not finding.ok] == []
