"""A report as a PDF for A4: a first page that a manager understands, then the tables. All of it is vectors and text.

It is painted by hand, at 96 dots an inch, because a table of a text document neither repeats its head nor cuts a long
name. A newcomer would get this wrong: QPdfWriter says nothing of a full disk, so it writes into memory. It runs in any
thread, as long as there is a QGuiApplication.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontMetricsF,
    QGuiApplication,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPen,
)

from tipmao_monitor.reports import words
from tipmao_monitor.reports.page import cell_text, decimals
from tipmao_monitor.reports.pictures import Bars, Share, cost_bars, cost_shares, hour_bars
from tipmao_monitor.usage.formats import Section
from tipmao_monitor.usage.report import Report
from tipmao_monitor.usage.report_tables import Column, Table, tables

DPI = 96
WIDTH, HEIGHT = 794.0, 1123.0  # A4
MARGIN = 48.0
ROOM = WIDTH - 2 * MARGIN
FOOT = HEIGHT - 40.0
END = HEIGHT - 64.0
ROW = 19.0
MOST_ROWS = 400
LEAST_NAME, MOST_TEXT = 90.0, 230.0
GAP = 12.0
BELOW = 480.0
"""What the first page wants below the bars of its first chart: two lines of legend, all shares, and the hours."""

TEXT, SECONDARY, LINE, ACCENT, OTHER = "#1B1F24", "#5B6470", "#E3E6EA", "#0B7A75", "#A6ADB7"
CATEGORIES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#944764")
HANZI = ("PingFang SC", "Microsoft YaHei UI", "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei")
_LEFT, _RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
_NUMBERS = ("count", "money", "ratio", "hours", "ms", "percent")
_TEXTS = ("name", "text", "finding")

SHOWN: dict[str, tuple[str, ...]] = {
    "days": ("day", "calls", "failed_calls", "input_tokens", "output_tokens", "total_tokens", "cost", "p95_ms"),
    "hours": ("hour", "calls", "failed_calls", "total_tokens", "cost"),
    "models": ("model", "calls", "failed_calls", "total_tokens", "cost", "average_cost", "p95_ms"),
    "functions": ("function", "calls", "failed_calls", "total_tokens", "cost", "average_cost", "p95_ms"),
    "users": ("user", "rank_by_cost", "rank_by_tokens", "calls", "failed_calls", "total_tokens", "cost"),
    "anchors": ("anchor", "calls", "failed_calls", "total_tokens", "cost", "average_cost"),
    "sessions": ("session", "first", "live_hours", "cost_per_live_hour", "calls", "total_tokens", "cost"),
    "slow_calls": ("time", "model", "function", "total_tokens", "cost", "duration_ms"),
    "failed_calls": ("time", "model", "function", "cost", "error"),
    "odd_calls": ("time", "model", "function", "total_tokens", "cost"),
    "advice": ("finding", "calls", "cost", "cost_after", "saving_per_day", "saving_per_month"),
    "budgets": ("budget", "scope", "period", "amount", "spent", "percent", "state"),
}
"""What paper has room for; other tables whole."""


def report_pdf(report: Report, say: Callable[[float], None] = lambda done: None) -> bytes:
    """`say` hears how much is done and may raise."""
    found = [_for_paper(table) for table in tables(report) if table.rows]
    # The foot of each page says how many there are, so they are counted first.
    counted = _Paper(report, 0, say, 0.0)
    counted.write(found)
    return _Paper(report, counted.pages, say, 0.5).write(found)


def _for_paper(table: Table) -> Table:
    rows = table.rows[:MOST_ROWS]
    total = max(table.total, len(table.rows))
    if table.name not in SHOWN:
        return Table(table.name, table.columns, rows, total)
    names = [column.name for column in table.columns]
    places = [names.index(name) for name in SHOWN[table.name]]
    return Table(
        table.name,
        tuple(table.columns[place] for place in places),
        tuple(tuple(row[place] for place in places) for row in rows),
        total,
    )


class _Paper:
    """The pages while they are painted; `y` is how far the current one is filled."""

    def __init__(self, report: Report, pages_in_all: int, say: Callable[[float], None], done: float) -> None:
        self._report = report
        self._pages_in_all = pages_in_all
        self._say = say
        self._done = self._at = done
        self.pages = 1
        self.y = MARGIN
        self._bytes = QByteArray()
        self._buffer = QBuffer(self._bytes)
        self._buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        self._writer = QPdfWriter(self._buffer)
        self._writer.setResolution(DPI)
        self._writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
        self._writer.setPageMargins(QMarginsF(0, 0, 0, 0))
        self._writer.setTitle(f"{words.title(report)} {words.period(report)}")
        self._writer.setCreator("TipMao Monitor")
        self._families = _families()
        self._painter = QPainter()

    def write(self, found: Sequence[Table]) -> bytes:
        if not self._painter.begin(self._writer):
            raise OSError("the PDF cannot be begun")
        try:
            self._write_summary()
            for number, table in enumerate(found):
                self._at = self._done + number / len(found) / 2
                self._write_table(table)
            self._write_foot()
        finally:
            self._painter.end()
            self._buffer.close()
        return bytes(self._bytes.data())

    def _font(self, size: float, *, bold: bool = False) -> QFont:
        font = QFont()
        font.setFamilies(self._families)
        font.setPixelSize(round(size))
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        # Noto's digits have local forms that no code stands for: they would be seen, but neither found nor copied.
        font.setFeature(QFont.Tag("locl"), 0)
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        return font

    def _text(
        self,
        room: QRectF,
        text: str,
        font: QFont,
        colour: str = TEXT,
        side: Qt.AlignmentFlag = _LEFT,
        *,
        wrap: bool = False,
    ) -> float:
        """Painted; the height that it took."""
        self._painter.setFont(font)
        self._painter.setPen(QColor(colour))
        if wrap:
            flags = side | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            taken = self._painter.boundingRect(room, int(flags), text)
            self._painter.drawText(room, int(flags), text)
            return taken.height()
        shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, room.width() + 1)
        flags = side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        self._painter.drawText(room, int(flags), shown)
        return room.height()

    def _line(self, y: float, left: float = MARGIN, right: float = WIDTH - MARGIN, colour: str = LINE) -> None:
        self._painter.setPen(QPen(QColor(colour), 0.75))
        self._painter.drawLine(QPointF(left, y), QPointF(right, y))

    def _block(self, room: QRectF, colour: str) -> None:
        self._painter.fillRect(room, QColor(colour))

    def _turn_page(self) -> None:
        self._write_foot()
        self._writer.newPage()
        self.pages += 1
        self.y = MARGIN

    def _write_foot(self) -> None:
        font = self._font(11)
        room = QRectF(MARGIN, FOOT - 8, ROOM, 16)
        self._line(FOOT - 14)
        self._text(room, f"{words.title(self._report)} · {words.period(self._report)}", font, SECONDARY)
        page = words.translate("report", "Page {n} of {all}").format(n=self.pages, all=self._pages_in_all)
        self._text(room, page, font, SECONDARY, _RIGHT)

    # The first page

    def _write_summary(self) -> None:
        report = self._report
        self._text(QRectF(MARGIN, self.y, ROOM, 34), words.title(report), self._font(26, bold=True))
        self.y += 38
        self._text(QRectF(MARGIN, self.y, ROOM, 20), words.period(report), self._font(14))
        self._text(QRectF(MARGIN, self.y, ROOM, 20), words.made(report), self._font(12), SECONDARY, _RIGHT)
        self.y += 34
        self._write_figures()
        for sentence in words.summary(report):
            room = QRectF(MARGIN, self.y, ROOM, 60)
            self.y += self._text(room, sentence, self._font(14), wrap=True) + 4
        self.y += 16
        bars = cost_bars(report)
        if bars is not None:
            self._write_bars(bars, min(210.0, max(150.0, END - self.y - BELOW)))
        self._write_shares()
        hours = hour_bars(report) if report.has("hours") else None
        left = END - self.y - 52
        if hours is not None and left >= 80:
            self._write_bars(hours, min(left, 130.0))

    def _write_figures(self) -> None:
        found = words.figures(self._report)
        wide = (ROOM - GAP * (len(found) - 1)) / len(found)
        for place, (name, figure, foot) in enumerate(found):
            left = MARGIN + place * (wide + GAP)
            self._painter.setPen(QPen(QColor(LINE), 1))
            self._painter.drawRoundedRect(QRectF(left, self.y, wide, 84), 6, 6)
            self._text(QRectF(left + 12, self.y + 8, wide - 24, 18), name, self._font(12), SECONDARY)
            self._text(QRectF(left + 12, self.y + 27, wide - 24, 32), figure, self._font(_fitting(figure), bold=True))
            self._text(QRectF(left + 12, self.y + 60, wide - 24, 16), foot, self._font(11), SECONDARY)
        self.y += 84 + 20

    def _write_bars(self, bars: Bars, height: float) -> None:
        self._text(QRectF(MARGIN, self.y, ROOM, 20), bars.title, self._font(15, bold=True))
        top, base, left = self.y + 28, self.y + 28 + height, MARGIN + 52
        small = self._font(11)
        for value, text in bars.ticks:
            y = base - value / bars.top * height
            self._line(y, left)
            self._text(QRectF(MARGIN, y - 8, 44, 16), text, small, SECONDARY, _RIGHT)
        slot = (WIDTH - MARGIN - left) / len(bars.labels)
        wide = min(max(slot * 0.72, 1.0), 34.0)
        for i, label in enumerate(bars.labels):
            level = base
            for part in bars.parts:
                tall = part.heights[i] / bars.top * (base - top)
                if tall > 0:
                    level -= tall
                    colour = CATEGORIES[part.colour] if part.colour >= 0 else OTHER
                    self._block(QRectF(left + slot * i + (slot - wide) / 2, level, wide, tall), colour)
            if label:
                centre = left + slot * (i + 0.5)
                middle = Qt.AlignmentFlag.AlignHCenter
                self._text(QRectF(centre - 40, base + 4, 80, 16), label, small, SECONDARY, middle)
        self.y = base + 24
        if len(bars.parts) > 1:
            self._write_legend([(part.name, part.colour) for part in bars.parts])
        self.y += 16

    def _write_legend(self, parts: Sequence[tuple[str, int]]) -> None:
        font = self._font(12)
        x = MARGIN + 52
        for name, colour in parts:
            wide = min(QFontMetricsF(font).horizontalAdvance(name), 200.0)
            if x + wide + 14 > WIDTH - MARGIN:
                x, self.y = MARGIN + 52, self.y + 18
            self._block(QRectF(x, self.y + 4, 9, 9), CATEGORIES[colour] if colour >= 0 else OTHER)
            self._text(QRectF(x + 14, self.y, wide + 1, 17), name, font, SECONDARY)
            x += wide + 32
        self.y += 18

    def _write_shares(self) -> None:
        columns: list[tuple[str, list[Share]]] = []
        wanted: tuple[tuple[str, Section], ...] = (("model", "models"), ("function", "functions"))
        for dimension, section in wanted:
            shares = cost_shares(self._report, dimension) if self._report.has(section) else []
            if shares:
                columns.append((words.table_title(section), shares))
        if not columns:
            return
        rows = max(len(shares) for _, shares in columns)
        room_left = int((END - self.y - 34) // 20)
        wide = (ROOM - 32) / 2
        for place, (name, shares) in enumerate(columns):
            left = MARGIN + place * (wide + 32)
            self._text(QRectF(left, self.y, wide, 20), name, self._font(15, bold=True))
            for row, share in enumerate(shares[: max(room_left, 3)]):
                y = self.y + 28 + 20 * row
                self._text(QRectF(left, y, wide * 0.42, 18), share.name, self._font(12))
                self._block(QRectF(left + wide * 0.44, y + 5, max(wide * 0.32 * share.length, 1), 8), ACCENT)
                self._text(QRectF(left + wide * 0.77, y, wide * 0.23, 18), share.figure, self._font(12), TEXT, _RIGHT)
        self.y += 28 + 20 * min(rows, max(room_left, 3)) + 20

    # Tables

    def _write_table(self, table: Table) -> None:
        note = words.note(table.name)
        needed = 34 + (18 if note else 0) + ROW * min(len(table.rows) + 2, 5)
        if self.y + needed > END or self.pages == 1:
            self._turn_page()
        self._text(QRectF(MARGIN, self.y, ROOM, 24), words.table_title(table.name), self._font(16, bold=True))
        self.y += 28
        if note:
            self.y += self._text(QRectF(MARGIN, self.y, ROOM, 40), note, self._font(12), SECONDARY, wrap=True) + 4
        cells = _texts(table)
        wanted, size = self._wanted(table, cells, 12), 12.0
        if _over(wanted) > 0:
            wanted, size = self._wanted(table, cells, 11), 11.0
        widths = _fitted(table, wanted)
        self._write_head(table, widths)
        for number, row in enumerate(cells):
            if self.y + ROW > END:
                self._turn_page()
                self._write_head(table, widths)
            self._write_row(table.columns, widths, row, TEXT, size)
            self._line(self.y)
            if number % 50 == 0:
                self._say(self._at)
        if table.left_out:
            said = words.left_out(len(table.rows), table.total)
            self._text(QRectF(MARGIN, self.y + 2, ROOM, ROW), said, self._font(12), SECONDARY)
            self.y += ROW
        self.y += 24

    def _wanted(self, table: Table, cells: Sequence[Sequence[str]], size: float) -> list[float]:
        """How wide each column would be with all of its text to be read, in a font of that size."""
        small, head = QFontMetricsF(self._font(size)), QFontMetricsF(self._font(11))
        widths = []
        for place, column in enumerate(table.columns):
            widest = max((small.horizontalAdvance(row[place]) for row in cells), default=0.0)
            titled = head.horizontalAdvance(words.column_title(column))
            limit = MOST_TEXT if column.kind in _TEXTS else ROOM
            widths.append(min(max(widest, titled) + 2, limit))
        return widths

    def _write_head(self, table: Table, widths: Sequence[float]) -> None:
        self._write_row(table.columns, widths, [words.column_title(column) for column in table.columns], SECONDARY, 11)
        self._line(self.y, colour=SECONDARY)
        self.y += 2

    def _write_row(
        self,
        columns: Sequence[Column],
        widths: Sequence[float],
        row: Sequence[str],
        colour: str,
        size: float,
    ) -> None:
        font = self._font(size)
        x = MARGIN
        for column, wide, text in zip(columns, widths, row, strict=True):
            side = _RIGHT if column.kind in _NUMBERS else _LEFT
            self._text(QRectF(x, self.y, wide, ROW), text, font, colour, side)
            x += wide + GAP
        self.y += ROW


def _over(widths: Sequence[float]) -> float:
    """How much more than the page has."""
    return sum(widths) + GAP * (len(widths) - 1) - ROOM


def _fitted(table: Table, wanted: Sequence[float]) -> list[float]:
    """As wide as the page. Numbers get what they need, and of texts the longest are cut."""
    widths, over = list(wanted), _over(wanted)
    texts = sorted((i for i, column in enumerate(table.columns) if column.kind in _TEXTS), key=widths.__getitem__)
    if over > 0:
        room = sum(widths[i] for i in texts) - over
        for n, i in enumerate(texts):
            widths[i] = min(widths[i], max(room / (len(texts) - n), LEAST_NAME))
            room -= widths[i]
        return widths
    if all(widths[i] < LEAST_NAME for i in texts):
        texts = list(range(len(widths)))  # nobody follows a row across half a page
    for i in texts:
        widths[i] -= over / len(texts)
    return widths


def _texts(table: Table) -> list[list[str]]:
    points = [decimals(column, [row[i] for row in table.rows]) for i, column in enumerate(table.columns)]
    return [
        [
            cell_text(table.name, column, value, places).replace("\n", " ")
            for column, value, places in zip(table.columns, row, points, strict=True)
        ]
        for row in table.rows
    ]


def _fitting(figure: str) -> float:
    return 24.0 if len(figure) < 10 else 19.0 if len(figure) < 13 else 15.0


def _families() -> list[str]:
    """The platform's font, then one with Chinese shapes of hanzi."""
    known = set(QFontDatabase.families())
    return [QGuiApplication.font().family(), *(family for family in HANZI if family in known)]
