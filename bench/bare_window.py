"""The limit of every start: an empty QMainWindow, painted."""

import json
import os
import sys
import time

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QMainWindow


class _Window(QMainWindow):
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - the library's name
        super().paintEvent(event)
        QTimer.singleShot(0, _tell)


def _tell() -> None:
    print(json.dumps({"mark": "ready", "cpu": time.process_time()}), flush=True)
    import psutil

    print(json.dumps({"mark": "done", "memory": psutil.Process(os.getpid()).memory_info().rss / 1e6}), flush=True)
    QApplication.quit()


if __name__ == "__main__":
    application = QApplication(sys.argv)
    window = _Window()
    window.resize(1280, 800)
    window.show()
    sys.exit(application.exec())
