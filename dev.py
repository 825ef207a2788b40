#!/usr/bin/env python3
"""Set up, run and check Desktop Inbox; needs nothing but Python 3.11 or newer.

python3 dev.py run       opens the demo inbox (`run ARGUMENTS` passes them to desktop-inbox)
python3 dev.py test      runs every check; --fast, --chaos, --soak, -k WORDS, or pytest's own arguments
python3 dev.py setup     makes everything ready and starts nothing
python3 dev.py bench     measures the targets; --small for a small office
python3 dev.py features  tells which rules of docs/features.md have tests; --strict fails when one has none
python3 dev.py lock      chooses newer versions of what the program stands on
python3 dev.py clean     removes what the other commands made, your data excepted
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
TOOLS = ROOT / ".tools"
WINDOWS = sys.platform == "win32"
OLDEST_PYTHON = (3, 11)

# What Qt loads, by the name the linker knows, and the Debian package that has it.
_XCB = ("cursor.so.0", "icccm.so.4", "image.so.0", "keysyms.so.1", "randr.so.0", "render-util.so.0", "xkb.so.1")
QT_LIBRARIES = {
    "libglib-2.0.so.0": "libglib2.0-0", "libdbus-1.so.3": "libdbus-1-3", "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0", "libEGL.so.1": "libegl1", "libGL.so.1": "libgl1",
    "libbrotlidec.so.1": "libbrotli1", "libX11-xcb.so.1": "libx11-xcb1", "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-shape.so.0": "libxcb-shape0",
    **{f"libxcb-{name}": f"libxcb-{name.replace('.so.', '')}" for name in _XCB},
}  # fmt: skip
# Files that show whether a package is there (`*` matches), for fonts and for what only tests use.
FONTS = {
    "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf": "fonts-noto-core",
    "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf": "fonts-noto-color-emoji",
}
TEST_FILES = {
    **FONTS,
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc": "fonts-noto-cjk",
    "/usr/lib/postgresql/*/bin/initdb": "postgresql",
    "/usr/libexec/at-spi-bus-launcher": "at-spi2-core",
    "/usr/lib/python3/dist-packages/pyatspi": "python3-pyatspi",
}
TEST_COMMANDS = {
    "Xvfb": "xvfb", "xauth": "xauth", "dbus-run-session": "dbus", "openbox": "openbox",
    "xdotool": "xdotool", "trayer": "trayer", "gnome-keyring-daemon": "gnome-keyring", "import": "imagemagick",
    "node": "nodejs", "npm": "npm",
}  # fmt: skip


class SetupError(Exception):
    """The work cannot go on; the text says what is missing and what to do."""


def main() -> int:
    """Do what the command line asks and return the exit code."""
    if sys.version_info < OLDEST_PYTHON:
        print(f"Desktop Inbox needs Python 3.11 or newer; this is {sys.version.split()[0]}.", file=sys.stderr)
        print("Install a newer Python and start dev.py with it, for example: python3.12 dev.py run", file=sys.stderr)
        return 2
    os.chdir(ROOT)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = {
        "run": run,
        "test": test,
        "setup": setup,
        "bench": bench,
        "features": features,
        "lock": lock,
        "clean": clean,
    }
    parser.add_argument("command", choices=commands)
    options = parser.parse_args(sys.argv[1:2])
    try:
        return commands[options.command](sys.argv[2:])
    except SetupError as stop:
        print(f"\n{stop}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. Start the same command again to go on.", file=sys.stderr)
        return 130


def run(arguments: list[str]) -> int:
    """Open the demo inbox, or what ``arguments`` ask of desktop-inbox."""
    install_libraries()
    install_packages("requirements.txt")
    screen = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    if not arguments and sys.platform.startswith("linux") and not screen:
        raise SetupError(
            "There is no screen here to open a window on.\n"
            "Start this in a desktop session; or try: xvfb-run -a python3 dev.py run"
        )
    command = [str(_script("desktop-inbox")), *(arguments or ["demo"])]
    if WINDOWS:
        return subprocess.call(command)
    os.execv(command[0], command)


def setup(arguments: list[str]) -> int:
    """Make everything ready for `run`, and with --dev for `test`."""
    if arguments not in ([], ["--dev"]):
        raise SetupError("setup takes only --dev: also what the checks need.")
    if arguments:
        prepare_tests()
    else:
        install_libraries()
        install_packages("requirements.txt")
    say(f"Ready: {_script('desktop-inbox').relative_to(ROOT)}")
    return 0


def bench(arguments: list[str]) -> int:
    """Measure the product and its limits in one run."""
    install_libraries()
    install_packages("requirements-dev.txt")
    return subprocess.call([str(_script("python")), "-m", "bench", *arguments])


def features(arguments: list[str]) -> int:
    """Compare docs/features.md with the marks of the tests; needs no environment."""
    return subprocess.call([sys.executable, "packaging/features.py", *arguments])


def lock(arguments: list[str]) -> int:
    """Choose versions anew and write the lock files."""
    folder = TOOLS / "lock"
    _make_environment(folder)
    _pip(folder, ["install", "pip-tools>=7.5,<8"], "pip-tools", 0)
    return subprocess.call([str(_script("python", folder)), "packaging/lock.py", *arguments])


def clean(_arguments: list[str]) -> int:
    """Remove environments, caches and benchmark data."""
    names = [".venv", ".tools", ".bench", ".cache", "dist", "build"]
    names += [".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".import_linter_cache"]
    for name in names:
        if (ROOT / name).exists():
            say(f"Removing {name}")
            shutil.rmtree(ROOT / name)
    return 0


# --- test ---------------------------------------------------------------------------------------------


def test(arguments: list[str]) -> int:
    """Run every check, print a table, and pytest's own closing line last."""
    parser = argparse.ArgumentParser(prog="dev.py test")
    parser.add_argument("--fast", action="store_true", help="SQLite only, without other servers and X sessions")
    parser.add_argument("--chaos", action="store_true", help="also the long crash and fault runs")
    parser.add_argument("--soak", action="store_true", help="also the hours of steady work")
    parser.add_argument("-k", metavar="WORDS", help="only the tests whose names match; no other check")
    options, more = parser.parse_known_args(arguments)
    prepare_tests(servers=not options.fast)
    pytest = [str(_script("python")), "-m", "pytest", "-q", *more]
    pytest += ["-m", "not (postgres or synapse or prism or xvfb)"] if options.fast else []
    pytest += [f"--{name}" for name in ("chaos", "soak") if getattr(options, name)]
    checks = [
        ("ruff check", [str(_script("ruff")), "check", "."]),
        ("ruff format", [str(_script("ruff")), "format", "--check", "."]),
        ("mypy", [str(_script("mypy"))]),
        ("import contracts", [str(_script("lint-imports"))]),
    ]
    if options.k or more:
        checks = []
        pytest += ["-k", options.k] if options.k else []
    elif not (options.chaos or options.soak):
        # The tests of a file stay in one process, so that what they share is made once; more processes than
        # cores would only make the tests that watch the clock less sure.
        pytest += ["-n", str(min(os.cpu_count() or 1, 4)), "--dist", "loadgroup", "--no-loadscope-reorder"]
    results = []
    for name, command in checks:
        results.append((name, *_check(name, command)))
    name = "tests (SQLite)" if options.fast else "tests (SQLite and PostgreSQL)"
    code, seconds, closing = _check(name, pytest)
    results.append((name, code, seconds, closing))
    _print_table(results)
    print(closing)
    return 1 if any(code for _, code, _, _ in results) else 0


