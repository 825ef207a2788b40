"""What every test stands on: a home of its own, guards, and the rule about missing tools."""

import gc
import os
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

# Before anything imports Qt, keyring or platformdirs: no test touches the home of whoever runs it.
_HOME = Path(tempfile.mkdtemp(prefix="desktop-inbox-home-"))
_FOLDERS = {
    "HOME": "",
    "USERPROFILE": "",
    "APPDATA": "AppData/Roaming",
    "LOCALAPPDATA": "AppData/Local",
    "XDG_CONFIG_HOME": ".config",
    "XDG_DATA_HOME": ".local/share",
    "XDG_STATE_HOME": ".local/state",
    "XDG_CACHE_HOME": ".cache",
    "XDG_RUNTIME_DIR": "run",
    "DESKTOP_INBOX_HOME": "desktop-inbox",
}
for _name, _folder in _FOLDERS.items():
    (_HOME / _folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ[_name] = str(_HOME / _folder)
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["QT_API"] = "pyside6"
os.environ.setdefault("QT_LOGGING_RULES", "*.debug=false;qt.qpa.*=false")
# For programs that tests start; inside the test process a keyring in memory is set for each test.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
os.environ.pop("DBUS_SESSION_BUS_ADDRESS", None)

import shutil  # noqa: E402

import keyring  # noqa: E402
import pytest  # noqa: E402

from tests.support import guards  # noqa: E402
from tests.support.memory_keyring import MemoryKeyring  # noqa: E402
from tests.support.postgres import PostgresMissingError, PostgresServer, running_server  # noqa: E402
from tests.support.run import run as run_coroutine  # noqa: E402

pytest_plugins = ["tests.support.stores", "tests.support.offices", "tests.support.synapse"]

guards.install()

#: Tests with these marks must run wherever CI is set: a skip would hide that nothing was proven.
REQUIRED_MARKS = ("postgres", "synapse", "prism", "xvfb")
OPT_IN_MARKS = ("chaos", "soak")
_LONG_RUN = 7200  # seconds that a long run may take where it does not say


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("desktop inbox")
    group.addoption("--chaos", action="store_true", help="also the long crash and fault runs")
    group.addoption("--soak", action="store_true", help="also the hours of steady work")
    group.addoption("--fsync", action="store_true", help="PostgreSQL with fsync, as in an office")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [mark for mark in OPT_IN_MARKS if not config.getoption(f"--{mark}")]
    out = [item for item in items if any(item.get_closest_marker(mark) for mark in left_out)]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in set(out)]
    for item in items:
        if item.get_closest_marker("chaos") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(_LONG_RUN))
    _share_out(items)


#: Files with few tests that take long, begun first so that no process ends with one of them alone.
_LONG_FILES = (
    "tests/end2end/",
    "tests/integration/test_send_model.py",
    "tests/integration/test_matrix_end_to_end.py",
    "tests/integration/test_crash_loop.py",
    "tests/integration/test_chaos.py",
)


def _share_out(items: list[pytest.Item]) -> None:
    """Where several processes run the tests, those of a file stay together, and X sessions come one by one."""

    def place(item: pytest.Item) -> int:
        return next((place for place, name in enumerate(_LONG_FILES) if item.nodeid.startswith(name)), len(_LONG_FILES))

    items.sort(key=place)
    for item in items:
        file = item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group("desktop" if file.startswith("tests/end2end/") else file))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and _in_ci():
        needed = [mark for mark in REQUIRED_MARKS if item.get_closest_marker(mark)]
        if needed:
            report.outcome = "failed"
            report.longrepr = f"skipped although CI must have {', '.join(needed)}: {_reason(report.longrepr)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Collect the garbage of a test with widgets on this thread, as the program does (views/garbage.py).

    Not in a fixture: pytest lets go of what a test was given only after all fixtures have ended. What would be
    collected later, by a thread of a store, takes Qt objects with it, and the process crashes.
    """
    if "qapp" not in getattr(item, "fixturenames", ()) and not _qt_runs():
        return (yield)
    gc.collect(1)
    gc.disable()
    gc.freeze()  # so that only what this test made is looked through
    try:
        return (yield)
    finally:
        gc.collect()
        gc.unfreeze()
        # Not enabled again: what a later test without widgets lets go of must not take them along on its threads.


def _qt_runs() -> bool:
    widgets = sys.modules.get("PySide6.QtWidgets")
    return widgets is not None and widgets.QApplication.instance() is not None


def pytest_unconfigure() -> None:
    shutil.rmtree(_HOME, ignore_errors=True)


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false", "no")


def _reason(longrepr: object) -> str:
    return str(longrepr[2]) if isinstance(longrepr, tuple) else str(longrepr)


@pytest.fixture(autouse=True)
def _no_offence() -> Iterator[None]:
    """A test that reached outside, or waited on the GUI thread, fails even when the error was caught."""
    guards.take_offences()
    yield
    offences = guards.take_offences()
    if offences:
        pytest.fail("; ".join(offences), pytrace=False)


@pytest.fixture(autouse=True)
def memory_keyring() -> MemoryKeyring:
    """The keyring of this test: empty, in memory."""
    backend = MemoryKeyring()
    keyring.set_keyring(backend)
    return backend


@pytest.fixture(autouse=True)
def _own_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """QSettings writes into files of this test, never into a registry or the home folder."""
    if "PySide6.QtCore" in sys.modules:
        from PySide6.QtCore import QSettings

        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        folder = str(tmp_path_factory.mktemp("settings"))
        for scope in (QSettings.Scope.UserScope, QSettings.Scope.SystemScope):
            QSettings.setPath(QSettings.Format.IniFormat, scope, folder)


@pytest.fixture
def run() -> Callable[..., object]:
    """Run a coroutine: ``run(service.page(View.ALL))``."""
    return run_coroutine


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[PostgresServer]:
    """The PostgreSQL server of this test session."""
    try:
        with running_server(fsync=bool(request.config.getoption("--fsync"))) as server:
            yield server
    except PostgresMissingError as missing:
        pytest.skip(f"PostgreSQL: {missing}")


@pytest.fixture
def gui_guard() -> Iterator[None]:
    """Raise when the present thread, taken for the GUI thread, opens a socket or uses the store."""
    stop = guards.watch_gui_thread()
    yield
    stop()


@pytest.fixture
def qloop(qapp: object) -> Iterator[object]:
    """A qasync loop on the application: ``qloop.run_until_complete(work())``."""
    import asyncio

    import qasync

    loop = qasync.QEventLoop(qapp)
    asyncio.set_event_loop(loop)
    yield loop
    loop.close()
    asyncio.set_event_loop(None)
