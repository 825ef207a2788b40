"""The style sheet, built from the theme's tokens: no colour and no size of its own.

Widgets are told apart by object name or by the dynamic property ``kind`` (primary, quiet, chip, danger, card,
header, banner, section, secondary, ...): ``button.setProperty("kind", "primary")``.
"""

from __future__ import annotations

from collections.abc import Callable
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop_inbox.views.theme import Tokens

_SHEET = Template("""
* { outline: none; }
QWidget { color: $text; }
QMainWindow, QDialog, QWidget#page, QStackedWidget { background: $surface; }
QToolTip { background: $text; color: $surface; border: none; padding: ${s4}px ${s8}px; }
QLabel, QCheckBox, QRadioButton { background: transparent; }
QLabel[kind="secondary"], QLabel[kind="small"], QLabel[kind="section"] { color: $muted; }
QLabel[kind="secondary"] { font-size: ${f13}px; }
QLabel[kind="small"] { font-size: ${f12}px; }
QLabel[kind="section"] { font-size: ${f11}px; font-weight: 600; }
QLabel[kind="strong"] { font-weight: 600; }
QLabel[kind="title"] { font-size: ${f16}px; font-weight: 600; }
QLabel[kind="heading"] { font-size: ${f20}px; font-weight: 600; }
QLabel[kind="accent"] { color: $accent_text; font-size: ${f13}px; font-weight: 600; }
QLabel[kind="error"] { color: $attention; }
QLabel[kind="error-small"] { color: $attention; font-size: ${f12}px; }
QLabel[kind="warning"] { color: $warning; font-size: ${f12}px; font-weight: 600; }
QLabel[kind="success"] { color: $success; }
QLabel[kind="pill"] { background: $inbound; color: $muted; font-size: ${f11}px; font-weight: 600;
    border-radius: ${s7}px; padding: 0 ${s8}px; min-height: ${s18}px; }
QLabel[kind="pill-success"] { background: $inbound; color: $success; font-size: ${f11}px; font-weight: 600;
    border-radius: ${s7}px; padding: 0 ${s8}px; min-height: ${s18}px; }
QLabel[kind="pill-attention"] { background: $inbound; color: $attention; font-size: ${f11}px; font-weight: 600;
    border-radius: ${s7}px; padding: 0 ${s8}px; min-height: ${s18}px; }
QLabel[kind="badge"] { background: $attention; color: $on_attention; font-size: ${f12}px; font-weight: 600;
    border-radius: ${s8}px; padding: 0 ${s7}px; min-width: ${s4}px; min-height: ${s18}px; }

QPushButton, QToolButton { background: $surface; border: 1px solid $line; border-radius: 6px; color: $text;
    padding: ${s5}px ${s12}px; min-height: ${s20}px; }
QPushButton:hover, QToolButton:hover { background: $hover; }
QPushButton:pressed, QToolButton:pressed, QToolButton:checked { background: $selection; }
QPushButton:disabled, QToolButton:disabled { color: $muted; background: $window; }
QPushButton:focus, QToolButton:focus { border: 2px solid $accent_text; padding: ${s4}px ${s11}px; }
QToolButton[kind="icon"] { padding: ${s5}px; min-width: ${s20}px; }
QToolButton[kind="icon"]:focus { padding: ${s4}px; }
QToolButton[kind="quiet"], QPushButton[kind="quiet"] { border: 1px solid transparent; background: transparent;
    padding: ${s5}px; }
QToolButton[kind="quiet"]:hover, QPushButton[kind="quiet"]:hover { background: $hover; }
QToolButton[kind="quiet"]:focus, QPushButton[kind="quiet"]:focus { border: 2px solid $accent_text;
    padding: ${s4}px; }
QToolButton::menu-indicator, QPushButton::menu-indicator { image: none; width: 0; }
QPushButton[kind="primary"] { background: $accent; color: $on_accent; border: 1px solid $accent; font-weight: 500; }
QPushButton[kind="primary"]:hover { background: $accent_hover; }
QPushButton[kind="primary"]:disabled { background: $inbound; color: $muted; border-color: $inbound; }
QPushButton[kind="primary"]:focus { border: 2px solid $text; }
QToolButton[kind="state"] { padding: ${s5}px ${s10}px; }
QToolButton[kind="state"]:focus { padding: ${s4}px ${s9}px; }
QToolButton[kind="done"] { padding: ${s5}px ${s10}px; background: $success; color: $surface;
    border: 1px solid $success; font-weight: 500; }
QToolButton[kind="done"]:hover { border: 2px solid $text; padding: ${s4}px ${s9}px; }
QToolButton[kind="done"]:focus { border: 2px solid $text; padding: ${s4}px ${s9}px; }
QToolButton[kind="done"][done="true"] { background: $surface; color: $success; }
QPushButton[kind="danger"] { color: $attention; }
QPushButton[kind="success"] { color: $success; }
QPushButton[kind="link"] { border: 2px solid transparent; background: transparent; color: $accent_text;
    padding: ${s4}px; text-align: left; }
QPushButton[kind="link"]:hover { text-decoration: underline; }
QPushButton[kind="link"]:focus { border-color: $accent_text; border-radius: 6px; }
QPushButton[kind="value"] { border: 1px solid transparent; background: transparent; text-align: left;
    padding: ${s3}px ${s4}px; }
QPushButton[kind="value"]:hover { background: $hover; }
QPushButton[kind="value"]:focus { border: 2px solid $accent_text; padding: ${s2}px ${s3}px; }
QPushButton[kind="value"][empty="true"] { color: $muted; }
QPushButton[kind="field"] { background: $surface; border: 1px solid $border; border-radius: 8px; text-align: left;
    padding: ${s5}px ${s10}px; }
QPushButton[kind="field"]:hover { background: $hover; }
QPushButton[kind="field"]:focus { border: 2px solid $accent_text; padding: ${s4}px ${s9}px; }
QLabel[kind="bubble"] { background: $inbound; border-radius: ${s12}px; padding: ${s10}px ${s12}px; }
QLabel[kind="code"] { background: $window; border-radius: 8px; padding: ${s8}px; font-size: ${f12}px; }
QFrame[kind="side"] { background: $surface; border: none; border-right: 1px solid $line; }
QFrame[kind="tag"] { background: $inbound; border: none; border-radius: ${s11}px; }
QFrame[kind="tag"] QLabel { color: $text; }
QToolButton[kind="tag"] { border: 2px solid transparent; background: transparent; border-radius: ${s11}px;
    padding: ${s2}px; min-height: ${s18}px; min-width: ${s18}px; }
QToolButton[kind="tag"]:hover { background: $hover; }
QToolButton[kind="tag"]:focus { border-color: $accent_text; }
QTabBar[kind="pane"] { background: $surface; border: none; }
QTabBar[kind="pane"]::tab { background: transparent; color: $muted; border: 2px solid transparent;
    border-bottom: 2px solid $line; padding: ${s8}px ${s12}px; }
QTabBar[kind="pane"]::tab:hover { color: $text; }
QTabBar[kind="pane"]::tab:selected { color: $accent_text; border-bottom: 2px solid $accent_text; }
QTabBar[kind="pane"]::tab:selected:focus { background: $selection; }
QFrame[kind="comment"] { background: $comment; border: none; border-top: 1px solid $line; }
QFrame[kind="footer"] QFrame[kind="comment"] { border: 1px solid $line; border-radius: 10px; }
QFrame[kind="comment"] QLabel { color: $on_comment; }
QPushButton#reply-channel { font-size: ${f12}px; padding: ${s1}px ${s4}px; min-height: ${s20}px; }
QPushButton[kind="chip"] { border-radius: ${s11}px; padding: ${s2}px ${s10}px; font-size: ${f13}px;
    color: $muted; min-height: ${s18}px; }
QPushButton[kind="chip"]:checked { background: $selection; color: $accent_text; border-color: $selection; }
QPushButton[kind="chip"]:focus { border: 2px solid $accent_text; padding: ${s1}px ${s9}px; }

QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDateTimeEdit, QComboBox { background: $surface;
    border: 1px solid $border; border-radius: 8px; padding: ${s5}px ${s10}px; min-height: ${s20}px;
    selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit QToolButton, QLineEdit QToolButton:focus { border: none; background: transparent; padding: 0; margin: 0;
    min-height: 0; min-width: 0; }
QLineEdit QToolButton[kind="inside"] { border: 2px solid transparent; border-radius: 6px; }
QLineEdit QToolButton[kind="inside"]:hover { background: $hover; }
QLineEdit QToolButton[kind="inside"]:focus { border: 2px solid $accent_text; }
QLabel[kind="count"] { background: $accent; color: $on_accent; font-size: ${f10}px; font-weight: 600;
    border-radius: ${s7}px; padding: 0 ${s4}px; min-height: ${s14}px; }
QFrame[kind="selection"] { background: $surface; border: none; border-bottom: 1px solid $line; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QSpinBox:focus, QDateTimeEdit:focus, QComboBox:focus {
    border: 2px solid $accent_text; padding: ${s4}px ${s9}px; }
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled, QDateTimeEdit:disabled { background: $window;
    color: $muted; }
QLineEdit[kind="search"] { background: $window; border: 1px solid $border; padding: 0 ${s8}px;
    min-height: ${s30}px; }
QLineEdit[kind="search"]:focus { border: 2px solid $accent_text; background: $surface; padding: 0 ${s7}px;
    min-height: ${s28}px; }
QComboBox::drop-down, QDateTimeEdit::drop-down { border: none; width: ${s24}px; }
QComboBox QAbstractItemView { background: $surface; border: 1px solid $line; selection-background-color: $selection;
    selection-color: $text; padding: ${s4}px; }
QComboBox::down-arrow { image: url("$styles/chevron-down-$variant.svg"); width: ${s18}px; height: ${s18}px; }
QSpinBox QLineEdit { border: none; padding: 0 0 0 ${s8}px; min-height: 0; background: transparent; }
QSpinBox { padding-right: ${s24}px; }
QSpinBox::up-button, QSpinBox::down-button { width: ${s24}px; border: none; background: transparent; }
QSpinBox::up-arrow { image: url("$styles/chevron-up-$variant.svg"); width: ${s12}px; height: ${s12}px; }
QSpinBox::down-arrow { image: url("$styles/chevron-down-$variant.svg"); width: ${s12}px; height: ${s12}px; }
QCheckBox, QRadioButton { spacing: ${s8}px; min-height: ${s24}px; }
QCheckBox::indicator, QListWidget::indicator, QRadioButton::indicator { width: ${s18}px; height: ${s18}px;
    border: 1px solid $border; background: $surface; margin: 1px; }
QCheckBox[kind="bare"] { spacing: 0; min-width: ${s24}px; }
QCheckBox::indicator, QListWidget::indicator { border-radius: 4px; }
QRadioButton::indicator { border-radius: ${s10}px; }
QCheckBox::indicator:checked, QListWidget::indicator:checked { background: $accent; border-color: $accent;
    image: url("$styles/check-on-accent.svg"); }
QCheckBox::indicator:indeterminate { background: $accent; border-color: $accent;
    image: url("$styles/minus-on-accent.svg"); }
QRadioButton::indicator:checked { border: ${s6}px solid $accent; width: ${s8}px; height: ${s8}px; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border: 2px solid $accent_text; margin: 0; }
QCheckBox:focus, QRadioButton:focus { text-decoration: underline; }

QMenuBar { background: $window; border-bottom: 1px solid $line; }
QMenuBar::item { padding: ${s4}px ${s10}px; background: transparent; border-radius: 4px; }
QMenuBar::item:selected { background: $selection; }
QMenu { background: $surface; border: 1px solid $line; border-radius: 8px; padding: ${s4}px; }
QMenu::item { padding: ${s6}px ${s24}px ${s6}px ${s12}px; border-radius: 4px; }
QMenu::item:selected { background: $selection; }
QMenu::item:disabled { color: $muted; }
QMenu::separator { height: 1px; background: $line; margin: ${s4}px ${s8}px; }
QMenu::icon { padding-left: ${s8}px; }

QSplitter::handle { background: $line; }
QSplitter::handle:horizontal { width: 1px; }
QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: none; }
QAbstractItemView { background: $surface; border: none; }
QListView::item { border: none; }
QTableView { background: $surface; border: 1px solid $line; border-radius: 8px; }
QTableView:focus { border: 1px solid $accent_text; }
QTableView::item { padding: 0 ${s8}px; border: none; border-bottom: 1px solid $line; }
QTableView::item:hover { background: $hover; }
QTableView::item:selected { background: $selection; color: $text; }
QTreeView { border: 1px solid $line; border-radius: 8px; }
QTreeView:focus { border: 1px solid $accent_text; }
QTreeView::item { padding: ${s5}px ${s4}px; border: none; color: $text; }
QTreeView::item:hover { background: $hover; }
QTreeView::item:selected { background: $selection; color: $text; }
QHeaderView { background: $surface; border: none; }
QHeaderView::section { background: $surface; color: $muted; border: none; border-bottom: 1px solid $line;
    padding: ${s6}px ${s8}px; font-size: ${f12}px; font-weight: 600; }
QHeaderView::section:hover { color: $text; }
QHeaderView::up-arrow { image: url("$styles/chevron-up-$variant.svg"); width: ${s12}px; height: ${s12}px; }
QHeaderView::down-arrow { image: url("$styles/chevron-down-$variant.svg"); width: ${s12}px; height: ${s12}px; }
QListWidget { border: 1px solid $line; border-radius: 8px; padding: ${s4}px; }
QListWidget[kind="choices"], QListWidget#folders { border: none; padding: 0; }
QListWidget::item { padding: ${s6}px ${s8}px; border-radius: 6px; }
QListWidget::item:hover { background: $hover; }
QListWidget::item:selected { background: $selection; color: $text; }
QListView[kind="choices"] { border: none; padding: ${s4}px; }
QListView[kind="choices"]::item { border-radius: 6px; }
QListView[kind="choices"]::item:hover { background: $hover; }
QListView[kind="choices"]::item:selected { background: $selection; color: $text; }
QListView#timeline { background: $window; }
QLabel[kind="day"] { background: $surface; color: $muted; border: 1px solid $line; font-size: ${f12}px;
    border-radius: ${s10}px; padding: ${s2}px ${s10}px; }
QToolButton[kind="jump"] { background: $surface; border: 1px solid $border; border-radius: ${s18}px;
    padding: ${s7}px; font-weight: 600; }
QToolButton[kind="jump"]:focus { border: 2px solid $accent_text; padding: ${s6}px; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar::handle:vertical { background: $scroll; min-height: 32px; border-radius: 3px; margin: 2px 2px 2px 4px; }
QScrollBar::handle:vertical:hover { background: $muted; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle:horizontal { background: $scroll; min-width: 32px; border-radius: 3px; margin: 4px 2px 2px 2px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QProgressBar { background: $inbound; border: none; border-radius: 3px; max-height: 6px; text-align: center; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }

QFrame#rail { background: $window; border: none; border-right: 1px solid $line; }
QFrame#rail[mirrored="true"] { border-right: none; border-left: 1px solid $line; }
QFrame[kind="surface"], QWidget[kind="surface"] { background: $surface; }
QFrame[kind="window"], QWidget[kind="window"] { background: $window; }
QFrame[kind="header"] { background: $surface; border: none; border-bottom: 1px solid $line; }
QFrame[kind="footer"] { background: $surface; border: none; border-top: 1px solid $line; }
QFrame[kind="card"] { background: $surface; border: 1px solid $line; border-radius: 8px; }
QFrame[kind="popup"] { background: $surface; border: 1px solid $line; border-radius: 10px; }
QFrame[kind="line"] { background: $line; border: none; min-height: 1px; max-height: 1px; }
QFrame[kind="notice"] { background: $comment; border: 1px solid $line; border-radius: 8px; }
QFrame[kind="notice"] QLabel { color: $on_comment; font-size: ${f13}px; }
QFrame[kind="notice"] QPushButton { padding: ${s2}px ${s10}px; font-size: ${f13}px; }
QFrame[kind="banner"] { background: $comment; border: none; border-bottom: 1px solid $line; }
QFrame[kind="banner"] QLabel { color: $on_comment; font-size: ${f13}px; }
QFrame[kind="banner"] QPushButton { color: $on_comment; background: transparent; border: 1px solid $border;
    padding: ${s2}px ${s10}px; font-size: ${f13}px; }
QFrame[kind="banner"] QPushButton:focus { border: 2px solid $accent_text; padding: ${s1}px ${s9}px; }
QFrame[kind="toast"] { background: $text; border: none; border-radius: 8px; }
QFrame[kind="toast"] QLabel { color: $surface; }
QFrame[kind="toast"] QPushButton { background: transparent; border: 1px solid $muted; color: $surface;
    padding: ${s3}px ${s10}px; font-weight: 600; }
QFrame[kind="toast"] QPushButton:focus { border: 2px solid $surface; padding: ${s2}px ${s9}px; }
""")


def build_stylesheet(tokens: Tokens, px: Callable[[float], int], *, styles: str, variant: str) -> str:
    """Return the style sheet for these colours; ``px`` scales lengths that must fit text.

    ``styles`` is the folder of the small pictures, ``variant`` names those for light or dark.
    """
    values: dict[str, object] = {name: getattr(tokens, name) for name in type(tokens).__slots__}
    values |= {f"s{size}": px(size) for size in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 18, 20, 24, 28, 30)}
    values |= {f"f{size}": px(size) for size in (10, 11, 12, 13, 16, 20)}
    values |= {"styles": styles, "variant": variant}
    return _SHEET.substitute(values)