def prepare_tests(*, servers: bool = True) -> None:
    """Install what the checks need, on this system as far as that is possible."""
    install_libraries(tests=servers)
    install_packages("requirements-dev.txt")
    if servers:
        _install_locked(TOOLS / "synapse", ROOT / "requirements-synapse.txt", "Synapse for the tests")
        _install_prism()


def _check(name: str, command: list[str]) -> tuple[int, float, str]:
    """Run a check with its output shown; return exit code, seconds and its last line."""
    say(f"{name}: {shlex.join([Path(command[0]).name, *command[1:]])}")
    environment = {**os.environ, "PYTHONFAULTHANDLER": "1", "PYTHONUTF8": "1", "TZ": "UTC"}
    if not WINDOWS:
        environment["LC_ALL"] = "C.UTF-8"
    start, tail = time.monotonic(), ""
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout is not None
    while raw := os.read(process.stdout.fileno(), 65536):
        sys.stdout.buffer.write(raw)
        sys.stdout.buffer.flush()
        tail = (tail + raw.decode("utf-8", "replace"))[-4096:]
    last = (tail.strip().splitlines() or [""])[-1]
    return process.wait(), time.monotonic() - start, last.strip("= ")


def _print_table(results: list[tuple[str, int, float, str]]) -> None:
    print()
    for name, code, seconds, last in results:
        verdict = "passed" if code == 0 else "FAILED"
        detail = last if name.startswith("tests") else ""
        print(f"  {name:32}{verdict:8}{seconds:8.1f} s  {detail}")
    print(flush=True)


