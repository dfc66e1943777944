"""How the window looks: named colours from a file, a palette and one style sheet made of them, and the type scale.

A newcomer would get this wrong: fonts are never set in the style sheet. Qt drops font features (tabular figures)
from a font that a style sheet has touched, and digits would jump; use `text_font`.
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontInfo,
    QFontMetrics,
    QGuiApplication,
    QIcon,
    QPainter,
    QPalette,
    QPixmap,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QStyleFactory

from tipmao_monitor.usage.resources import resource

THEMES = ("light", "dark", "contrast")
SPACING = 12
PADDING = 16
RADIUS = 8

TextRole = Literal["figure", "unit", "title", "body", "small"]

CJK_FAMILIES = (
    "PingFang SC",
    "Microsoft YaHei UI",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
)
"""Asked for after the platform's own font, so that hanzi are Chinese and not Japanese shapes."""

LAST_RESORT_FAMILIES = ("DejaVu Sans", "Bitstream Vera Sans", "Sans Serif", "Sans", "")
"""What fontconfig answers when no desktop chose a font: a third wider than UI fonts, so numbers would not fit."""

SMALLEST_PX = 11


@dataclass(frozen=True)
class Theme:
    """Named colours as "#RRGGBB". `faint` is for large or decorative text only; `categories` for charts only."""

    name: str
    dark: bool
    window: str
    card: str
    line: str
    text: str
    secondary: str
    faint: str
    accent: str
    good: str
    warning: str
    bad: str
    other: str
    categories: tuple[str, ...]

    @property
    def tint(self) -> str:
        """Behind chips and selected rows: so much accent as accent-coloured text on it can still be read."""
        return self.mixed(self.accent, self.card, 0.09)

    @property
    def axis(self) -> str:
        """Text at the edge of a chart: as faint as small text may be and still be read."""
        return self.mixed(self.faint, self.secondary, 0.35)

    def mixed(self, colour: str, over: str, share: float) -> str:
        """`share` (0 to 1) of one colour laid over another: the tint behind a chip or a banner."""
        top, under, rest = QColor(colour), QColor(over), 1 - share
        return QColor(
            round(top.red() * share + under.red() * rest),
            round(top.green() * share + under.green() * rest),
            round(top.blue() * share + under.blue() * rest),
        ).name()


@functools.cache
def load_theme(name: str) -> Theme:
    """One of THEMES; KeyError for another name."""
    if name not in THEMES:
        raise KeyError(name)
    with resource(f"themes/{name}.toml").open("rb") as file:
        values = tomllib.load(file)
    return Theme(**{**values, "categories": tuple(values["categories"])})


def system_theme() -> str:
    """The name of the theme that the desktop asks for; light where it does not say."""
    hints = QGuiApplication.styleHints()
    contrast = getattr(hints.accessibility(), "contrastPreference", None) if hasattr(hints, "accessibility") else None
    if contrast is not None and contrast() == Qt.ContrastPreference.HighContrast:
        return "contrast"
    return "dark" if hints.colorScheme() == Qt.ColorScheme.Dark else "light"


@functools.cache
def _families(platform_family: str) -> tuple[str, ...]:
    known = set(QFontDatabase.families())
    fallback = tuple(family for family in CJK_FAMILIES if family in known)
    if platform_family in LAST_RESORT_FAMILIES or QFontInfo(QFont(platform_family)).family() in LAST_RESORT_FAMILIES:
        better = tuple(family for family in ("Inter", "Noto Sans") if family in known)
        return (*better, *fallback, platform_family or "Sans Serif")
    return (platform_family, *fallback)


@functools.cache
def _body_px(platform: str) -> int:
    """Kept, because to match a font takes a fifth of a millisecond, and every label asks."""
    font = QFont()
    font.fromString(platform)
    return min(18, max(13, QFontInfo(font).pixelSize()))


def strong_weight() -> QFont.Weight:
    """Of figures and titles: semibold; bold where a family has no face for that, which Qt then thickens itself."""
    return _strong_weight(_families(QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()))


@functools.cache
def _strong_weight(families: tuple[str, ...]) -> QFont.Weight:
    for family in families[:2]:  # what draws letters, and what draws hanzi
        weights = [QFontDatabase.weight(family, style) for style in QFontDatabase.styles(family)]
        if weights and max(weights) < QFont.Weight.DemiBold:
            return QFont.Weight.Bold
    return QFont.Weight.DemiBold


