"""Motion: whether the system asks to leave movement out (A11)."""

import ctypes
import sys
from pathlib import Path

from PySide6.QtCore import QSettings

_SPI_GETCLIENTAREAANIMATION = 0x1042
_MAC_PREFERENCES = Path("Library/Preferences/com.apple.universalaccess.plist")


def is_reduced_by_system(platform: str = sys.platform, home: Path | None = None) -> bool:
    """Return what the person chose in the system's settings; False where the system has no such choice."""
    if platform == "win32":
        return not _windows_animates()
    if platform == "darwin":
        path = (home or Path.home()) / _MAC_PREFERENCES
        format_ = QSettings.Format.NativeFormat if sys.platform == "darwin" else QSettings.Format.IniFormat
        return str(QSettings(str(path), format_).value("reduceMotion", "false")).lower() in ("true", "1")
    return False


def _windows_animates() -> bool:
    windll = getattr(ctypes, "windll", None)
    if windll is None:
        return True
    animates = ctypes.c_int(1)  # as long as the question fails
    windll.user32.SystemParametersInfoW(_SPI_GETCLIENTAREAANIMATION, 0, ctypes.byref(animates), 0)
    return bool(animates.value)