def _install_prism() -> None:
    source = ROOT / "tests" / "tools" / "prism"
    folder = TOOLS / "npm"
    stamp, wanted = folder / "stamp.json", _fingerprint(source / "package-lock.json")
    npm = shutil.which("npm")
    if _stamped(stamp) == wanted:
        return
    if npm is None:
        say("npm is missing, so the tests that need prism are skipped")
        return
    say("Installing prism for the tests")
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(source / name, folder / name)
    command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    if subprocess.call(command, cwd=folder, stdin=subprocess.DEVNULL) == 0:
        stamp.write_text(json.dumps(wanted), encoding="utf-8")
    else:
        say("prism could not be installed; its tests tell")


# --- what the system must have ------------------------------------------------------------------------


def install_libraries(*, tests: bool = False) -> None:
    """On Linux, see that Qt's libraries (and the tests' tools) are there; install them where we may."""
    if not sys.platform.startswith("linux"):
        return
    needed = [package for name, package in QT_LIBRARIES.items() if name not in _linker_names()]
    if importlib.util.find_spec("ensurepip") is None:
        needed.append(_venv_package())
    wished = [
        package for pattern, package in (TEST_FILES if tests else FONTS).items() if not any(Path("/").glob(pattern[1:]))
    ]
    if tests:
        wished += [package for name, package in TEST_COMMANDS.items() if shutil.which(name) is None]
    missing = list(dict.fromkeys([*needed, *wished]))
    if not missing:
        return
    apt = shutil.which("apt-get")
    command = f"apt-get install --no-install-recommends {' '.join(missing)}"
    if apt and os.geteuid() == 0:
        _apt(apt, missing)
        importlib.invalidate_caches()
    elif needed and apt:
        raise SetupError(f"This system lacks libraries that the window needs. Run once:\n\n    sudo {command}\n")
    elif needed:
        raise SetupError(
            f"This system lacks, by their Debian names: {', '.join(needed)}. Install them, then try again."
        )
    elif tests and apt:
        say(f"Some tests will be skipped; to run them too: sudo {command}")


