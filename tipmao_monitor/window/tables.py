"""Tables and share bars: who and what the cost went to. Also the calm table that the list of calls stands in.

A newcomer would get this wrong: a snapshot replaces nothing. The rows that stayed are changed in place, so that what
was selected, hovered or scrolled to is still there after the hundredth snapshot of the minute.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar, Literal, NamedTuple, cast

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFocusEvent, QFont, QFontMetrics, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QSizePolicy,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from tipmao_monitor.usage.snapshot import Dimension, Group, Money, Snapshot
from tipmao_monitor.window.card import Card, Segmented, plain_label
from tipmao_monitor.window.numbers import (
    UNKNOWN,
    by_money,
    call_money,
    calls,
    compact,
    count,
    dimension_name,
    free,
    is_small_sum,
    listed,
    milliseconds,
    money_beside,
    reading,
    value_name,
    visible,
)
from tipmao_monitor.window.theme import PADDING, Colours, Theme, text_font

Index = QModelIndex | QPersistentModelIndex
Tone = Literal["text", "secondary", "faint", "warning", "bad"]

TIP_CHARACTERS = 600
TIP_LINE = 60
"""Letters of a line that a tooltip does not wrap."""

MARK = 18
"""px that the sign of a marked cell takes, with the space around it."""

ODD_SHARE = 0.05
"""From this share of calls that were recorded as 0 on, the cost of a model is too low to be read without a sign."""


class Cell(NamedTuple):
    """What one cell shows. `marked` draws the sign that means: the tooltip says what is odd here."""

    text: str
    tone: Tone = "text"
    marked: bool = False


PLACEHOLDER = Cell("", "faint")
"""A cell whose row is not here yet."""


def plain_tip(text: str) -> str:
    """Recorded text for a tooltip: Qt would read a text that looks like HTML as HTML (records.md I10)."""
    cut = text if len(text) <= TIP_CHARACTERS else text[:TIP_CHARACTERS] + "…"
    # Qt would wrap what is only a little long, and leave its last word alone on a line.
    space = "pre" if max(map(len, cut.split("\n"))) <= TIP_LINE else "pre-wrap"
    return f'<p style="white-space: {space}; margin: 0">{html.escape(cut)}</p>'


class RowModel(QAbstractTableModel):
    """A table whose cells are `Cell`s. Subclasses say `rowCount`, `cell`, `tip` and `title`."""

    columns: ClassVar[tuple[str, ...]] = ()
    left: ClassVar[frozenset[str]] = frozenset()
    """Columns of words; all others are numbers and stand at the right."""

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def title(self, column: int) -> str:
        raise NotImplementedError

    def cell(self, row: int, column: int) -> Cell:
        raise NotImplementedError

    def tip(self, row: int) -> str:
        """All that is known of a row, as plain text in lines."""
        raise NotImplementedError

    def is_left(self, column: int) -> bool:
        return self.columns[column] in self.left

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.cell(index.row(), index.column()).text
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(self.tip(index.row()))
            case Qt.ItemDataRole.AccessibleDescriptionRole:
                return self.tip(index.row())
            case Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignLeft if self.is_left(index.column()) else Qt.AlignmentFlag.AlignRight
                return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.title(section)
        return None


class _Header(QHeaderView):
    """Small grey words over a hairline; the column that sorts has an arrow behind its name."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.theme = theme
        self.sortable: frozenset[int] = frozenset()
        self.setFont(text_font("small"))
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setMinimumSectionSize(1)
        self.setHighlightSections(False)
        self.setFixedHeight(QFontMetrics(self.font()).height() + 10)

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        model = cast(RowModel, self.model())
        text = model.title(logicalIndex)
        sorts = logicalIndex in self.sortable and self.sortIndicatorSection() == logicalIndex
        if sorts:
            text += " ↓" if self.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder else " ↑"
        painter.setFont(self.font())
        painter.setPen(QColor(self.theme.text if sorts else self.theme.secondary))
        side = Qt.AlignmentFlag.AlignLeft if model.is_left(logicalIndex) else Qt.AlignmentFlag.AlignRight
        room = rect.adjusted(RowTable.GAP, 0, -RowTable.GAP, -1)
        shown = QFontMetrics(self.font()).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(side | Qt.AlignmentFlag.AlignVCenter), shown)
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, QColor(self.theme.line))