def text_font(role: TextRole = "body") -> QFont:
    """The font of one place in the type scale: platform family, CJK fallback, tabular figures, pixels."""
    platform = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    body_px = _body_px(platform.toString())
    font = QFont()
    font.setFamilies(list(_families(platform.family())))
    font.setFeature(QFont.Tag("tnum"), 1)
    font.setStyleStrategy(QFont.StyleStrategy.PreferAntialias)
    match role:
        case "figure":
            font.setPixelSize(2 * body_px)
            font.setWeight(strong_weight())
        case "unit":
            font.setPixelSize(body_px + 1)
        case "title":
            font.setPixelSize(body_px)
            font.setWeight(strong_weight())
        case "body":
            font.setPixelSize(body_px)
        case "small":
            font.setPixelSize(max(SMALLEST_PX, body_px - 1))
    return font


def has_cjk_font() -> bool:
    """Whether hanzi can be drawn; without such a font every one of them is a box."""
    return bool(QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese))


def apply_theme(app: QApplication, theme: Theme) -> None:
    """Fusion (the same on every platform), palette, font and style sheet; widgets need nothing more."""
    if not app.styleSheet():
        app.setStyle(QStyleFactory.create("Fusion"))
    sheet = _style_sheet(theme)
    if app.styleSheet() not in ("", sheet):
        # To replace a style sheet keeps Qt busy three times as long as to remove it and set another.
        app.setStyleSheet("")
    app.setPalette(_palette(theme))
    if app.font() != text_font():
        app.setFont(text_font())
    if app.styleSheet() != sheet:
        app.setStyleSheet(sheet)


def _palette(theme: Theme) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for colour_role, value in (
        (role.Window, theme.window),
        (role.WindowText, theme.text),
        (role.Base, theme.card),
        (role.AlternateBase, theme.window),
        (role.Text, theme.text),
        (role.Button, theme.card),
        (role.ButtonText, theme.text),
        (role.BrightText, theme.bad),
        (role.ToolTipBase, theme.card),
        (role.ToolTipText, theme.text),
        (role.PlaceholderText, theme.secondary),
        (role.Highlight, theme.accent),
        (role.HighlightedText, theme.card),
        (role.Accent, theme.accent),
        (role.Link, theme.accent),
        (role.LinkVisited, theme.accent),
        (role.Light, theme.card),
        (role.Midlight, theme.line),
        (role.Mid, theme.line),
        (role.Dark, theme.faint),
        (role.Shadow, theme.line),
    ):
        palette.setColor(colour_role, QColor(value))
    for colour_role in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, colour_role, QColor(theme.faint))
    return palette