def _apt(apt: str, packages: list[str]) -> None:
    say(f"Installing {len(packages)} system packages: {' '.join(packages)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    base = [apt, "-o", "DPkg::Lock::Timeout=300", "-qq"]
    install = [*base, "install", "-y", "--no-install-recommends", *packages]
    known = subprocess.run([apt, "-qq", "-s", "install", *packages], capture_output=True, check=False)
    if known.returncode != 0 or subprocess.call(install, env=environment, stdout=subprocess.DEVNULL) != 0:
        # Lists that are absent or old: only now is it worth the time to fetch new ones.
        say("Fetching the list of system packages")
        subprocess.call([*base, "update"], env=environment)
        if subprocess.call(install, env=environment, stdout=subprocess.DEVNULL) != 0:
            raise SetupError(f"apt-get could not install them. See what it says to:\n\n    {shlex.join(install)}\n")


def _linker_names() -> set[str]:
    ldconfig = shutil.which("ldconfig") or shutil.which("ldconfig", path="/sbin:/usr/sbin")
    if ldconfig is None:
        return set(QT_LIBRARIES)  # an unusual system: Qt itself will tell what it lacks
    listing = subprocess.run([ldconfig, "-p"], capture_output=True, text=True, check=False).stdout
    return set(re.findall(r"^\s+(\S+) \(", listing, re.MULTILINE))


def _venv_package() -> str:
    own = Path("/usr/bin/python3").resolve() == Path(sys.executable).resolve()
    return "python3-venv" if own else f"python3.{sys.version_info.minor}-venv"


# --- the environment ----------------------------------------------------------------------------------


def install_packages(lock_name: str) -> None:
    """Make .venv hold exactly what ``lock_name`` says, and the package itself, editable."""
    # The developer's environment has it all.
    if lock_name != "requirements.txt" or not _is_current(VENV, ROOT / "requirements-dev.txt"):
        _install_locked(VENV, ROOT / lock_name, "Desktop Inbox", package=True)
    _compile_package()


def _compile_package() -> None:
    """Compile what changed, so that no start has to: some systems tell Python never to keep what it compiled."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [str(_script("python")), "-m", "compileall", "-q", "desktop_inbox"]
    subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True)  # a folder may be read-only


def _install_locked(folder: Path, lock_file: Path, title: str, *, package: bool = False) -> None:
    if _is_current(folder, lock_file):
        return
    total = len(re.findall(r"(?m)^[\w.-]+==", lock_file.read_text(encoding="utf-8")))
    say(f"Setting up {title} in {folder.relative_to(ROOT)}: {total} packages")
    _make_environment(folder)
    _pip(folder, ["install", "--require-hashes", "-r", str(lock_file)], lock_file.name, total)
    if package:
        _pip(folder, ["install", "--no-deps", "--no-build-isolation", "-e", str(ROOT)], "the program itself", 0)
    _stamp_of(folder).write_text(json.dumps(_fingerprint(lock_file)), encoding="utf-8")


def _is_current(folder: Path, lock_file: Path) -> bool:
    return _stamped(_stamp_of(folder)) == _fingerprint(lock_file) and _script("python", folder).exists()


def _stamp_of(folder: Path) -> Path:
    return folder / "stamp.json"


def _stamped(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _fingerprint(lock_file: Path) -> dict[str, str]:
    """What must be the same for an environment to be used again, this folder included: scripts name it."""
    content = lock_file.read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return {"lock": digest, "file": lock_file.name, "python": sys.version.split()[0], "root": str(ROOT)}


def _make_environment(folder: Path) -> None:
    """Make a virtual environment unless a usable one of this Python is there."""
    python = _script("python", folder)
    if python.exists():
        asked = subprocess.run(
            [str(python), "-c", "import sys, pip; print(sys.version.split()[0])"], capture_output=True, text=True
        )
        if asked.stdout.strip() == sys.version.split()[0]:
            return
        say(f"Making {folder.relative_to(ROOT)} anew for Python {sys.version.split()[0]}")
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        raise SetupError(
            f"This Python cannot make environments. Run once:\n\n    sudo apt-get install {_venv_package()}\n"
        )
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(folder)], capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        raise SetupError(f"The environment {folder} could not be made:\n{made.stdout}{made.stderr}")


def _pip(folder: Path, arguments: list[str], title: str, total: int) -> None:
    """Run pip in ``folder``, count its packages on one line, and show its own words only when it fails."""
    command = [str(_script("python", folder)), "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    start, done, words = time.monotonic(), 0, []
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    assert process.stdout is not None
    for line in process.stdout:
        words.append(line.rstrip())
        done += line.startswith(("Collecting ", "Requirement already satisfied"))
        if total and sys.stdout.isatty():
            doing = "installing" if line.startswith("Installing") else f"{min(done, total)} of {total}"
            print(f"\r  {title}: {doing}, {time.monotonic() - start:.0f} s   ", end="", flush=True)
    if process.wait() != 0:
        tail = "\n".join(words[-15:])
        raise SetupError(
            f"\npip could not install {title}; its last words:\n\n{tail}\n\n"
            "Check the connection to your package index, then start again: what is done is kept."
        )
    print(f"\r  {title}: done in {time.monotonic() - start:.0f} s   ", flush=True)


def _script(name: str, folder: Path = VENV) -> Path:
    return folder / "Scripts" / f"{name}.exe" if WINDOWS else folder / "bin" / name


def say(text: str) -> None:
    """Tell what happens now."""
    print(f"- {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
