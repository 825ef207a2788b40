"""dev.py, the lock files and the wheel: what stands between a fresh computer and the window."""

import ast
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-synapse.txt")


def _dev(*code: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, *code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_one_version_and_hashes(name: str) -> None:
    text = (ROOT / name).read_text(encoding="ascii").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert len(lines) > 20
    for line in lines:
        assert re.fullmatch(r"[a-z0-9._-]+==[^\s;]+( ; [^#]*?)?( +--hash=sha256:[0-9a-f]{64})+", line), line[:80]


@pytest.mark.parametrize("name", [*LOCKS, "tests/tools/prism/package-lock.json"])
def test_locks_name_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"https?://[^\"]*\.(tgz|whl|tar\.gz)|--(extra-)?index-url|--find-links|\"resolved\"", text)


def test_lock_files_agree() -> None:
    pins = [set(re.findall(r"(?m)^\S+==\S+", (ROOT / name).read_text(encoding="ascii"))) for name in LOCKS[:2]]
    assert pins[0] <= pins[1]


def test_what_other_systems_need_is_locked_for_them_only() -> None:
    text = (ROOT / "requirements.txt").read_text(encoding="ascii")
    assert re.search(r'(?m)^pywin32-ctypes==\S+ ; sys_platform == "win32"', text)
    assert re.search(r'(?m)^secretstorage==\S+ ; sys_platform == "linux"', text)


def test_an_old_python_gets_a_sentence_not_a_syntax_error() -> None:
    ast.parse((ROOT / "dev.py").read_text(encoding="utf-8"), feature_version=(3, 8))
    pretend = "import sys, runpy; sys.version_info = (3, 10, 0); sys.argv = ['dev.py', 'run']; "
    done = _dev("-c", pretend + "runpy.run_path('dev.py', run_name='__main__')")
    assert done.returncode == 2
    assert "needs Python 3.11" in done.stderr
    assert "Traceback" not in done.stderr


def test_dev_uses_the_standard_library_only() -> None:
    tree = ast.parse((ROOT / "dev.py").read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names | {"__future__"}


def test_the_wheel_brings_its_resources(tmp_path: Path) -> None:
    done = _dev("-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path))
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    shipped = {name for name in names if name.startswith("desktop_inbox/resources/")}
    present = {path for path in (ROOT / "resources").rglob("*") if path.is_file()}
    assert len(shipped) == len(present)
    assert any(name.startswith("desktop_inbox/models/migrations/versions/v0001") for name in names)


def test_in_ci_a_required_tool_may_not_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\n@pytest.mark.prism\ndef test_needs_prism(): pytest.skip('prism is not here')\n"
        "def test_other(): pytest.skip('not now')\n"
    )
    command = ["-m", "pytest", "-q", "-c", "pyproject.toml", f"--rootdir={ROOT}", "-p", "tests.conftest", str(tmp_path)]
    monkeypatch.delenv("CI", raising=False)
    local = _dev(*command)
    assert "2 skipped" in local.stdout
    assert "prism is not here" in local.stdout
    monkeypatch.setenv("CI", "true")
    ci = _dev(*command)
    assert "1 failed, 1 skipped" in ci.stdout
    assert "prism is not here" in ci.stdout
