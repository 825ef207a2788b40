"""Widgets of every test here stand on one loop."""

from tests.support.qt import stage

__all__ = ["stage"]
