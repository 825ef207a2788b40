"""LinkOpener: a web link opened in the browser, the first time per host after showing where it leads (S15, C12)."""

from urllib.parse import urlsplit

from PySide6.QtCore import QSettings, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from desktop_inbox.services.links import is_safe_url
from desktop_inbox.views.dialogs.confirm import confirmed

_HOSTS = "links/known_hosts"


class LinkOpener:
    """``open_url`` hands a link to the system; tests put a fake there."""

    def __init__(self, widget: QWidget) -> None:
        self._widget = widget
        self.open_url = QDesktopServices.openUrl

    async def open(self, url: str) -> None:
        """Ask where that is needed, then open; what is no plain web link does nothing."""
        parsed = QUrl(url, QUrl.ParsingMode.StrictMode)
        if not is_safe_url(url) or not parsed.isValid() or parsed.scheme() not in ("http", "https"):
            return
        host = urlsplit(url).netloc
        known = str(QSettings().value(_HOSTS, "")).split()
        if host not in known:
            sure = await confirmed(
                self._widget,
                title=self._widget.tr("Open this link in the browser?"),
                text=self._widget.tr("It leads to {host}.").format(host=host),
                detail=url,
                verb=self._widget.tr("Open link"),
            )
            if not sure:
                return
            QSettings().setValue(_HOSTS, " ".join([*known, host][-500:]))
        self.open_url(parsed)
