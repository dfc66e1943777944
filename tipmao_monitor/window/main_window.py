"""The window: one filter, a row of key figures, charts and tables below it, and a line that says what was read.

It is fed with `Snapshot`s and says what the user wants; it asks nobody. A newcomer would get this wrong: the window
owns the filter, but a card shows the filter of the snapshot it was given, so words and numbers never disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QEvent, QObject, QSettings, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QCloseEvent,
    QKeySequence,
    QMouseEvent,
    QResizeEvent,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QMainWindow,
    QMenu,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from tipmao_monitor.settings import Settings
from tipmao_monitor.usage.audit import Audit
from tipmao_monitor.usage.checkup import Checkup
from tipmao_monitor.usage.cleanup import CleanupResult, OldFiles
from tipmao_monitor.usage.formats import Exported, Exporting
from tipmao_monitor.usage.litellm_prices import LitellmFile
from tipmao_monitor.usage.own_prices import Edition
from tipmao_monitor.usage.snapshot import DIMENSIONS, CallRow, Filter, Page, Period, Snapshot, Trouble
from tipmao_monitor.window.advice_panel import AdvicePanel
from tipmao_monitor.window.audit_panel import Auditor, AuditPanel
from tipmao_monitor.window.banner import FOLDER_TROUBLES, Banner
from tipmao_monitor.window.calls import CallsCard
from tipmao_monitor.window.card_page import CardPage, PageCard
from tipmao_monitor.window.cards import KpiRow
from tipmao_monitor.window.charts import HoursCard, TrendCard
from tipmao_monitor.window.cleanup import CleanupPanel
from tipmao_monitor.window.corner import Corner
from tipmao_monitor.window.dialogs import About, CallDetail, Panel, Shortcuts, SkippedLines
from tipmao_monitor.window.doctor import Doctor
from tipmao_monitor.window.emptiness import NOTHING_AT_ALL, EmptyState, emptiness, folder_troubles, wider_period
from tipmao_monitor.window.export_dialog import ExportDialog
from tipmao_monitor.window.filter_bar import FilterBar
from tipmao_monitor.window.import_prices import ImportPanel
from tipmao_monitor.window.message_centre import MessageCentre
from tipmao_monitor.window.numbers import is_hiding
from tipmao_monitor.window.price_book import PriceBookPanel
from tipmao_monitor.window.status_line import StatusLine
from tipmao_monitor.window.tables import SharesCard, TopCard
from tipmao_monitor.window.theme import SPACING, Colours, Theme, icon
from tipmao_monitor.window.tray import pause_names

DEFAULT_SIZE = QSize(1180, 760)
SMALLEST_WIDTH = 400
ONE_COLUMN_BELOW_PX = 1000
"""Narrower than this, a column would cut the names of models and the lists of calls."""

SHARES_STACKED_BELOW_PX = 560
WIDEST_PAGE_PX = 2200
"""Wider than this, the eye no longer finds from a name to its number."""

CHART_PX, LOW_CHART_PX = 170, 124
"""Least heights of the trend; the lower one at the default size, where models and calls should be in sight below it."""

HIGHEST_CHART_PX = 460
"""Of the cards with charts: on a high screen the bars would become walls."""

LONG_LISTS_FROM_PX = 1000
"""From this height of the window on, eight models and functions fit beside all else, before it six."""

HISTORY = 100

BESIDE_ADVICE_PX = 430
"""Of the window's height: what stands above the advice, and the first calls below it."""


OPEN_ON_AIR = (About, Shortcuts, MessageCentre)
"""Panels in which names and amounts are hidden, or that have none."""

SHUT_ON_AIR = ("preferences", "export", "budgets", "prices", "audit", "skipped", "doctor", "cleanup")
"""Actions that would open another."""


@dataclass(frozen=True)
class Entry:
    """One line of a menu: an action, or a submenu of choices of which one holds."""

    key: str
    text: str
    does: Callable[..., None]
    shortcut: str = ""
    choices: tuple[tuple[str, str, str], ...] = ()
    """(value, text, shortcut)"""


Menu = tuple[str, tuple[Entry | None, ...]]
"""Title and lines; None is a separator."""


