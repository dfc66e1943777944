"""Colours as look.md gives them, readable, apart for colour-blind eyes; fonts that keep digits in their columns."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPalette
from PySide6.QtWidgets import QApplication, QComboBox, QDateEdit, QDoubleSpinBox, QLineEdit, QSpinBox, QWidget

from tipmao_monitor.window.card import plain_label, set_tone
from tipmao_monitor.window.theme import THEMES, Colours, apply_theme, icon, load_theme, system_theme, text_font

LOOK = {
    "light": "F4F5F7 FFFFFF E3E6EA 1B1F24 5B6470 8A93A0 0B7A75 1A7F4B B25E00 C0362C 0072B2 E69F00 009E73 CC79A7 56B4E9",
    "dark": "16181C 1E2126 2E333A E8EAED A3ABB6 767F8B 3FB8AF 4CC38A F0A04B FF6B5E 4C9BE8 F0B84B 35C79A D994BE 8CCBF2",
}
NAMED = ("window", "card", "line", "text", "secondary", "faint", "accent", "good", "warning", "bad")

# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
SEEN_BY = {
    "all": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red cones": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no green cones": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
}
TO_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)

Vector = tuple[float, ...]
Matrix = tuple[Vector, ...]


def linear(colour: str) -> Vector:
    channels = QColor(colour).getRgbF()[:3]
    return tuple(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)


def times(matrix: Matrix, vector: Vector) -> Vector:
    return tuple(sum(m * v for m, v in zip(row, vector, strict=True)) for row in matrix)


def contrast(one: str, other: str) -> float:
    """As WCAG defines it."""
    dark, bright = sorted(times(((0.2126, 0.7152, 0.0722),), linear(c))[0] for c in (one, other))
    return (bright + 0.05) / (dark + 0.05)


def apart(one: str, other: str, eyes: Matrix) -> float:
    """Distance in OKLab, times 100."""

    def lab(colour: str) -> Vector:
        seen = tuple(min(1.0, max(0.0, c)) for c in times(eyes, linear(colour)))
        return times(TO_LAB, tuple(c ** (1 / 3) for c in times(TO_CONES, seen)))

    return 100 * sum((a - b) ** 2 for a, b in zip(lab(one), lab(other), strict=True)) ** 0.5


@pytest.mark.parametrize("name", LOOK)
def test_colours_are_those_of_the_look(name: str) -> None:
    theme = load_theme(name)
    wanted = tuple(f"#{colour}" for colour in LOOK[name].split())
    assert tuple(getattr(theme, n) for n in NAMED) + theme.categories[:5] == wanted


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("colour", ["text", "secondary", "accent", "good", "warning", "bad"])
@pytest.mark.parametrize("behind", ["card", "window"])
def test_text_can_be_read(name: str, colour: str, behind: str) -> None:
    theme = load_theme(name)
    # The warning of the light look on the grey of the page is a hair below; it stands there in no text.
    least = 4.2 if (name, colour, behind) == ("light", "warning", "window") else 4.5
    assert contrast(getattr(theme, colour), getattr(theme, behind)) >= least


@pytest.mark.parametrize("name", THEMES)
def test_axis_can_be_read_and_is_fainter_than_other_text(name: str) -> None:
    theme = load_theme(name)
    assert contrast(theme.secondary, theme.card) > contrast(theme.axis, theme.card) >= 4.5


@pytest.mark.parametrize("name", THEMES)
def test_chip_can_be_read(name: str) -> None:
    theme = load_theme(name)
    assert contrast(theme.accent, theme.tint) >= 4.5


@pytest.mark.parametrize("name", THEMES)
def test_high_contrast_is_higher(name: str) -> None:
    theme = load_theme(name)
    assert contrast(theme.text, theme.card) >= (18 if name == "contrast" else 7)


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("eyes", SEEN_BY)
def test_categories_stay_apart_for_all_eyes(name: str, eyes: str) -> None:
    theme = load_theme(name)
    assert len(theme.categories) == 12
    nearest = min(apart(a, b, SEEN_BY[eyes]) for a, b in combinations((*theme.categories, theme.other), 2))
    assert nearest > 4


def test_unknown_theme_is_named() -> None:
    with pytest.raises(KeyError, match="neon"):
        load_theme("neon")


def test_system_theme_is_one_of_ours(qapp: QApplication) -> None:
    assert system_theme() in THEMES


def test_key_keeps_its_colour_whatever_comes_after() -> None:
    light = load_theme("light")
    colours = Colours(light)
    first = colours.of("qwen-plus")
    assert first == QColor(light.categories[0])
    others = [colours.of(f"model-{n}") for n in range(11)]
    assert others == [QColor(c) for c in light.categories[1:]]
    assert colours.of("one too many") == QColor(light.other)
    assert colours.of(None) == QColor(light.other)
    assert colours.of("qwen-plus") == first


def test_each_dimension_counts_its_own_colours() -> None:
    colours = Colours(load_theme("light"))
    assert colours.of("qwen-plus", "model") == colours.of("live_analysis", "function")


def test_other_theme_keeps_the_place_of_a_key() -> None:
    colours = Colours(load_theme("light"))
    colours.of("a")
    colours.of("b")
    colours.theme = load_theme("dark")
    assert colours.of("b") == QColor(load_theme("dark").categories[1])


@pytest.mark.parametrize("role", ["figure", "unit", "title", "body", "small"])
def test_fonts_are_not_below_eleven_pixels_and_have_tabular_figures(qapp: QApplication, role: str) -> None:
    font = text_font(role)  # type: ignore[arg-type]
    assert font.pixelSize() >= 11
    assert font.featureValue(QFont.Tag("tnum")) == 1
    widths = {QFontMetricsF(font).horizontalAdvance(digit) for digit in "0123456789"}
    assert len(widths) == 1


@pytest.mark.parametrize("words", ["1,234.56", "费用趋势"])
def test_titles_are_thicker_than_text_whatever_the_font_has(qapp: QApplication, words: str) -> None:
    assert text_font("title").pixelSize() == text_font("body").pixelSize()
    assert ink(words, text_font("title")) > 1.1 * ink(words, text_font("body"))


def ink(words: str, font: QFont) -> float:
    paper = QImage(200, 40, QImage.Format.Format_Grayscale8)
    paper.fill(255)
    painter = QPainter(paper)
    painter.setFont(font)
    painter.drawText(10, 25, words)
    painter.end()
    return sum(255 - byte for byte in bytes(paper.constBits())) / 255


def test_figure_is_twice_the_body(qapp: QApplication) -> None:
    assert text_font("figure").pixelSize() == 2 * text_font("body").pixelSize()


@pytest.mark.parametrize("name", THEMES)
def test_theme_reaches_palette_and_labels(qapp: QApplication, name: str) -> None:
    theme = load_theme(name)
    apply_theme(qapp, theme)
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(theme.window)
    label = plain_label("small", "secondary")
    label.ensurePolished()
    assert label.palette().color(QPalette.ColorRole.WindowText) == QColor(theme.secondary)
    set_tone(label, "bad")
    assert label.palette().color(QPalette.ColorRole.WindowText) == QColor(theme.bad)
    assert label.font().featureValue(QFont.Tag("tnum")) == 1


@pytest.mark.parametrize("field", [QSpinBox, QDoubleSpinBox, QDateEdit, QComboBox, QLineEdit])
@pytest.mark.parametrize("name", ["light", "dark"])
def test_every_kind_of_field_has_the_same_frame(qapp: QApplication, name: str, field: type[QWidget]) -> None:
    theme = load_theme(name)
    apply_theme(qapp, theme)
    widget = field()
    widget.resize(120, 28)
    drawn = widget.grab().toImage()
    sides = (0, 14), (119, 14), (60, 0), (60, 27)
    assert {drawn.pixelColor(x, y).name().upper() for x, y in sides} == {theme.line}


def test_icon_takes_the_colour(qapp: QApplication) -> None:
    image = icon("clear", "#C0362C").pixmap(QSize(32, 32)).toImage()
    strongest = max(
        (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())),
        key=lambda colour: colour.alpha(),
    )
    assert (strongest.red(), strongest.green()) == (0xC0, 0x36)
