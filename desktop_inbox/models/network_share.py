"""Whether a path lies on a drive of another computer, as far as the system tells."""

import re
import subprocess
import sys
from pathlib import Path

_REMOTE = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afpfs", "webdav", "davfs", "afs", "ceph", "glusterfs", "fuse.sshfs"}
    | {"fuse.davfs", "fuse.glusterfs", "fuse.gvfsd-fuse", "fuse.rclone"}
)
_DRIVE_REMOTE = 4  # GetDriveTypeW
_MOUNT = re.compile(r" on (?P<place>/.*) \((?P<kind>[\w.]+)[,)]")


def is_network_share(path: Path) -> bool:
    """Return True only where the system says so; an unknown place counts as local."""
    if sys.platform == "win32":
        return _on_windows(path)
    if sys.platform == "darwin":
        return remote_in(_mac_mounts(), path.absolute())
    return remote_in(_linux_mounts(), path.absolute())


def remote_in(mounts: list[tuple[str, str]], path: Path) -> bool:
    """Return whether the innermost of ``mounts`` (place, kind of file system) above ``path`` is remote."""
    above = {str(parent) for parent in (path, *path.parents)}
    inside = [(len(place), index, kind) for index, (place, kind) in enumerate(mounts) if place in above]
    return bool(inside) and max(inside)[2] in _REMOTE  # of two in one place the later one is on top


def _linux_mounts() -> list[tuple[str, str]]:
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        left, _, right = line.partition(" - ")
        place = left.split(" ")[4].encode().decode("unicode_escape") if left.count(" ") >= 4 else ""
        found.append((place, right.split(" ")[0]))
    return found


def _mac_mounts() -> list[tuple[str, str]]:
    try:
        done = subprocess.run(["/sbin/mount"], capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.SubprocessError):
        return []
    return [(match["place"], match["kind"]) for match in map(_MOUNT.search, done.stdout.splitlines()) if match]


def _on_windows(path: Path) -> bool:
    drive = path.absolute().drive
    kind = 0
    if sys.platform == "win32":
        import ctypes

        kind = ctypes.windll.kernel32.GetDriveTypeW(f"{drive}\\")
    return drive.startswith("\\\\") or kind == _DRIVE_REMOTE
