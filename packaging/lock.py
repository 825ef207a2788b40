"""Make the lock files: every package at one version, with the hashes of all its files.

``python3 dev.py lock`` runs this in an environment that has pip-tools. Versions are chosen here, once; what
Windows, macOS and newer Pythons need on top is found by walking the packages' own metadata, so that one
lock serves all of them. No address of any index is written.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PLATFORMS = {
    "linux": {"os_name": "posix", "platform_system": "Linux", "platform_machine": "x86_64"},
    "darwin": {"os_name": "posix", "platform_system": "Darwin", "platform_machine": "arm64"},
    "win32": {"os_name": "nt", "platform_system": "Windows", "platform_machine": "AMD64"},
}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")

#: Where a package has no wheel, it is left out: what needs it says so when it is used.
NOT_EVERYWHERE = {"psycopg-binary": 'sys_platform != "win32" or platform_machine != "ARM64"'}

Metadata = Mapping[str, Mapping[str, Any]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", help="lock files to make; all without")
    only = set(parser.parse_args().only)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    run = [*project["project"]["dependencies"], *project["project"]["optional-dependencies"]["team"]]
    run += [*project["build-system"]["requires"], "editables"]
    groups = {
        "requirements.txt": run,
        "requirements-dev.txt": [*run, *project["project"]["optional-dependencies"]["dev"]],
        "requirements-synapse.txt": project["tool"]["desktop-inbox"]["synapse"],
    }
    chosen: dict[str, str] = {}  # the lock files agree with each other
    for name, requirements in reversed(groups.items()):
        if not only or name in only:
            chosen |= _lock(ROOT / name, requirements, chosen if name == "requirements.txt" else {})


def _lock(target: Path, requirements: list[str], chosen: Mapping[str, str]) -> dict[str, str]:
    elsewhere: set[str] = set()
    while True:
        pins = [f"{name}=={version}" for name, version in chosen.items()]
        found = _resolve([*requirements, *sorted(elsewhere)], pins)
        needed = {platform: _closure(requirements, found, platform) for platform in PLATFORMS}
        missing = set().union(*needed.values()) - set(found)
        if not missing:
            break
        print(f"{target.name}: other systems also need {', '.join(sorted(missing))}", flush=True)
        elsewhere |= missing
    lines = []
    for name in sorted(set().union(*needed.values())):
        marker = NOT_EVERYWHERE.get(name) or _marker(platform for platform in PLATFORMS if name in needed[platform])
        lines.append((f"{name}=={found[name]['version']}", marker))
    hashes = _hashes([pin for pin, _ in lines])
    text = "# Made by `python3 dev.py lock`; do not edit.\n"
    for pin, marker in lines:
        text += pin + (f" ; {marker}" if marker else "")
        text += "".join(f" \\\n    --hash={value}" for value in sorted(hashes[pin])) + "\n"
    target.write_text(text, encoding="ascii", newline="\n")
    print(f"{target.name}: {len(lines)} packages", flush=True)
    return {name: str(found[name]["version"]) for name in found}


def _resolve(requirements: list[str], pins: list[str]) -> Metadata:
    """Let pip choose versions; return the metadata of each package by name."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        wanted, constraints = Path(folder) / "wanted.txt", Path(folder) / "constraints.txt"
        wanted.write_text("\n".join(requirements), encoding="utf-8")
        constraints.write_text("\n".join(pins), encoding="utf-8")
        _pip("install", "--dry-run", "--ignore-installed", "--quiet", "--report", str(report),
             "-c", str(constraints), "-r", str(wanted))  # fmt: skip
        installs = json.loads(report.read_text(encoding="utf-8"))["install"]
    return {canonicalize_name(item["metadata"]["name"]): item["metadata"] for item in installs}


def _closure(requirements: Iterable[str], found: Metadata, platform: str) -> set[str]:
    """Return the names that ``requirements`` need on ``platform``, under any supported Python."""
    needed: set[str] = set()
    for python in PYTHONS:
        environment = {**default_environment(), **PLATFORMS[platform], "sys_platform": platform}
        environment |= {"python_version": python, "python_full_version": f"{python}.0"}
        seen: set[tuple[str, str]] = set()
        waiting = [Requirement(text) for text in requirements]
        while waiting:
            requirement = waiting.pop()
            name = canonicalize_name(requirement.name)
            for extra in ("", *requirement.extras):
                if (name, extra) in seen:
                    continue
                seen.add((name, extra))
                for text in found.get(name, {}).get("requires_dist", ()):
                    child = Requirement(text)
                    if child.marker is None:
                        if not extra:
                            waiting.append(child)
                    elif child.marker.evaluate({**environment, "extra": extra}):
                        waiting.append(child)
        needed |= {name for name, _ in seen}
    return needed


def _marker(platforms: Iterable[str]) -> str:
    on = set(platforms)
    if on == set(PLATFORMS):
        return ""
    if len(on) == 2:
        (absent,) = set(PLATFORMS) - on
        return f'sys_platform != "{absent}"'
    (present,) = on
    return f'sys_platform == "{present}"'


def _hashes(pins: list[str]) -> dict[str, set[str]]:
    """Return the hashes of every file of each ``name==version``."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "pins.in", Path(folder) / "pins.txt"
        source.write_text("\n".join(pins), encoding="utf-8")
        command = [sys.executable, "-m", "piptools", "compile", "--quiet", "--generate-hashes", "--no-header"]
        command += ["--no-annotate", "--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host"]
        command += ["--allow-unsafe", "--strip-extras", "--output-file", str(target), str(source)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        text = target.read_text(encoding="utf-8").replace("\\\n", " ")
    hashes: dict[str, set[str]] = {}
    for line in text.splitlines():
        found = re.match(r"([A-Za-z0-9._-]+==\S+)", line)
        if found:
            name, _, version = found[1].partition("==")
            hashes[f"{canonicalize_name(name)}=={version}"] = set(re.findall(r"--hash=(sha256:[0-9a-f]{64})", line))
    return hashes


def _pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments], check=True)


if __name__ == "__main__":
    main()