class RowDelegate(QStyledItemDelegate):
    """Paints one `Cell`: elided words at the left, numbers at the right, a hairline below."""

    def __init__(self, table: RowTable, lines: bool = True) -> None:
        super().__init__(table)
        self._table = table
        self._lines = lines
        self.font = text_font("body")
        self.metrics = QFontMetrics(self.font)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect: QRect = option.rect
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        theme = self._table.theme
        current = self._table.is_walked and self._table.currentIndex().row() == index.row()
        if selected or current:
            painter.fillRect(rect, QColor(theme.mixed(theme.accent, theme.card, 0.12)))
        elif self._table.hovered == index.row():
            painter.fillRect(rect, QColor(theme.mixed(theme.line, theme.card, 0.45)))
        left, right = self._table.gaps(index.column())
        if current and index.column() == 0 and left:
            painter.fillRect(rect.left(), rect.top(), 2, rect.height(), QColor(theme.accent))
        if self._lines:
            painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, QColor(theme.line))
        self.paint_cell(painter, rect.adjusted(left, 0, -right, -1), index)

    def paint_cell(self, painter: QPainter, room: QRect, index: Index) -> None:
        model = cast(RowModel, index.model())
        cell = model.cell(index.row(), index.column())
        theme = self._table.theme
        if cell is PLACEHOLDER:
            bar = QRectF(room.left(), room.center().y() - 3, min(room.width(), 48), 7)
            if not model.is_left(index.column()):
                bar.moveRight(room.right())
            _rounded(painter, bar, QColor(theme.mixed(theme.line, theme.card, 0.6)))
            return
        left = model.is_left(index.column())
        if cell.marked:
            edge = room.right() - self.metrics.horizontalAdvance(cell.text) if not left else room.right()
            draw_mark(painter, QPoint(edge - 10, room.center().y() + 1), theme)
            if left:
                room.setRight(room.right() - MARK)
        painter.setFont(self.font)
        painter.setPen(QColor(getattr(theme, cell.tone)))
        side = Qt.AlignmentFlag.AlignLeft if left else Qt.AlignmentFlag.AlignRight
        flags = int(side | Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine)
        # Numbers have columns that hold them; half a number would be another number.
        elide = self._table.elide_of(index.column())
        shown = self.metrics.elidedText(cell.text, elide, room.width()) if left else cell.text
        painter.drawText(room, flags, shown)


def _rounded(painter: QPainter, bar: QRectF, colour: QColor) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(bar, bar.height() / 2, bar.height() / 2)
    painter.restore()