class MainWindow(QMainWindow):
    """Shows snapshots; says which filter, page, folder, language or theme is wanted."""

    filter_changed = Signal(object)
    """The `Filter` that the next snapshot should answer."""
    filled = Signal()
    """Every card shows the last snapshot, after some did not."""
    page_requested = Signal(object)
    refresh_requested = Signal()
    import_cancelled = Signal()
    language_chosen = Signal(str)
    """ "system", "zh" or "en"."""
    theme_chosen = Signal(str)
    """ "system", "light", "dark" or "contrast"."""
    folder_chosen = Signal(str)
    budgets_wanted = Signal()
    messages_wanted = Signal()
    compact_wanted = Signal()
    on_air_toggled = Signal(bool)
    pause_chosen = Signal(str)
    """How long alerts are to be paused: one of `tray.PAUSES`, "" = no longer."""
    test_wanted = Signal()
    """A test alert, by all ways that alerts take."""
    went_to_tray = Signal()
    closed = Signal()
    audit_requested = Signal(object)
    """The `Filter` whose calls are to be audited."""
    preferences_wanted = Signal()
    prices_wanted = Signal()
    """The price book is looked at: it should be what the user's file says now."""
    prices_changed = Signal(object)
    """A `Change` of the user's price file."""
    prices_undone = Signal()
    price_file_chosen = Signal(str)
    """A litellm price file to import from."""
    checkup_wanted = Signal()
    simulation_wanted = Signal()
    """A window of its own over a simulated stream."""
    old_files_wanted = Signal()
    """The clean-up is looked at: it should list what there is."""
    cleanup_wanted = Signal(object)
    """A `CleanupRequest` that the user has confirmed."""
    export_wanted = Signal(object)
    """A `ReportRequest` whose path is a folder."""
    export_cancelled = Signal()
    export_chosen = Signal(object)
    """What of the export dialog is to be remembered, {name of a setting: value}."""

    def __init__(self, filter: Filter, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("main_window")
        self.setWindowTitle("TipMao Monitor")
        self.setWindowIcon(icon("app", colours.theme.accent))
        self.setMinimumSize(SMALLEST_WIDTH, 320)
        self.resize(DEFAULT_SIZE)
        self._filter = filter
        self._history: list[Filter] = []
        self._colours = colours
        self._snapshot: Snapshot | None = None
        self._dismissed: set[Trouble] = set()
        self._troubles: tuple[Trouble, ...] = ()
        self._geometry_file: Path | None = None
        self.stays_in_tray = False
        """Whether the program goes on without this window when the user closes it."""
        self._panels: dict[type[Panel], Panel] = {}
        self._audit: Audit | None = None
        self._edition: Edition | None = None
        self._price_file: LitellmFile | None = None
        self._export_settings = Settings(), ""
        self._export_result: Exporting | Exported | None = None
        self._auditor = Auditor(self)

        self.filter_bar = FilterBar(colours, self)
        self.banners: list[Banner] = []
        self.kpis = KpiRow(colours, self)
        self.empty = EmptyState(colours.theme, self)
        self.trend = TrendCard(colours, self)
        self.hours = HoursCard(colours, self)
        self.models = SharesCard("model", colours, self)
        self.functions = SharesCard("function", colours, self)
        self.top = TopCard(colours, self)
        self.advice = AdvicePanel(colours, self)
        self.calls = CallsCard(colours, self)
        self.cards: tuple[PageCard, ...] = (
            self.trend, self.hours, self.models, self.functions, self.advice, self.top, self.calls,
        )  # fmt: skip
        self.status = StatusLine(colours.theme, self)
        self._lay_out()
        self._actions: dict[str, QAction] = {}
        self._menus: list[QMenu] = []
        self._build_menus()
        self.quick = Corner(colours.theme, self)
        self.menuBar().setCornerWidget(self.quick)

        self.filter_bar.filter_wanted.connect(self.change_filter)
        self.filter_bar.import_cancelled.connect(self.import_cancelled)
        self.filter_bar.look_wanted.connect(self.refresh_requested)
        self.kpis.pressed.connect(self._show_what_is_wrong)
        self.empty.acted.connect(self._leave_emptiness)
        for card in self.cards:
            card.narrowed.connect(self.narrow)
        self.trend.day_chosen.connect(self._show_day)
        self.trend.days_chosen.connect(self._show_days)
        self.calls.page_requested.connect(self.page_requested)
        self.calls.call_opened.connect(self.show_call)
        self.quick.messages_wanted.connect(self.messages_wanted)
        self.quick.on_air_toggled.connect(self.on_air_toggled)
        self.status.skipped_wanted.connect(self.show_skipped)
        self.status.audit_wanted.connect(self.show_audit_panel)
        self._auditor.wanted.connect(self.audit_requested)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.activated.connect(self._free_last)
        self.filter_bar.show_filter(filter)

    # Layout

    def _lay_out(self) -> None:
        self._page = QWidget()
        self._page.setObjectName("page")
        self._inner = inner = CardPage(self.cards, self._page)
        inner.filled.connect(self.filled)
        inner.setMaximumWidth(WIDEST_PAGE_PX)
        middle = QHBoxLayout(self._page)
        middle.setContentsMargins(0, 0, 0, 0)
        middle.addWidget(inner, 1)
        self._rows = rows = QVBoxLayout(inner)
        rows.setContentsMargins(SPACING, SPACING, SPACING, SPACING)
        rows.setSpacing(SPACING)
        self._note_rows = QVBoxLayout()
        self._note_rows.setSpacing(8)
        self._banner_rows = QVBoxLayout()
        self._banner_rows.setSpacing(8)
        self._grid = QGridLayout()
        self._grid.setSpacing(SPACING)
        self._side = QVBoxLayout()
        self._side.setSpacing(SPACING)
        self._grid.addLayout(self._side, 0, 2, 4, 1)
        rows.addLayout(self._note_rows)
        rows.addLayout(self._banner_rows)
        rows.addWidget(self.kpis)
        rows.addWidget(self.empty, 1)
        rows.addLayout(self._grid, 3)
        self.empty.hide()
        self.scroll_area = QScrollArea(self)
        self.scroll_area.setObjectName("scroll")
        self.scroll_area.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll_area.setWidgetResizable(True)
        self.scroll_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scroll_area.setWidget(self._page)
        self.scroll_area.verticalScrollBar().installEventFilter(self)
        centre = QWidget(self)
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.filter_bar)
        column.addWidget(self.scroll_area, 1)
        column.addWidget(self.status)
        self.setCentralWidget(centre)
        self._places: tuple[object, ...] = ()
        self._arrange()

    def _arrange(self) -> None:
        """Three columns as wide as two key figures each, so that edges line up; or one column of all cards."""
        width = self.width()
        for shares in (self.models, self.functions):
            shares.show_at_most(8 if self.height() >= LONG_LISTS_FROM_PX or width < ONE_COLUMN_BELOW_PX else 6)
        low = LOW_CHART_PX + max(0, self.height() - DEFAULT_SIZE.height()) // 4
        self.trend.set_least_height(low if width >= ONE_COLUMN_BELOW_PX else CHART_PX)
        side: tuple[PageCard, ...] = ()
        self.advice.fit(self.height() - BESIDE_ADVICE_PX if width >= ONE_COLUMN_BELOW_PX else None)
        if self.empty.kind:
            places: tuple[tuple[PageCard, int, int, int, int], ...] = ((self.trend, 0, 0, 1, 3),)
            columns = 3
        elif width >= ONE_COLUMN_BELOW_PX:
            places = (
                (self.trend, 0, 0, 1, 2),
                (self.models, 1, 0, 1, 1),
                (self.functions, 1, 1, 1, 1),
                (self.top, 2, 0, 1, 2),
                (self.hours, 3, 0, 1, 2),
            )
            side = self.advice, self.calls
            columns = 3
        else:
            beside = width >= SHARES_STACKED_BELOW_PX
            below = 2 if beside else 3  # a row left free would count as a second gap
            places = (
                (self.trend, 0, 0, 1, 2),
                (self.models, 1, 0, 1, 1 if beside else 2),
                (self.functions, 1 if beside else 2, 1 if beside else 0, 1, 1 if beside else 2),
                (self.advice, below, 0, 1, 2),
                (self.hours, below + 1, 0, 1, 2),
                (self.top, below + 2, 0, 1, 2),
                (self.calls, below + 3, 0, 1, 2),
            )
            columns = 2
        if places == self._places:
            return
        self._places = places
        for card in self.cards:
            self._grid.removeWidget(card)
            self._side.removeWidget(card)
        for column in range(3):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        # Trend and top users grow with the window up to their greatest height; what is left over stays free below.
        for row, stretch in enumerate((100, 0, 100, 0, 0, 0, 1)):
            self._grid.setRowStretch(row, stretch if columns == 3 else 0)
        for chart in (self.trend, self.hours):
            chart.setMaximumHeight(HIGHEST_CHART_PX)
        for card, *place in places:
            # The hint of a chart or table must not decide how wide a column is.
            card.setSizePolicy(QSizePolicy.Policy.Ignored, card.sizePolicy().verticalPolicy())
            self._grid.addWidget(card, *place)
        for card in side:
            card.setSizePolicy(QSizePolicy.Policy.Ignored, card.sizePolicy().verticalPolicy())
            self._side.addWidget(card, 1 if card is self.calls else 0)
        shown = [card for card, *_ in places] + list(side)
        self._order_tabs([self.filter_bar, self.kpis, self.empty, *shown, self.status])

    def _leave_gutter(self, scrolls: bool) -> None:
        """The scroll bar stands in the page's right margin: no card moves when it comes, and edges keep their line."""
        bar = self.scroll_area.verticalScrollBar().sizeHint().width() if scrolls else 0
        self._rows.setContentsMargins(SPACING, SPACING, max(0, SPACING - bar), SPACING)

    def _order_tabs(self, areas: Sequence[QWidget]) -> None:
        """Tab goes the way that the eye goes. Laying out has put the areas in the order of their making."""
        last: QWidget | None = None
        for area in areas:
            for part in (area, *area.findChildren(QWidget)):
                if not part.focusPolicy() & Qt.FocusPolicy.TabFocus or part.isWindow() or part.window() is not self:
                    continue
                if last is not None:
                    QWidget.setTabOrder(last, part)
                last = part

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()
        super().resizeEvent(event)

    # What is shown

    @property
    def is_filled(self) -> bool:
        """Whether every card shows the last snapshot."""
        return self._inner.is_filled

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show it at once; the cards below the key figures may follow, and `filled` tells that they have."""
        self._snapshot = snapshot
        self.filter_bar.show_snapshot(snapshot)
        self.status.show_snapshot(snapshot)
        self._show_troubles(self._troubles_to_say(snapshot))
        self._show_emptiness(snapshot)
        self.kpis.show_snapshot(snapshot)
        self._inner.show_snapshot(snapshot)
        for panel in self._panels.values():
            self._fill(panel)
        self._auditor.show_snapshot(snapshot)

    def show_audit(self, audit: Audit) -> None:
        if not self._auditor.is_answer(audit):
            return
        self._audit = audit
        self.status.show_audit(audit)
        self._fill_open(AuditPanel)

    def show_checkup(self, checkup: Checkup) -> None:
        panel = self._panels.get(Doctor)
        if isinstance(panel, Doctor):
            panel.show_checkup(checkup)

    def show_old_files(self, found: OldFiles) -> None:
        panel = self._panels.get(CleanupPanel)
        if isinstance(panel, CleanupPanel):
            panel.show_files(found)

    def show_cleanup(self, result: CleanupResult) -> None:
        panel = self._panels.get(CleanupPanel)
        if isinstance(panel, CleanupPanel):
            panel.show_result(result)

    def show_export_settings(self, settings: Settings, folder: str) -> None:
        """What the export dialog begins with; `folder` where none was chosen."""
        self._export_settings = settings, folder

    def show_export_result(self, result: Exporting | Exported) -> None:
        self._export_result = result
        panel = self._panels.get(ExportDialog)
        if isinstance(panel, ExportDialog):
            panel.show_result(result)

    def show_prices(self, edition: Edition) -> None:
        self._edition = edition
        self._fill_open(PriceBookPanel)
        self._auditor.ask_again()

    def show_price_file(self, file: LitellmFile) -> None:
        self._price_file = file
        panel = self._panels.get(ImportPanel)
        if isinstance(panel, ImportPanel) and self._edition is not None:
            used = [row.model for row in self._audit.rows if row.price is None] if self._audit else []
            panel.show_file(file, self._edition, used)

    def show_page(self, page: Page) -> None:
        self.calls.show_page(page)

    def set_theme(self, theme: Theme) -> None:
        """After `apply_theme`: the parts that paint with theme colours themselves."""
        self._colours.theme = theme
        self.filter_bar.set_theme(theme)
        self.kpis.set_theme(theme)
        self.status.set_theme(theme)
        self.quick.set_theme(theme)
        self.empty.set_theme(theme)
        for card in self.cards:
            card.set_theme(theme)

    def _show_emptiness(self, snapshot: Snapshot) -> None:
        self.empty.show_snapshot(snapshot)
        is_empty = bool(self.empty.kind)
        nothing_at_all = self.empty.kind in NOTHING_AT_ALL
        # Without a call in the period, the trend still shows the days around it.
        days_around = not nothing_at_all and any(bucket.calls for bucket in snapshot.trend.buckets)
        self.empty.setVisible(is_empty)
        self.kpis.setVisible(not nothing_at_all)
        for card in self.cards:
            card.setVisible(not is_empty or (card is self.trend and days_around))
        self._rows.setStretchFactor(self._grid, 3 if days_around or not is_empty else 0)
        self._arrange()

    def _troubles_to_say(self, snapshot: Snapshot) -> tuple[Trouble, ...]:
        """All but the one that the whole page already speaks of."""
        if emptiness(snapshot) != "bad_folder" or len(folder_troubles(snapshot)) > 1:
            return snapshot.troubles
        return tuple(trouble for trouble in snapshot.troubles if trouble.kind not in FOLDER_TROUBLES)

    def _show_troubles(self, troubles: tuple[Trouble, ...]) -> None:
        self._dismissed &= set(troubles)
        wanted = tuple(trouble for trouble in dict.fromkeys(troubles) if trouble not in self._dismissed)[:3]
        if wanted == self._troubles:
            return
        self._troubles = wanted
        while len(self.banners) < len(wanted):
            banner = Banner(self._page)
            banner.acted.connect(self._mend)
            banner.dismissed.connect(self._dismiss)
            self._banner_rows.addWidget(banner)
            self.banners.append(banner)
        for banner, trouble in zip(self.banners, wanted, strict=False):
            banner.show_trouble(trouble)
            banner.show()
        for banner in self.banners[len(wanted) :]:
            banner.hide()

    def _mend(self, kind: str) -> None:
        if kind in FOLDER_TROUBLES:
            self.choose_folder()
        else:
            self.refresh_requested.emit()

    def _dismiss(self, trouble: Trouble) -> None:
        self._dismissed.add(trouble)
        if self._snapshot is not None:
            self._show_troubles(self._troubles_to_say(self._snapshot))

    # The filter

    @property
    def filter(self) -> Filter:
        """What the window is narrowed to; `filter_changed` says when that changes."""
        return self._filter

    def change_filter(self, filter: Filter) -> None:
        """The user wants another filter; Back returns to the one before."""
        if filter == self._filter:
            return
        self._history = [*self._history[-HISTORY:], self._filter]
        self._take_filter(filter)

    def narrow(self, dimension: str, value: str) -> None:
        """A click on a bar, slice or row: narrow to it, or free it where it is what the window is narrowed to."""
        if dimension == "failed":
            self.change_filter(replace(self._filter, failed=not self._filter.failed))
            return
        known = next(d for d in DIMENSIONS if d == dimension)
        is_on = getattr(self._filter, known) == value
        self.change_filter(self._filter.narrowed(known, None if is_on else value))

    def undo_filter(self) -> None:
        if self._history:
            self._take_filter(self._history.pop())

    def clear_filters(self) -> None:
        self.change_filter(Filter(period=self._filter.period, money=self._filter.money))

    def _take_filter(self, filter: Filter) -> None:
        self._filter = filter
        self.filter_bar.show_filter(filter)
        self._actions["back"].setEnabled(bool(self._history))
        self._actions["clear"].setEnabled(filter.is_narrow)
        self._check("period", filter.period.kind)
        self._check("money", filter.money)
        self.filter_changed.emit(filter)

    def _free_last(self) -> None:
        if self.filter_bar.search.text():
            self.filter_bar.search.clear()
        else:
            self.filter_bar.remove_last_chip()

    def _choose_period(self, kind: str) -> None:
        self.change_filter(replace(self._filter, period=Period(kind)))  # type: ignore[arg-type]  # from the menu

    def _choose_money(self, kind: str) -> None:
        self.change_filter(replace(self._filter, money=kind))  # type: ignore[arg-type]  # from the menu

    def _show_day(self, day: date) -> None:
        is_today = self._snapshot is not None and day == self._snapshot.now.date()
        self.change_filter(replace(self._filter, period=Period() if is_today else Period("custom", day, day)))

    def _show_days(self, first: date, last: date) -> None:
        self.change_filter(replace(self._filter, period=Period("custom", first, last)))

    def _show_what_is_wrong(self, key: str) -> None:
        if key == "cost":
            self.show_audit_panel()
        elif key == "success":
            self.narrow("failed", "")
        else:
            self.calls.which.option("slow").click()
            self.scroll_area.ensureWidgetVisible(self.calls)

    def _leave_emptiness(self, kind: str) -> None:
        match kind:
            case "no_folder" | "bad_folder" | "no_records":
                self.choose_folder()
            case "all_bad":
                self.show_skipped()
            case "no_match":
                self.clear_filters()
            case "no_calls" if self._snapshot is not None:
                period = wider_period(self._snapshot)
                if period is not None:
                    self.change_filter(replace(self._filter, period=period))

    def add_note(self, note: QWidget) -> None:
        """Something to answer on top of the page; whoever adds it shows and hides it."""
        self._note_rows.addWidget(note)

    def show_on_air(self, on: bool) -> None:
        """On air nothing stays open that shows records as they were written."""
        self.quick.show_on_air(on)
        self._actions["on_air"].setChecked(on)
        for key in SHUT_ON_AIR:
            self._actions[key].setEnabled(not on)
        self.status.show_on_air(on)
        self.filter_bar.search.setEchoMode(QLineEdit.EchoMode.Password if on else QLineEdit.EchoMode.Normal)
        if on:
            for panel in self.findChildren(QDialog):
                if not isinstance(panel, OPEN_ON_AIR):
                    panel.close()

    def _go_on_air(self, on: bool) -> None:
        self.on_air_toggled.emit(on)

    def show_pause(self, key: str) -> None:
        """Which pause of the alerts holds, "" = none."""
        self._check("pause", key)

    # Panels and dialogs

    def choose_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("Folder with usage records"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        if self._snapshot is not None and self._snapshot.folders:
            dialog.setDirectory(self._snapshot.folders[0])
        dialog.fileSelected.connect(self.folder_chosen)
        dialog.open()

    def show_call(self, row: CallRow) -> None:
        if is_hiding():
            return
        CallDetail(row, self, self._filter.money).open()

    def show_skipped(self) -> None:
        self._open(SkippedLines)

    def show_clean_up(self) -> None:
        self._open(CleanupPanel)
        self.old_files_wanted.emit()

    def show_export(self) -> None:
        self._open(ExportDialog)

    def show_doctor(self) -> None:
        self._open(Doctor)

    def show_audit_panel(self) -> None:
        self._auditor.is_watched = True
        self._auditor.ask_again()
        self._open(AuditPanel)

    def show_price_book(self) -> None:
        self.prices_wanted.emit()
        self._open(PriceBookPanel)

    def _show_price(self, model: str) -> None:
        self.show_price_book()
        panel = self._panels.get(PriceBookPanel)
        if isinstance(panel, PriceBookPanel):
            panel.show_model(model)

    def _import_prices(self, path: str) -> None:
        self._price_file = None
        self._open(ImportPanel)
        self.price_file_chosen.emit(path)

    def show_about(self) -> None:
        self._open(About)

    def show_shortcuts(self) -> None:
        self._open(Shortcuts)

    def _open(self, kind: type[Panel]) -> None:
        """One panel of a kind at a time; it is fed while it is open."""
        if is_hiding() and not issubclass(kind, OPEN_ON_AIR):
            return
        panel = self._panels.get(kind)
        if panel is None:
            panel = Shortcuts(self._keys(), self) if kind is Shortcuts else kind(self)
            panel.finished.connect(self._forget_panels)
            self._panels[kind] = panel
            self._connect_panel(panel)
            self._fill(panel)
        if isinstance(panel, AuditPanel | PriceBookPanel):
            # Beside the window, whose numbers follow. Making so much and painting it are two turns of the event loop.
            QTimer.singleShot(0, panel, panel.show)
            QTimer.singleShot(0, panel, panel.activateWindow)
        else:
            panel.open()
            panel.activateWindow()

    def _connect_panel(self, panel: Panel) -> None:
        if isinstance(panel, CleanupPanel):
            panel.wanted.connect(self.cleanup_wanted)
        if isinstance(panel, Doctor):
            panel.wanted.connect(self.checkup_wanted)
        if isinstance(panel, ExportDialog):
            panel.show_settings(*self._export_settings)
            panel.wanted.connect(self.export_wanted)
            panel.cancelled.connect(self.export_cancelled)
            panel.chosen.connect(self._remember_export)
            if isinstance(self._export_result, Exporting):
                panel.show_result(self._export_result)
        if isinstance(panel, AuditPanel):
            panel.money_chosen.connect(self._choose_money)
            panel.narrowed.connect(self._narrow_to)
            panel.price_wanted.connect(self._show_price)
        elif isinstance(panel, PriceBookPanel):
            panel.change_wanted.connect(self.prices_changed)
            panel.undo_wanted.connect(self.prices_undone)
            panel.file_chosen.connect(self._import_prices)
        elif isinstance(panel, ImportPanel):
            panel.change_wanted.connect(self.prices_changed)

    def _remember_export(self, changes: dict[str, Any]) -> None:
        settings, folder = self._export_settings
        self._export_settings = replace(settings, **changes), folder
        self.export_chosen.emit(changes)

    def _narrow_to(self, dimension: str, value: str) -> None:
        """Unlike `narrow`, asked twice it stays."""
        known = next(d for d in DIMENSIONS if d == dimension)
        self.change_filter(self._filter.narrowed(known, value))

    def _fill_open(self, kind: type[Panel]) -> None:
        panel = self._panels.get(kind)
        if panel is not None:
            self._fill(panel)

    def _fill(self, panel: Panel) -> None:
        if isinstance(panel, PriceBookPanel) and self._edition is not None:
            panel.show_edition(self._edition)
        if self._snapshot is None:
            return
        if isinstance(panel, ExportDialog):
            today = self._snapshot.now.date()
            panel.show_days(self._snapshot.filter.period.days(today), today)
        if isinstance(panel, AuditPanel):
            panel.show_snapshot(self._snapshot)
            panel.show_audit(self._audit)
        if isinstance(panel, SkippedLines):
            panel.show_rejects(self._snapshot.rejects, self._snapshot.coverage.quarantined)
        elif isinstance(panel, Doctor):
            panel.hear(self._snapshot.coverage)

    def _forget_panels(self) -> None:
        self._panels = {kind: panel for kind, panel in self._panels.items() if panel is not self.sender()}
        self._auditor.is_watched = AuditPanel in self._panels

    # Menus

    def _menu_table(self) -> tuple[Menu, ...]:
        like_system = self.tr("Like the system")
        return (
            (
                self.tr("&File"),
                (
                    Entry("open_folder", self.tr("Open folder…"), self.choose_folder, "Ctrl+O"),
                    Entry("preferences", self.tr("Preferences…"), self.preferences_wanted.emit, "Ctrl+,"),
                    Entry("export", self.tr("Export a report…"), self.show_export, "Ctrl+E"),
                    None,
                    Entry("quit", self.tr("Quit"), self._quit, "Ctrl+Q"),
                ),
            ),
            (
                self.tr("&View"),
                (
                    Entry(
                        "period",
                        self.tr("Period"),
                        self._choose_period,
                        choices=(
                            ("today", self.tr("Today"), "Ctrl+1"),
                            ("7d", self.tr("7 days"), "Ctrl+2"),
                            ("30d", self.tr("30 days"), "Ctrl+3"),
                            ("month", self.tr("Month"), "Ctrl+4"),
                        ),
                    ),
                    Entry("compact", self.tr("Compact"), self.compact_wanted.emit, "Ctrl+Shift+C"),
                    Entry("on_air", self.tr("On air: hide names and amounts"), self._go_on_air, "Ctrl+Shift+H"),
                    None,
                    Entry("search", self.tr("Search"), self._search, "Ctrl+F"),
                    Entry("back", self.tr("Back to the filter before"), self.undo_filter, "Alt+Left"),
                    Entry("clear", self.tr("Remove the filters"), self.clear_filters, "Ctrl+Shift+X"),
                    None,
                    Entry(
                        "money",
                        self.tr("Money"),
                        self._choose_money,
                        choices=(
                            ("recorded", self.tr("As recorded"), ""),
                            ("book", self.tr("By the price book"), ""),
                        ),
                    ),
                    Entry(
                        "theme",
                        self.tr("Theme"),
                        self.theme_chosen.emit,
                        choices=(
                            ("system", like_system, ""),
                            ("light", self.tr("Light"), ""),
                            ("dark", self.tr("Dark"), ""),
                            ("contrast", self.tr("High contrast"), ""),
                        ),
                    ),
                    Entry(
                        "language",
                        self.tr("Language"),
                        self.language_chosen.emit,
                        # Each language says its own name, whatever the window speaks now.
                        choices=(("system", like_system, ""), ("zh", "中文", ""), ("en", "English", "")),
                    ),
                    None,
                    Entry("reload", self.tr("Look again"), self.refresh_requested.emit, "F5"),
                ),
            ),
            (
                self.tr("&Budget"),
                (
                    Entry("budgets", self.tr("Budgets"), self.budgets_wanted.emit, "Ctrl+B"),
                    Entry("messages", self.tr("Messages"), self.messages_wanted.emit, "Ctrl+M"),
                    None,
                    Entry(
                        "pause",
                        self.tr("Pause alerts"),
                        self.pause_chosen.emit,
                        choices=tuple((key, text, "") for key, text in pause_names()),
                    ),
                    Entry("test_alert", self.tr("Send a test alert"), self.test_wanted.emit),
                ),
            ),
            (
                self.tr("&Tools"),
                (
                    Entry("prices", self.tr("Price book"), self.show_price_book),
                    Entry("audit", self.tr("Recorded and recomputed"), self.show_audit_panel),
                    None,
                    Entry("skipped", self.tr("Skipped lines"), self.show_skipped),
                    Entry("doctor", self.tr("Doctor"), self.show_doctor),
                    Entry("cleanup", self.tr("Clean up…"), self.show_clean_up),
                    None,
                    Entry("simulate", self.tr("Simulated stream"), self.simulation_wanted.emit),
                ),
            ),
            (
                self.tr("&Help"),
                (
                    Entry("shortcuts", self.tr("Shortcuts"), self.show_shortcuts, "F1"),
                    Entry("about", self.tr("About TipMao Monitor"), self.show_about),
                ),
            ),
        )

    def _build_menus(self) -> None:
        self._groups: dict[str, QActionGroup] = {}
        self._deeds: dict[str, Callable[..., None]] = {}
        for title, entries in self._menu_table():
            menu = self.menuBar().addMenu(title)
            self._menus.append(menu)
            for entry in entries:
                if entry is None:
                    menu.addSeparator()
                elif entry.choices:
                    self._add_choices(menu, entry)
                else:
                    action = menu.addAction(entry.text)
                    action.setObjectName(entry.key)
                    action.setShortcut(QKeySequence(entry.shortcut))
                    action.triggered.connect(entry.does)
                    self._actions[entry.key] = action
        self._actions["on_air"].setCheckable(True)
        self.show_pause("")
        self._actions["back"].setEnabled(False)
        self._actions["clear"].setEnabled(self._filter.is_narrow)
        self.choose_theme("system")
        self.choose_language("system")
        self._check("period", self._filter.period.kind)
        self._check("money", self._filter.money)

    def _add_choices(self, menu: QMenu, entry: Entry) -> None:
        submenu = menu.addMenu(entry.text)
        self._actions[entry.key] = submenu.menuAction()
        group = QActionGroup(self)
        group.setExclusionPolicy(QActionGroup.ExclusionPolicy.ExclusiveOptional)
        group.setObjectName(entry.key)
        self._groups[entry.key] = group
        self._deeds[entry.key] = entry.does
        for value, text, shortcut in entry.choices:
            action = submenu.addAction(text)
            action.setCheckable(True)
            action.setData(value)
            action.setShortcut(QKeySequence(shortcut))
            group.addAction(action)
            self._actions[f"{entry.key}_{value}"] = action
        group.triggered.connect(self._choose)

    def _choose(self, action: QAction) -> None:
        # An optional exclusive group unchecks what is chosen twice.
        action.setChecked(True)
        self._deeds[action.actionGroup().objectName()](action.data())

    def _check(self, key: str, value: str) -> None:
        for action in self._groups[key].actions():
            action.setChecked(action.data() == value)

    def choose_theme(self, name: str) -> None:
        """Which theme the menu shows as chosen: "system" or a name."""
        self._check("theme", name)

    def choose_language(self, name: str) -> None:
        """Which language the menu shows as chosen: "system", "zh" or "en"."""
        self._check("language", name)

    def action(self, key: str) -> QAction:
        """A menu's action by its key, such as "reload" or "theme_dark"."""
        return self._actions[key]

    def _keys(self) -> list[tuple[str, str]]:
        keys = [(self.tr("Esc"), self.tr("Remove the last filter"))]
        for _, entries in self._menu_table():
            for entry in filter(None, entries):
                if entry.shortcut:
                    keys.append((entry.shortcut, entry.text))
                keys.extend((shortcut, text) for _, text, shortcut in entry.choices if shortcut)
        keys.append(("Alt", self.tr("Menus")))
        return keys

    def _search(self) -> None:
        self.filter_bar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter_bar.search.selectAll()

    def _quit(self) -> None:
        self.close()

    def retranslate(self) -> None:
        for menu, (title, entries) in zip(self._menus, self._menu_table(), strict=True):
            menu.setTitle(title)
            for entry in filter(None, entries):
                self._actions[entry.key].setText(entry.text)
                for value, text, _ in entry.choices:
                    self._actions[f"{entry.key}_{value}"].setText(text)
        shortcuts = self._panels.get(Shortcuts)
        if isinstance(shortcuts, Shortcuts):
            shortcuts.show_keys(self._keys())

    # What Qt calls

    def keep_geometry_in(self, file: Path) -> None:
        """Restore size and place from this INI file, and keep them there when the window closes."""
        self._geometry_file = file
        kept = QSettings(str(file), QSettings.Format.IniFormat).value("window/geometry")
        if isinstance(kept, QByteArray):
            self.restoreGeometry(kept)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.stays_in_tray and event.spontaneous():
            # Closed by the user, and not because the program ends.
            event.ignore()
            self.hide()
            self.went_to_tray.emit()
            return
        if self._geometry_file is not None:
            settings = QSettings(str(self._geometry_file), QSettings.Format.IniFormat)
            settings.setValue("window/geometry", self.saveGeometry())
        super().closeEvent(event)
        self.closed.emit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        window = self.windowHandle()
        if window is not None:
            # Tables and plots swallow the mouse's Back button; the window handle sees it before they do.
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.scroll_area.verticalScrollBar():
            if event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
                self._leave_gutter(event.type() == QEvent.Type.Show)
            return False
        if (
            event.type() == QEvent.Type.MouseButtonPress
            and isinstance(event, QMouseEvent)
            and event.button() == Qt.MouseButton.BackButton
        ):
            self.undo_filter()
            return True
        return super().eventFilter(watched, event)