def _style_sheet(theme: Theme) -> str:
    warning_tint = theme.mixed(theme.warning, theme.card, 0.12)
    check = resource(f"icons/check-on-{'light' if theme.dark else 'dark'}.svg").as_posix()
    arrow, arrow_up = (resource(f"icons/arrow-{way}.svg").as_posix() for way in ("down", "up"))
    # Half the height of one line in its frame: Qt draws square corners where a radius is larger than that.
    line_px = QFontMetrics(text_font("small")).height()
    chip_end, badge_end = (line_px + 6) // 2, (line_px + 2) // 2
    return f"""
    Card {{ background: {theme.card}; border: 1px solid {theme.line}; border-radius: {RADIUS}px; }}
    Card[pressable="true"]:hover {{ border-color: {theme.faint}; }}
    Card[pressable="true"]:focus {{ border-color: {theme.accent}; }}
    QLabel[tone="secondary"] {{ color: {theme.secondary}; }}
    QLabel[tone="faint"] {{ color: {theme.faint}; }}
    QLabel[tone="accent"] {{ color: {theme.accent}; }}
    QLabel[tone="good"] {{ color: {theme.good}; }}
    QLabel[tone="warning"] {{ color: {theme.warning}; }}
    QLabel[tone="bad"] {{ color: {theme.bad}; }}
    QToolTip {{ color: {theme.text}; background: {theme.card}; border: 1px solid {theme.line}; padding: 4px 8px; }}
    QScrollArea, QScrollArea > QWidget > QWidget#page {{ background: {theme.window}; border: none; }}
    QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
    QScrollBar::handle {{ background: {theme.mixed(theme.faint, theme.window, 0.45)}; border-radius: 3px; margin: 2px;
        min-height: 24px; min-width: 24px; }}
    QScrollBar::handle:hover {{ background: {theme.faint}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    #filter_bar, #status {{ background: {theme.card}; }}
    #filter_bar {{ border-bottom: 1px solid {theme.line}; }}
    #status {{ border-top: 1px solid {theme.line}; }}
    #period_popover {{ background: {theme.card}; border: 1px solid {theme.line}; }}
    QFrame[note="warning"] {{ background: {warning_tint};
        border: 1px solid {theme.mixed(theme.warning, theme.card, 0.4)}; border-radius: {RADIUS}px; }}
    QFrame[note="accent"] {{ background: {theme.tint}; border: 1px solid {theme.mixed(theme.accent, theme.card, 0.4)};
        border-radius: {RADIUS}px; }}
    #banner {{ background: {warning_tint}; border: 1px solid {theme.mixed(theme.warning, theme.card, 0.4)};
        border-radius: {RADIUS}px; }}
    QPushButton {{ background: {theme.card}; color: {theme.text}; border: 1px solid {theme.line}; border-radius: 4px;
        padding: 4px 12px; }}
    QPushButton:hover {{ border-color: {theme.faint}; }}
    QPushButton:pressed {{ background: {theme.window}; }}
    QPushButton:focus {{ border: 1px solid {theme.accent}; }}
    QPushButton:default, QPushButton[primary="true"] {{ background: {theme.accent}; color: {theme.card};
        border-color: {theme.accent}; }}
    QPushButton[primary="true"]:focus {{ border: 1px solid {theme.text}; }}
    QPushButton:disabled {{ color: {theme.faint}; background: {theme.window}; border-color: {theme.line}; }}
    QPushButton[link="true"] {{ background: transparent; border: 1px solid transparent; padding: 0 2px;
        color: {theme.accent}; text-decoration: underline; }}
    QPushButton[link="true"]:disabled {{ color: {theme.faint}; text-decoration: none; }}
    QPushButton[link="true"]:focus {{ border: 1px solid {theme.accent}; }}
    QPushButton[quiet="true"] {{ padding: 0; border: none; text-decoration: none; }}
    QPushButton[quiet="true"]:hover, QPushButton[quiet="true"]:focus {{ border: none; text-decoration: underline; }}
    QPushButton[chip="true"] {{ background: {theme.tint}; color: {theme.accent}; border: 1px solid {theme.tint};
        border-radius: {chip_end}px; padding: 2px 9px; }}
    QPushButton[chip="true"]:hover, QPushButton[chip="true"]:focus {{ border: 1px solid {theme.accent}; }}
    QLineEdit {{ background: {theme.card}; color: {theme.text}; border: 1px solid {theme.line};
        border-radius: 4px; padding: 3px 8px; selection-background-color: {theme.accent};
        selection-color: {theme.card}; }}
    QLineEdit:disabled {{ color: {theme.faint}; background: {theme.window}; }}
    QCheckBox {{ spacing: 8px; }}
    QCheckBox::indicator {{ width: 14px; height: 14px; border: 1px solid {theme.faint}; border-radius: 3px;
        background: {theme.card}; }}
    QCheckBox::indicator:checked {{ background: {theme.accent}; border-color: {theme.accent}; image: url("{check}"); }}
    QCheckBox::indicator:hover, QCheckBox::indicator:focus {{ border-color: {theme.accent}; }}
    QCheckBox::indicator:checked:focus {{ border-color: {theme.text}; }}
    QCheckBox::indicator:disabled {{ border-color: {theme.line}; background: {theme.window}; }}
    QComboBox {{ background: {theme.card}; color: {theme.text}; border: 1px solid {theme.line}; border-radius: 4px;
        padding: 3px 8px; }}
    QComboBox:hover {{ border-color: {theme.faint}; }}
    QComboBox:focus, QComboBox:on {{ border: 1px solid {theme.accent}; }}
    QComboBox::drop-down {{ border: none; width: 22px; }}
    QComboBox::down-arrow {{ image: url("{arrow}"); width: 14px; height: 14px; }}
    QAbstractSpinBox {{ background: {theme.card}; color: {theme.text}; border: 1px solid {theme.line};
        border-radius: 4px; padding: 3px 8px; selection-background-color: {theme.accent};
        selection-color: {theme.card}; }}
    QAbstractSpinBox:hover {{ border-color: {theme.faint}; }}
    QAbstractSpinBox:focus {{ border: 1px solid {theme.accent}; }}
    QAbstractSpinBox:disabled {{ color: {theme.faint}; background: {theme.window}; }}
    QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: none; background: transparent; width: 18px; }}
    QAbstractSpinBox::up-arrow {{ image: url("{arrow_up}"); width: 12px; height: 12px; }}
    QAbstractSpinBox::down-arrow {{ image: url("{arrow}"); width: 12px; height: 12px; }}
    QComboBox QLineEdit, QComboBox QLineEdit:focus {{ border: none; padding: 0; }}
    QComboBox QAbstractItemView, QListWidget {{ background: {theme.card}; color: {theme.text};
        border: 1px solid {theme.line}; border-radius: 4px; outline: 0; padding: 2px;
        selection-background-color: {theme.tint}; selection-color: {theme.text}; }}
    QAbstractSpinBox {{ background: {theme.card}; color: {theme.text}; border: 1px solid {theme.line};
        border-radius: 4px; padding: 1px 4px; selection-background-color: {theme.accent};
        selection-color: {theme.card}; }}
    QAbstractSpinBox:hover {{ border-color: {theme.faint}; }}
    QAbstractSpinBox:focus {{ border: 1px solid {theme.accent}; }}
    QAbstractSpinBox:disabled {{ color: {theme.faint}; background: {theme.window}; }}
    QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: none; width: 20px; }}
    QAbstractSpinBox::up-arrow {{ image: url("{arrow_up}"); width: 10px; height: 10px; }}
    QAbstractSpinBox::down-arrow {{ image: url("{arrow}"); width: 10px; height: 10px; }}
    QDateEdit::drop-down {{ border: none; width: 22px; }}
    QDateEdit::down-arrow {{ image: url("{arrow}"); width: 14px; height: 14px; }}
    QListWidget:focus {{ border: 1px solid {theme.accent}; }}
    QLineEdit#search {{ padding: 3px 2px; }}
    QLineEdit:focus {{ border: 1px solid {theme.accent}; }}
    #qt_calendar_navigationbar {{ background: {theme.card}; border-bottom: 1px solid {theme.line}; }}
    #qt_calendar_navigationbar QToolButton {{ color: {theme.text}; background: transparent; border: none;
        border-radius: 4px; padding: 3px 8px; margin: 2px; }}
    #qt_calendar_navigationbar QToolButton:hover {{ background: {theme.tint}; }}
    #qt_calendar_prevmonth {{ qproperty-icon: none; qproperty-text: "‹"; }}
    #qt_calendar_nextmonth {{ qproperty-icon: none; qproperty-text: "›"; }}
    QCalendarWidget QTableView {{ selection-background-color: {theme.accent}; selection-color: {theme.card}; }}
    QTableView {{ background: {theme.card}; border: none; gridline-color: {theme.line}; outline: 0;
        selection-background-color: {theme.tint}; selection-color: {theme.text}; }}
    QHeaderView {{ background: {theme.card}; border: none; }}
    QHeaderView::section {{ background: {theme.card}; color: {theme.secondary}; border: none;
        border-bottom: 1px solid {theme.line}; padding: 4px 8px; }}
    LinesTable, #sheet_area {{ background: {theme.card}; border: 1px solid {theme.line}; border-radius: 4px; }}
    LinesTable::item {{ padding: 0 6px; }}
    #sheet {{ background: {theme.card}; }}
    QScrollArea#advice_area {{ background: {theme.card}; }}
    #finding {{ background: {theme.window}; border: none; border-left: 3px solid {theme.accent};
        border-top-right-radius: 4px; border-bottom-right-radius: 4px; }}
    #finding[tone="warning"] {{ border-left-color: {theme.warning}; }}
    #badge {{ background: {theme.tint}; border-radius: {badge_end}px; padding: 1px 4px; }}
    #hairline {{ background: {theme.line}; border: none; }}
    QPlainTextEdit {{ background: {theme.card}; border: 1px solid {theme.line}; border-radius: 4px; padding: 8px; }}
    QMenuBar {{ background: {theme.card}; color: {theme.text}; }}
    QMenuBar::item {{ background: transparent; padding: 4px 10px; }}
    QMenuBar::item:selected {{ background: {theme.tint}; }}
    QMenu {{ background: {theme.card}; border: 1px solid {theme.line}; padding: 4px 0; }}
    QMenu::item {{ padding: 5px 28px 5px 28px; }}
    QMenu::indicator {{ left: 8px; }}
    QMenu::right-arrow {{ right: 8px; }}
    QMenu::item:selected {{ background: {theme.tint}; color: {theme.text}; }}
    QMenu::separator {{ height: 1px; background: {theme.line}; margin: 4px 0; }}
    """


@functools.cache
def icon(name: str, colour: str) -> QIcon:
    """An icon of resources/icons, its black drawn in `colour`."""
    drawing = resource(f"icons/{name}.svg").read_text(encoding="utf-8").replace("#000000", colour)
    renderer = QSvgRenderer(QByteArray(drawing.encode()))
    found = QIcon()
    for px in (16, 32, 64):
        image = QPixmap(px, px)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        found.addPixmap(image)
    return found


class Colours:
    """Which category colour belongs to a model or function: the first asked for gets the first, and keeps it.

    Each dimension counts its own twelve; None and whatever comes after the twelfth are `theme.other`.
    """

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self._places: dict[tuple[str, str], int] = {}
        self._counts: dict[str, int] = {}

    def of(self, key: str | None, dimension: str = "model") -> QColor:
        if key is None:
            return QColor(self.theme.other)
        place = self._places.get((dimension, key))
        if place is None:
            place = self._counts.get(dimension, 0)
            self._counts[dimension] = place + 1
            self._places[dimension, key] = place
        categories = self.theme.categories
        return QColor(categories[place]) if place < len(categories) else QColor(self.theme.other)