def draw_mark(painter: QPainter, centre: QPoint, theme: Theme) -> None:
    """A ringed "!" of 12 px: a sign that does not need its colour."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ring = QRectF(centre.x() - 6, centre.y() - 6, 12, 12)
    painter.setPen(QPen(QColor(theme.warning), 1.2))
    painter.drawEllipse(ring)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.warning))
    painter.drawRect(QRectF(ring.center().x() - 0.7, ring.top() + 2.8, 1.4, 3.8))
    painter.drawRect(QRectF(ring.center().x() - 0.7, ring.top() + 7.7, 1.4, 1.5))
    painter.restore()


class RowTable(QTableView):
    """Rows of one height on a card, chosen by click or Enter. Subclasses share out the width in `fit_columns`.

    Its cost does not grow with the number of rows: heights are fixed and nothing is ever measured over all of them.
    """

    GAP = 4
    GUTTER = 10
    """px at the right that stay free for the scroll bar, so that no column moves when it comes."""

    chosen = Signal(int)
    """A row was clicked, or Enter was pressed on it."""

    def __init__(self, model: RowModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.hovered = -1
        self.elide = Qt.TextElideMode.ElideRight
        self.rows_hint = 5
        self.is_walked = False
        """Whether the keyboard is here: after a click the pointer says where one is."""
        self.clicks_choose = True
        """Whether one click chooses; Enter always does."""
        self._header = _Header(theme, self)
        self.setHorizontalHeader(self._header)
        self.setFont(text_font("body"))
        # Fonts with hanzi claim half as much again above and below: rows follow the size of the letters.
        self.row_height = max(QFontMetrics(self.font()).height() + 4, 2 * self.font().pixelSize())
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(1)
        rows.setDefaultSectionSize(self.row_height)
        rows.hide()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setModel(model)
        self.entered.connect(self._hover)
        self.clicked.connect(self._click)

    @property
    def header(self) -> _Header:
        return self._header

    def gaps(self, column: int) -> tuple[int, int]:
        """What stays free at the left and the right of a cell."""
        return self.GAP, self.GAP

    def elide_of(self, column: int) -> Qt.TextElideMode:
        """Where a text that does not fit its column is cut."""
        return self.elide

    def room(self) -> int:
        """What all columns have together."""
        return self.width() - self.GUTTER

    def fit_columns(self, width: int) -> None:
        """Widths of all columns; they add up to `width`, or something would be cut off."""
        raise NotImplementedError

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self._header.theme = theme
        self._header.viewport().update()
        self.viewport().update()

    def show_rows(self, least: int, most: int) -> None:
        """How many rows are in sight where the layout gives what is asked for."""
        rows = max(least, min(most, self.model().rowCount()))
        self.setMinimumHeight(self._height_of(least))
        if rows != self.rows_hint:
            self.rows_hint = rows
            self.updateGeometry()

    def _height_of(self, rows: int) -> int:
        return rows * self.row_height + (0 if self._header.isHidden() else self._header.height())

    def sizeHint(self) -> QSize:
        return QSize(240, self._height_of(self.rows_hint))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit_columns(self.room())

    def _hover(self, index: QModelIndex) -> None:
        if index.row() != self.hovered:
            self.hovered = index.row()
            self.viewport().update()

    def _click(self, index: QModelIndex) -> None:
        if self.clicks_choose:
            self.chosen.emit(index.row())

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave and self.hovered >= 0:
            self.hovered = -1
            self.viewport().update()
        return super().viewportEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        by_key = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
        self._walk(event.reason() in by_key)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._walk(False)
        super().focusOutEvent(event)

    def _walk(self, is_walked: bool) -> None:
        if is_walked != self.is_walked:
            self.is_walked = is_walked
            self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._walk(True)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.chosen.emit(self.currentIndex().row())
            return
        super().keyPressEvent(event)


class GroupModel(RowModel):
    """Groups in the order of the snapshot. Subclasses say which `Cell`s a group becomes."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.dimension: Dimension = "model"
        self.largest = Decimal(0)
        """The largest cost of a row: it decides about the decimals of all."""
        self.money: Money = "recorded"
        self._groups: list[Group] = []
        self._cells: list[tuple[Cell, ...] | None] = []
        """None until somebody looks: of hundreds of rows a screen shows ten."""

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._groups)

    def group(self, row: int) -> Group:
        return self._groups[row]

    def cell(self, row: int, column: int) -> Cell:
        cells = self._cells[row]
        if cells is None:
            cells = self._cells[row] = self.cells_of(self._groups[row])
        return cells[column]

    def cells_of(self, group: Group) -> tuple[Cell, ...]:
        raise NotImplementedError

    def show(self, groups: Sequence[Group]) -> None:
        """Become these rows by the fewest removals, moves, insertions and changes."""
        largest = max((group.totals.cost for group in groups), default=Decimal(0))
        is_restyled = is_small_sum(largest) != is_small_sum(self.largest)
        self.largest = largest
        wanted = {group.key: place for place, group in enumerate(groups)}
        self._remove({row for row, group in enumerate(self._groups) if group.key not in wanted})
        self._reorder(sorted(range(len(self._groups)), key=lambda row: wanted[self._groups[row].key]))
        self._insert(groups)
        changed = [row for row, group in enumerate(groups) if is_restyled or group != self._groups[row]]
        for row in changed:
            self._groups[row] = groups[row]
            self._cells[row] = None
        if changed:
            self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], len(self.columns) - 1))

    def _remove(self, gone: set[int]) -> None:
        for first, last in reversed(_runs(sorted(gone))):
            self.beginRemoveRows(QModelIndex(), first, last)
            del self._groups[first : last + 1], self._cells[first : last + 1]
            self.endRemoveRows()

    def _reorder(self, order: list[int]) -> None:
        if order == list(range(len(order))):
            return
        self.layoutAboutToBeChanged.emit()
        self._groups = [self._groups[row] for row in order]
        self._cells = [self._cells[row] for row in order]
        place = {old: new for new, old in enumerate(order)}
        old = self.persistentIndexList()
        self.changePersistentIndexList(old, [self.index(place[i.row()], i.column()) for i in old])
        self.layoutChanged.emit()

    def _insert(self, groups: Sequence[Group]) -> None:
        known = {group.key for group in self._groups}
        for first, last in _runs([row for row, group in enumerate(groups) if group.key not in known]):
            self.beginInsertRows(QModelIndex(), first, last)
            self._groups[first:first] = groups[first : last + 1]
            self._cells[first:first] = [None] * (last + 1 - first)
            self.endInsertRows()

    def retranslate(self) -> None:
        self._cells = [None] * len(self._groups)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)
        if self._groups:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._groups) - 1, len(self.columns) - 1))

    def tip(self, row: int) -> str:
        group = self._groups[row]
        totals = group.totals
        lines = [value_name(self.dimension, group.key), calls(totals.calls)]
        if totals.failed_calls:
            lines[1] += self.tr(", {n} failed").format(n=count(totals.failed_calls))
        lines.append(
            self.tr("{input} tokens in, {output} out").format(
                input=compact(totals.input_tokens), output=compact(totals.output_tokens)
            )
        )
        if totals.p95_ms is not None:
            lines.append(self.tr("p95 {time}").format(time=milliseconds(totals.p95_ms)))
        if group.recorded_as_zero:
            lines.append(self.tr("recorded as 0: {n} of them").format(n=count(group.recorded_as_zero)))
        if totals.unknown_cost_calls:
            lines.append(self.tr("no known cost: {n} of them").format(n=count(totals.unknown_cost_calls)))
        if group.raw_functions:
            lines.append(self.tr("recorded as {names}").format(names=listed(map(visible, group.raw_functions))))
        if self.dimension == "session" and group.first_seen and group.last_seen:
            lines.append(f"{group.first_seen:%Y-%m-%d %H:%M} – {group.last_seen:%Y-%m-%d %H:%M}")
        return "\n".join(lines)


def _runs(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Ascending row numbers as (first, last) of each gapless run."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and runs[-1][1] == row - 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return runs


def is_cost_unknown(group: Group) -> bool:
    return 0 < group.totals.calls <= group.totals.unknown_cost_calls


class ShareModel(GroupModel):
    """Name, share bar, cost, and a second figure: ¥ per call for models, calls for functions."""

    columns = ("name", "share", "cost", "second")
    left = frozenset({"name", "share"})

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._drawn = Decimal(0)

    def title(self, column: int) -> str:
        return (dimension_name(self.dimension), self.tr("Share"), self.tr("Cost"), "")[column]

    def show(self, groups: Sequence[Group]) -> None:
        super().show(groups)
        if self.largest != self._drawn:
            self._drawn = self.largest
            if groups:
                self.dataChanged.emit(self.index(0, 1), self.index(len(groups) - 1, 1))

    def share(self, row: int) -> float:
        """Length of the row's bar, 0 to 1, the largest cost being 1."""
        return float(self._groups[row].totals.cost / self.largest) if self.largest else 0.0

    def cells_of(self, group: Group) -> tuple[Cell, ...]:
        totals = group.totals
        name = Cell(value_name(self.dimension, group.key), "text" if group.key else "secondary")
        unknown = is_cost_unknown(group)
        # One such call in a thousand says nothing about the sum: then the sign would be on every row, and unread.
        odd = group.recorded_as_zero > 0 and (not totals.cost or group.recorded_as_zero >= ODD_SHARE * totals.calls)
        cost = Cell(UNKNOWN if unknown else money_beside(totals.cost, self.largest), "text", odd)
        if self.dimension == "function":
            second = calls(totals.calls)
        elif group.free:
            second = free()
        elif unknown or not totals.cost:
            second = calls(totals.calls)
        else:
            each = call_money(totals.cost / (totals.calls - totals.unknown_cost_calls))
            second = self.tr("{money}/call").format(money=each)
        return (name, Cell(""), cost, Cell(second, "secondary"))


class _ShareDelegate(RowDelegate):
    """Also draws the share bar, and the second figure in small grey."""

    BAR = 8

    def __init__(self, table: RowTable, colours: Colours) -> None:
        super().__init__(table, lines=False)
        self._colours = colours
        self._small: QFont = text_font("small")

    def paint_cell(self, painter: QPainter, room: QRect, index: Index) -> None:
        model = cast(ShareModel, index.model())
        theme = self._table.theme
        match model.columns[index.column()]:
            case "share":
                track = QRectF(room.left(), room.center().y() - self.BAR / 2 + 1, room.width(), self.BAR)
                _rounded(painter, track, QColor(theme.mixed(theme.line, theme.card, 0.7)))
                if share := model.share(index.row()):
                    bar = QRectF(track)
                    bar.setWidth(max(self.BAR, track.width() * share))
                    _rounded(painter, bar, self._colours.of(model.group(index.row()).key, model.dimension))
            case "second":
                painter.setFont(self._small)
                painter.setPen(QColor(theme.secondary))
                flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(room, int(flags), model.cell(index.row(), index.column()).text)
            case _:
                super().paint_cell(painter, room, index)


class _ShareTable(RowTable):
    """Name and figures get what they need, the bar gets the rest."""

    GUTTER = 0  # it shows all its rows, so it never scrolls
    LEAST_NAME, LEAST_BAR = 88, 48

    def __init__(self, model: ShareModel, colours: Colours, parent: QWidget) -> None:
        super().__init__(model, colours.theme, parent)
        self.header.hide()
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(_ShareDelegate(self, colours))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def gaps(self, column: int) -> tuple[int, int]:
        return (0 if column == 0 else self.GAP), (0 if column == 3 else self.GAP)

    def fit_columns(self, width: int) -> None:
        model = cast(ShareModel, self.model())
        body, small = QFontMetrics(text_font("body")), QFontMetrics(text_font("small"))
        rows = range(model.rowCount())

        def widest(metrics: QFontMetrics, column: int) -> int:
            return max((metrics.horizontalAdvance(model.cell(row, column).text) + 1 for row in rows), default=0)

        sign = MARK if any(model.cell(row, 2).marked for row in rows) else 0
        gaps = 2 * self.GAP
        cost, second = widest(body, 2) + sign + gaps, widest(small, 3) + gaps
        rest = width - cost - second
        name = min(widest(body, 0) + gaps + 6, max(self.LEAST_NAME, min(rest - self.LEAST_BAR, int(width * 0.36))))
        if rest - name < self.LEAST_BAR // 2:
            name = rest
        for column, size in enumerate((name, rest - name, cost, second)):
            self.setColumnHidden(column, size <= 0)
            self.setColumnWidth(column, max(1, size))


ShareDimension = Literal["model", "function"]


class SharesCard(Card):
    """What each model (or function) cost, largest first; a click narrows the window to it."""

    LEAST = 4

    def __init__(self, dimension: ShareDimension, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setObjectName(f"shares_{dimension}")
        self._dimension = dimension
        self._groups: tuple[Group, ...] = ()
        self._all = 0
        self._is_known = self._is_reading = False
        self._rows = 8
        self._expanded = False
        self.model = ShareModel(self)
        self.model.dimension = dimension
        self.table = _ShareTable(self.model, colours, self)
        self.table.elide = Qt.TextElideMode.ElideMiddle if dimension == "model" else Qt.TextElideMode.ElideRight
        self.quiet = plain_label("small", "secondary", self)
        self.quiet.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.quiet.setMinimumHeight(self.LEAST * self.table.row_height)
        self._more = QPushButton(self)
        self._more.setProperty("link", "true")
        self._more.setProperty("quiet", "true")
        self._more.setCursor(Qt.CursorShape.PointingHandCursor)
        self._cut = plain_label("small", "secondary", self)
        foot = QHBoxLayout()
        foot.addWidget(self._more)
        foot.addStretch(1)
        foot.addWidget(self._cut)
        self.body.addWidget(self.table)
        self.body.addWidget(self.quiet)
        self.body.addLayout(foot)
        # As high as the row in whose place it stands: else the whole page would move by the difference.
        self._more.setFixedHeight(self.table.row_height - self.body.spacing())
        self.body.addStretch(1)
        self.table.chosen.connect(self._narrow)
        self._more.clicked.connect(self._toggle)
        self.retranslate()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._is_known = True
        self._is_reading = snapshot.progress.is_under_way
        self._groups = snapshot.by_model if self._dimension == "model" else snapshot.by_function
        self._all = max(len(self._groups), dict(snapshot.group_counts).get(self._dimension, 0))
        self._show_rows()
        if snapshot.filter.money != self.model.money:
            self.model.money = snapshot.filter.money
            self.retranslate()

    def show_at_most(self, rows: int) -> None:
        """How many rows stand there before the others are asked for."""
        if rows != self._rows:
            self._rows = rows
            self._show_rows()

    def set_theme(self, theme: Theme) -> None:
        self.table.set_theme(theme)

    def retranslate(self) -> None:
        title = self.tr("Models") if self._dimension == "model" else self.tr("Functions")
        self.set_title(by_money(title, self.model.money))
        self.table.setAccessibleName(self.title_label.text())
        self.model.retranslate()
        self._show_rows()

    def _show_rows(self) -> None:
        # A button for one row more would stand where the row could.
        hidden = len(self._groups) - self._rows if len(self._groups) > self._rows + 1 else 0
        shown = self._groups[: self._rows] if hidden and not self._expanded else self._groups
        self.model.show(shown)
        self.table.setFixedHeight(max(self.LEAST, len(shown)) * self.table.row_height)
        self.table.fit_columns(self.table.room())
        nothing = reading() if self._is_reading else self.tr("No calls to share out yet")
        self.quiet.setText(nothing if self._is_known else "")
        comes, goes = (self.table, self.quiet) if shown else (self.quiet, self.table)
        goes.hide()  # first: Qt lays out at once what is shown, and the page would jump for a frame
        comes.show()
        self._more.setVisible(hidden > 0)
        self._more.setText(self.tr("Show fewer") if self._expanded else self.tr("{n} more").format(n=count(hidden)))
        cut = self._expanded and self._all > len(self._groups)
        self._cut.setVisible(cut)
        if cut:
            self._cut.setText(_largest_of(len(self._groups), self._all))
        parts = [f"{self.model.cell(row, 0).text} {self.model.cell(row, 2).text}" for row in range(min(3, len(shown)))]
        self.setAccessibleName(f"{self.title_label.text()}: {', '.join(parts) or self.quiet.text()}")

    def _toggle(self) -> None:
        self._expanded = not self._expanded
        self._show_rows()

    def _narrow(self, row: int) -> None:
        self.narrowed.emit(self._dimension, self.model.group(row).key)


def _largest_of(shown: int, all_: int) -> str:
    text = QCoreApplication.translate("tables", "the largest {shown} of {n}")
    return text.format(shown=count(shown), n=count(all_))


class TopModel(GroupModel):
    """Name, tokens, cost, calls."""

    columns = ("name", "tokens", "cost", "calls")
    left = frozenset({"name"})

    def title(self, column: int) -> str:
        cost = by_money(self.tr("Cost"), self.money, is_short=True)
        return (dimension_name(self.dimension), self.tr("Tokens"), cost, self.tr("Calls"))[column]

    def cells_of(self, group: Group) -> tuple[Cell, ...]:
        totals = group.totals
        zero = group.recorded_as_zero > 0 and totals.cost == 0
        return (
            Cell(value_name(self.dimension, group.key), "text" if group.key else "secondary"),
            Cell(compact(totals.total_tokens)),
            Cell(UNKNOWN if is_cost_unknown(group) else money_beside(totals.cost, self.largest), "text", zero),
            Cell(count(totals.calls)),
        )


class _TopTable(RowTable):
    def __init__(self, model: TopModel, theme: Theme, parent: QWidget) -> None:
        super().__init__(model, theme, parent)
        self.elide = Qt.TextElideMode.ElideMiddle
        self.setItemDelegate(RowDelegate(self))

    def fit_columns(self, width: int) -> None:
        metrics = QFontMetrics(text_font("body"))
        least = [metrics.horizontalAdvance(text) + 2 * self.GAP for text in ("99.99M", "¥9,999,999", "99,999")]
        numbers = [max(size, int(width * 0.19)) for size in least]
        for column, size in enumerate((width - sum(numbers), *numbers)):
            self.setColumnWidth(column, max(1, size))


class TopCard(Card):
    """Who used most: users, anchors or sessions, by tokens or by cost."""

    LEAST, MOST = 4, 8

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setObjectName("top")
        self.give_gutter(RowTable.GUTTER)
        self._snapshot: Snapshot | None = None
        self.model = TopModel(self)
        self.model.dimension = "user"
        self.table = _TopTable(self.model, colours.theme, self)
        self.by = Segmented((("tokens", ""), ("cost", "")), self)
        self.who = Segmented((("user", ""), ("anchor", ""), ("session", "")), self)
        self.by.setObjectName("top_by")
        self.who.setObjectName("top_who")
        self.header.insertWidget(1, self.by)
        self.header.addWidget(self.who)
        self.quiet = plain_label("small", "secondary", self)
        self.quiet.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.reason = plain_label("small", "secondary", self)
        self.reason.setWordWrap(True)
        self._cut = plain_label("small", "secondary", self)
        self._pages = QStackedLayout()
        self._pages.addWidget(self.table)
        self._pages.addWidget(self.quiet)
        self.body.addLayout(self._pages, 1)
        self.body.addWidget(self.reason)
        self.body.addWidget(self._cut)
        self.table.chosen.connect(self._narrow)
        self.by.chosen.connect(self._show_rows)
        self.who.chosen.connect(self._show_rows)
        self.retranslate()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._show_rows()
        if snapshot.filter.money != self.model.money:
            self.model.money = snapshot.filter.money
            self.model.retranslate()

    def set_theme(self, theme: Theme) -> None:
        self.table.set_theme(theme)

    def retranslate(self) -> None:
        self.by.set_labels((self.tr("Tokens"), self.tr("Cost")))
        self.who.set_labels((self.tr("Users"), self.tr("Anchors"), self.tr("Sessions")))
        self.by.setAccessibleName(self.tr("Order by"))
        self.who.setAccessibleName(self.tr("Rows of"))
        self.model.retranslate()
        self._show_rows()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._name_title()

    def _name_title(self) -> None:
        """The whole title where it fits; the switch beside it says the rest."""
        long = {
            "user": self.tr("Top users"),
            "anchor": self.tr("Top anchors"),
            "session": self.tr("Top sessions"),
        }[self.who.current()]
        short = self.tr("Top")
        metrics = QFontMetrics(self.title_label.font())
        switches = self.by.sizeHint().width() + self.who.sizeHint().width() + 3 * self.header.spacing()
        fits = metrics.horizontalAdvance(long) + switches <= self.contentsRect().width() - 2 * PADDING
        self.title_label.setMinimumWidth(metrics.horizontalAdvance(short))  # the long one must not keep the card wide
        self.set_title(long if fits else short)

    def _show_rows(self) -> None:
        dimension = cast(Dimension, self.who.current())
        snapshot = self._snapshot
        self._name_title()
        if dimension != self.model.dimension:
            self.model.show(())
            self.model.dimension = dimension
            self.model.retranslate()
            self.table.scrollToTop()
        groups = self._groups(snapshot) if snapshot else ()
        self.model.show(groups)
        self.table.show_rows(self.LEAST, self.MOST)
        is_reading = snapshot is not None and snapshot.progress.is_under_way
        self.quiet.setText((reading() if is_reading else self.tr("No calls yet")) if snapshot else "")
        self._pages.setCurrentWidget(self.table if groups else self.quiet)
        nameless = bool(groups) and not any(group.key for group in groups)
        self.reason.setVisible(nameless)
        if nameless:
            self.reason.setText(self._reason())
        all_ = dict(snapshot.group_counts).get(dimension, 0) if snapshot else 0
        self._cut.setVisible(all_ > len(groups))
        if all_ > len(groups):
            self._cut.setText(_largest_of(len(groups), all_))
        self._bound_height()
        self.table.setAccessibleName(self.title_label.text())
        parts = [f"{self.model.cell(row, 0).text} {self.model.cell(row, 1).text}" for row in range(min(3, len(groups)))]
        self.setAccessibleName(f"{self.title_label.text()}: {', '.join(parts) or self.quiet.text()}")

    def _bound_height(self) -> None:
        """Three users in a card for thirty are a hole in the page."""
        rows = max(0, self.model.rowCount() - self.LEAST)
        most = self.minimumSizeHint().height() + rows * self.table.row_height
        if most != self.maximumHeight():
            self.setMaximumHeight(most)

    def _groups(self, snapshot: Snapshot) -> tuple[Group, ...]:
        by_tokens = self.by.current() == "tokens"
        match self.who.current():
            case "user":
                return snapshot.top_users_by_tokens if by_tokens else snapshot.by_user
            case "anchor":
                return snapshot.top_anchors_by_tokens if by_tokens else snapshot.by_anchor
        return snapshot.top_sessions_by_tokens if by_tokens else snapshot.by_session

    def _reason(self) -> str:
        match self.who.current():
            case "user":
                return self.tr("No user is recorded: calls that go through the gateway carry none.")
            case "anchor":
                return self.tr("No anchor is recorded: calls that go through the gateway carry none.")
        return self.tr("No session is recorded: calls that go through the gateway carry none.")

    def _narrow(self, row: int) -> None:
        self.narrowed.emit(self.model.dimension, self.model.group(row).key)
