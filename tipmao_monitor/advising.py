"""Advice while the program runs: when it is asked for, what the gateway is asked, what is kept, what the rule does.

The panel says what the user wants; this asks the feed, the gateway and the log, and tells the panel by one `Desk`. A
newcomer would get this wrong: nobody waits here. The log is written in a thread of its own, the gateway answers when it
does, and what was asked for in between is looked at again when the answer comes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal, Slot

from tipmao_monitor.settings import Settings
from tipmao_monitor.usage.advice import ADVICE_DAYS, Advice, Change, Evidence, WhatIf
from tipmao_monitor.usage.alerts import SwitchedFacts
from tipmao_monitor.usage.desk import Desk, Measured, Order, Result, Wish
from tipmao_monitor.usage.snapshot import Filter, Page, PageRequest, Period, Snapshot
from tipmao_monitor.usage.switch_log import FILE, History, PutOff, Switch, SwitchLog
from tipmao_monitor.usage.switching import (
    ALL,
    PAUSE,
    DaySoFar,
    GatewayError,
    GatewayState,
    GatewayTrouble,
    ModelRecord,
    Outcome,
    Step,
    SwitchRule,
    every_function,
    steps_back,
    steps_to,
    verdict,
)
from tipmao_monitor.window.advice_panel import AdvicePanel

if TYPE_CHECKING:
    from tipmao_monitor.feed import Question
    from tipmao_monitor.gateway import Gateway
    from tipmao_monitor.usage.apart import Apart
    from tipmao_monitor.usage.replay import Replay
    from tipmao_monitor.usage.store import Store

ASK_S = 20.0
"""Between two looks at the advice while calls come in; longer where an answer takes longer."""

SHARE = 20
"""An answer may take this part of the time between two."""

LOST_MS = 60_000
"""A question that was not answered by then never will be: the feed failed at it, or another one took its place."""

NOT_DONE = frozenset({"address", "key_refused", "redirected", "own_service"})
"""Why an order was surely not carried out."""

GATEWAY_S = 60.0
RULE_S = 15.0
TOKEN = "gateway\ttoken"
"""Under this name it is kept with the other secrets; no channel can have it, theirs are printable."""

MEASURED_AFTER = timedelta(days=1)
MEASURED_FOR = timedelta(days=30)
MEASURED_EVERY = timedelta(hours=1)
MOST_MEASURED = 50

RULE_REST = timedelta(minutes=5)
"""After the gateway could not do what the rule wanted."""


@dataclass(frozen=True, slots=True)
class RuleTurn:
    """What the rule wants of the gateway."""

    to_cheap: bool
    spent: Decimal


Pending = Wish | Switch | RuleTurn | None


class Advising(QObject):
    """Everything between the advice panel and the rest of the program.

    `ask` puts a question to the feed; `home` is where the log lies; where `may_switch` is false, as in a demonstration,
    the gateway is never spoken to.
    """

    settings_changed = Signal(object)
    """A dictionary of settings that the user changed in the panel."""
    switched = Signal(object, object)
    """The rule switched: the time and the `SwitchedFacts`."""
    _token_found = Signal(str)
    _token_lost = Signal(str)
    """Why a token could not be kept or found, "" if it could."""
    _logged = Signal(object)

    def __init__(
        self,
        panel: AdvicePanel,
        ask: Callable[[str, Question], None],
        settings: Settings,
        home: Path,
        clock: Callable[[], datetime],
        parent: QObject,
        *,
        may_switch: bool = True,
    ) -> None:
        super().__init__(parent)
        self._panel = panel
        self._ask = ask
        self._settings = settings
        self._clock = clock
        self._may_switch = may_switch
        self._home = home
        self._log = SwitchLog(home / FILE)
        self._worker = ThreadPoolExecutor(1, "switches")
        self._gateway: Gateway | None = None
        self._token = ""
        self._is_token_sought = False
        self._pending: Pending = None
        self._order: Order | None = None
        self._turn: tuple[RuleTurn, tuple[Step, ...]] | None = None
        """What the rule has ordered."""
        self._unsure: list[tuple[Order | RuleTurn, Outcome]] = []
        """What was ordered without anything being read afterwards: it is known with the next state."""
        self._advice: Advice | None = None
        self._snapshot: Snapshot | None = None
        self._asked: tuple[object, ...] = ()
        self.is_waiting = False
        self._took, self._done, self._looked = QElapsedTimer(), QElapsedTimer(), QElapsedTimer()
        self._cost_ms = 0
        self._rule_rests_until: datetime | None = None
        self._measured_at: datetime | None = None
        self._to_measure: list[tuple[Switch, datetime]] = []
        self._is_log_read = self._is_history_known = False
        self._desk = Desk(address=self._address(), rule=settings.switch_rule)
        self._beat = QTimer(self)
        self._beat.setTimerType(Qt.TimerType.VeryCoarseTimer)
        self._beat.timeout.connect(self._look_at_gateway)
        self._first_look = QTimer(self, singleShot=True, interval=0)  # in a turn of its own: it imports the network
        self._first_look.timeout.connect(self._watch_gateway)
        self._again = QTimer(self, singleShot=True)
        self._again.timeout.connect(self._ask_later)
        self._token_found.connect(self._take_token, Qt.ConnectionType.QueuedConnection)
        self._token_lost.connect(self._tell_token_lost, Qt.ConnectionType.QueuedConnection)
        self._logged.connect(self._take_history, Qt.ConnectionType.QueuedConnection)
        panel.show_desk(self._desk)
        panel.switch_wanted.connect(self._wish)
        panel.order_confirmed.connect(self._carry_out)
        panel.undo_wanted.connect(self._undo)
        panel.put_off.connect(self._put_off)
        panel.rule_stopped.connect(self._stop_rule)
        panel.rule_changed.connect(self._change_rule)
        panel.token_entered.connect(self._enter_token)
        panel.gateway_wanted.connect(self._look_at_gateway)
        panel.what_if_asked.connect(self._what_if)
        panel.calls_wanted.connect(self._show_calls)

    def end(self) -> None:
        """What was begun on the disk is finished, what the gateway was asked is forgotten. Can be called twice."""
        self._forget_asked()
        self._log_unsure()
        self._beat.stop()
        self._first_look.stop()
        self._again.stop()
        if self._gateway is not None:
            self._gateway.stop()
        self._worker.shutdown()

    # What comes in

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Of the window's snapshots: there may be something new to advise on, and something for the rule to do."""
        if snapshot.stale_since is not None or snapshot.progress.done < snapshot.progress.total:
            return
        self._snapshot = snapshot
        if not self._is_log_read:
            self._is_log_read = True
            self._submit(self._log.read)
        self._ask_for_advice(snapshot)
        self._follow_rule(snapshot)
        self._measure()

    def take(self, message: Advice | WhatIf | DaySoFar | Measured | Page) -> None:
        """An answer of the feed."""
        match message:
            case Advice():
                self.is_waiting, self._cost_ms = False, self._took.elapsed()
                self._done.restart()
                self._advice = message
                self._panel.show_advice(message)
                self._first_look.start()
                self._ask_later()
            case WhatIf():
                self._panel.show_what_if(message)
            case DaySoFar():
                self._decide(message)
            case Measured(result):
                others = (other for other in self._desk.results if other.switch != result.switch)
                self._tell(results=(*others, result))
                self._measure_next()
            case Page():
                self._panel.show_calls(message)

    def _tell(self, **changes: object) -> None:
        self._desk = replace(self._desk, **changes)  # type: ignore[arg-type]  # fields of Desk
        self._panel.show_desk(self._desk)

    # Questions to the feed

    def _ask_for_advice(self, snapshot: Snapshot) -> None:
        """All calls of some days, whatever the window is narrowed to: a switch is for all of them."""
        first, last = advice_days(snapshot.filter.period, snapshot.now.date())
        budgets = tuple(status.budget for status in snapshot.budgets)
        about = (snapshot.folders, first, last, snapshot.filter.money, budgets)
        state = (*about, snapshot.held)
        is_waiting = self.is_waiting and not self._took.hasExpired(LOST_MS)
        if state == self._asked or (is_waiting and self._asked[: len(about)] == about):
            return
        # "No calls" is not to stand beside the first one.
        least_s = ASK_S if self._advice is not None and self._advice.calls else 0
        pause_ms = int(max(least_s * 1000, SHARE * self._cost_ms))
        if self._asked[: len(about)] == about and not self._done.hasExpired(pause_ms):
            self._again.start(pause_ms - self._done.elapsed() + 1)
            return
        self._again.stop()
        self._asked, self.is_waiting = state, True
        self._took.restart()
        filter = Filter(period=Period("custom", first, last), money=snapshot.filter.money)
        self._ask("advice", partial(_advice, first, last, filter))

    def _ask_later(self) -> None:
        """What came in while an answer was awaited, or too soon after one."""
        if self._snapshot is not None:
            self._ask_for_advice(self._snapshot)

    def ask_again(self) -> None:
        """Other folders or other prices."""
        self._asked, self.is_waiting = (), False

    def _what_if(self, changes: Sequence[Change]) -> None:
        if self._advice is not None and self._advice.first and self._advice.last:
            span = self._advice.first, self._advice.last
            self._ask("what_if", partial(_what_if, *span, self._advice.filter, tuple(changes)))

    def _show_calls(self, request: PageRequest) -> None:
        self._ask("advice_calls", partial(_page, request))

    def _measure(self) -> None:
        """What switches saved, a day after them: of those that still hold once an hour, for a month."""
        now, history = self._clock(), self._desk.history
        if self._measured_at is not None and now - self._measured_at < MEASURED_EVERY:
            return
        known = {result.switch for result in self._desk.results}
        due = []
        for switch in history.switches:
            if switch.undoes or switch.to_cheap is False or now - switch.at < MEASURED_AFTER:
                continue
            until = min(now, switch.at + MEASURED_FOR, history.ended_at(switch) or now)
            if until == now or switch.id not in known:
                due.append((switch, until))
        if due:
            self._measured_at, self._to_measure = now, due[-MOST_MEASURED:]
            self._measure_next()

    def _measure_next(self) -> None:
        """One after the other, the newest first: each takes a while."""
        if self._to_measure:
            self._ask("measured", partial(_measured, *self._to_measure.pop()))

    # The gateway

    def _address(self) -> str:
        host = self._settings.gateway_address.rpartition("://")[2]
        return f"{host}:{self._settings.gateway_port}"

    def _use_gateway(self) -> Gateway:
        if self._gateway is None:
            from tipmao_monitor.gateway import Gateway  # a start does without the network

            self._gateway = Gateway(self)
            self._gateway.state_read.connect(self._take_state)
            self._gateway.failed.connect(self._take_failure)
            self._gateway.ended.connect(self._take_outcome)
            self._gateway.use(self._settings.gateway_address, self._settings.gateway_port, self._token)
        return self._gateway

    def _needs_gateway(self) -> bool:
        cards = self._advice.cards if self._advice else ()
        is_wanted = self._desk.rule.is_on or any(card.kind in ("switch", "budget") for card in cards)
        return self._may_switch and (is_wanted or bool(self._unsure))

    def _watch_gateway(self) -> None:
        """Look at it now and then while there is something to apply."""
        if self._needs_gateway() and not self._beat.isActive():
            self._beat.start(int(GATEWAY_S * 1000))
            self._look_at_gateway()
        elif not self._needs_gateway():
            self._beat.stop()

    def _look_at_gateway(self) -> None:
        if self._may_switch and not self._use_gateway().is_busy:
            self._use_gateway().read()

    def use_settings(self, settings: Settings) -> None:
        """What the user chose, here or elsewhere."""
        before, self._settings = self._settings, settings
        if settings.switch_rule != self._desk.rule:
            self._take_rule(settings.switch_rule)
        if (before.gateway_address, before.gateway_port) != (settings.gateway_address, settings.gateway_port):
            self._forget_asked()
            self._log_unsure()
            self._tell(address=self._address(), state=None, trouble=None, phase="idle", refusal=None, outcome=None)
            if self._gateway is not None:
                self._gateway.use(settings.gateway_address, settings.gateway_port, self._token)
                self._look_at_gateway()

    def _enter_token(self, token: str) -> None:
        self._worker.submit(self._keep_token, token)
        self._take_token(token)

    @Slot(str)
    def _take_token(self, token: str) -> None:
        """A token that may be the right one."""
        self._token = token
        self._forget_asked()
        self._tell(phase="idle", refusal=None)
        self._use_gateway().use(self._settings.gateway_address, self._settings.gateway_port, token)
        self._look_at_gateway()

    # In the worker's thread: a keyring may wait for the user

    def _keep_token(self, token: str) -> None:
        from tipmao_monitor.keys import Keys, KeysError

        try:
            keys = Keys(self._home)
            keys.put(TOKEN, token) if token else keys.delete(TOKEN)
        except KeysError as error:
            self._token_lost.emit(str(error))
        else:
            self._token_lost.emit("")

    def _find_token(self) -> None:
        from tipmao_monitor.keys import Keys, KeysError

        try:
            if token := Keys(self._home).get(TOKEN):
                self._token_found.emit(token)
        except KeysError as error:
            self._token_lost.emit(str(error))

    @Slot(str)
    def _tell_token_lost(self, why: str) -> None:
        self._tell(token_trouble=why)

    @Slot(object)
    def _take_state(self, state: GatewayState) -> None:
        pending, self._pending = self._pending, None
        self._tell(state=state, trouble=None)
        unsure, self._unsure = self._unsure, []
        for act, outcome in unsure:
            self._conclude(act, outcome.known(state))
        match pending:
            case RuleTurn() if unsure:
                pass  # it looks again at what was done
            case Wish():
                self._order_for(pending, state)
            case Switch():
                self._order_back(pending, state)
            case RuleTurn():
                self._turn_for(pending, state)

    @Slot(object)
    def _take_failure(self, trouble: GatewayTrouble) -> None:
        pending, self._pending = self._pending, None
        self._seek_token(trouble)
        changes: dict[str, object] = {"trouble": trouble, "state": None}
        if isinstance(pending, RuleTurn):
            self._rest()
            changes["rule_trouble"] = trouble
        elif pending is not None:
            changes |= {"phase": "idle", "refusal": trouble}
        self._tell(**changes)

    def _seek_token(self, trouble: GatewayTrouble | None) -> None:
        """Only once the gateway asks for it: the keyring may ask the user."""
        if trouble is not None and trouble.kind == "key_refused" and not self._is_token_sought:
            self._is_token_sought = True
            self._worker.submit(self._find_token)

    # What the user wants

    def _wish(self, wish: Wish) -> None:
        self._check(wish, wish.key)

    def _undo(self, id: str) -> None:
        switch = next((switch for switch in self._desk.history.undoable if switch.id == id), None)
        if switch is not None:
            self._check(switch, ())

    def _check(self, pending: Wish | Switch, key: tuple[str, ...]) -> None:
        """Before anything is asked for, the gateway says what is true."""
        if self._desk.phase != "idle":
            return
        if not self._may_switch:
            self._tell(key=key, refusal=GatewayTrouble("demo"))
            return
        self._pending = pending
        self._tell(phase="checking", key=key, refusal=None, outcome=None, order=None)
        gateway = self._use_gateway()
        if not gateway.is_busy:
            gateway.read()

    def _order_for(self, wish: Wish, state: GatewayState) -> None:
        try:
            steps = steps_to(state, dict(wish.models))
        except GatewayError as error:
            self._tell(phase="idle", refusal=error.trouble)
            return
        self._tell(phase="idle")
        if steps:
            self._panel.confirm(Order(steps, wish.promised, key=wish.key))

    def _order_back(self, switch: Switch, state: GatewayState) -> None:
        steps = steps_back(state, switch.steps)
        self._tell(phase="idle")
        if steps:
            self._panel.confirm(Order(steps, undoes=switch.id))
        else:
            # It is back already: the assistant was restarted, say, and nothing persists there.
            self._add(Switch(self._clock(), "user", (), undoes=switch.id))
            back = tuple(Step(step.function, step.before, step.before) for step in switch.steps if step.before)
            if back:
                self._tell(order=Order(back, undoes=switch.id), outcome=Outcome(back, state))

    def _carry_out(self, order: Order) -> None:
        """The user has seen it and said yes."""
        if self._desk.phase == "ordering" or not self._may_switch:
            return
        self._order = order
        self._tell(phase="ordering", order=order, key=order.key, outcome=None, refusal=None)
        self._use_gateway().apply(order.steps)

    @Slot(object)
    def _take_outcome(self, outcome: Outcome) -> None:
        self._seek_token(outcome.trouble)
        turn, self._turn = self._turn, None
        if turn is not None:
            self._conclude(turn[0], outcome)
            return
        order, self._order = self._order, None
        if order is not None:
            self._conclude(order, outcome)

    def _conclude(self, act: Order | RuleTurn, outcome: Outcome) -> None:
        if isinstance(act, RuleTurn):
            self._end_turn(act, outcome)
        else:
            self._end_order(act, outcome)
        if outcome.state is None:
            self._unsure.append((act, outcome))
            self._watch_gateway()

    def _forget_asked(self) -> None:
        """Nothing is awaited any more. An order that was on its way may be carried out all the same."""
        order, turn = self._order, self._turn
        self._pending = self._turn = self._order = None
        if order is not None:
            self._unsure.append((order, Outcome(order.steps, None, GatewayTrouble("timeout"))))
        if turn is not None:
            self._unsure.append((turn[0], Outcome(turn[1], None, GatewayTrouble("timeout"))))

    def _log_unsure(self) -> None:
        """What may hold without our knowing can be undone later: the gateway is read before that."""
        for act, outcome in self._unsure:
            steps, trouble, now = outcome.steps, outcome.trouble, self._clock()
            if trouble is not None and trouble.kind in NOT_DONE and len(steps) == 1:
                continue  # of several, those before may have been done
            if isinstance(act, RuleTurn):
                if act.to_cheap:  # back it goes again by itself
                    self._add(Switch(now, "rule", steps, to_cheap=True, trouble=trouble))
            elif not act.undoes:
                self._add(Switch(now, "user", steps, trouble=trouble))
        self._unsure = []

    def _end_order(self, order: Order, outcome: Outcome) -> None:
        # What the gateway did instead can be taken back as well, but nothing was promised of it.
        steps = outcome.done if order.undoes else outcome.changed
        if steps:
            promised = order.promised if steps == outcome.done else None
            self._add(Switch(self._clock(), "user", steps, promised, undoes=order.undoes, trouble=outcome.trouble))
        self._tell(phase="idle", order=order, outcome=outcome, **_read_back(outcome))

    def _put_off(self, key: tuple[str, ...], again: bool) -> None:
        self._add(PutOff(self._clock(), key, again))

    # The log

    def _add(self, entry: Switch | PutOff) -> None:
        self._submit(partial(self._log.add, entry))

    def _submit(self, act: Callable[[], History]) -> None:
        self._worker.submit(self._in_worker, act)

    def _in_worker(self, act: Callable[[], History]) -> None:
        self._logged.emit(act())

    @Slot(object)
    def _take_history(self, history: History) -> None:
        self._is_history_known = True
        self._tell(history=history)
        self._measure()
        if self._snapshot is not None:
            self._follow_rule(self._snapshot)

    # The rule

    def _stop_rule(self) -> None:
        self._change_rule(replace(self._desk.rule, is_on=False))

    def _change_rule(self, rule: SwitchRule) -> None:
        self._take_rule(rule)
        self.settings_changed.emit(
            {
                "switch_automatically": rule.is_on,
                "switch_above": rule.amount,
                "switch_to": rule.cheap,
                "switch_back_to": rule.good,
                "switch_functions": rule.functions,
            }
        )

    def _take_rule(self, rule: SwitchRule) -> None:
        if isinstance(self._pending, RuleTurn):
            self._pending = None
        self._rule_rests_until = None
        self._looked.invalidate()
        self._tell(rule=rule, verdict="stay", rule_trouble=None)
        self._watch_gateway()
        if self._snapshot is not None:
            self._follow_rule(self._snapshot)

    def _is_cheap(self, now: datetime) -> bool:
        """Whether the rule went to its cheap model: where it did only in part, the rest is wanted for that day."""
        last = self._desk.history.last_of_rule
        if last is None or not self._desk.history.held_by_rule:
            return False
        is_rest_wanted = last.to_cheap is True and last.trouble is not None
        return not is_rest_wanted or last.at.astimezone(now.tzinfo).date() != now.date()

    def _says(self, day: DaySoFar) -> str:
        history = self._desk.history
        last = history.last_of_rule
        is_cheap = self._is_cheap(day.now)
        return verdict(self._desk.rule, day, is_cheap, last.at if last else None, history.overruled_at)

    def _follow_rule(self, snapshot: Snapshot) -> None:
        """Whether it has something to do as far as the day's cost says; only then the calls are looked at."""
        rule = self._desk.rule
        if not rule.is_on or not self._may_switch or self._order is not None:
            return
        if not self._is_history_known or self._pending is not None or self._turn is not None:
            return
        if self._rule_rests_until is not None and snapshot.now < self._rule_rests_until:
            return
        is_as_recorded = snapshot.filter.money == "recorded"
        says = self._says(DaySoFar(snapshot.now, snapshot.today.cost)) if is_as_recorded else "to_cheap"
        if says in ("to_cheap", "to_good"):
            if not self._looked.isValid() or self._looked.hasExpired(int(RULE_S * 1000)):
                self._looked.restart()
                self._ask("day_so_far", partial(_day_so_far, rule))
        elif says != self._desk.verdict:
            self._tell(verdict=says)

    def _decide(self, day: DaySoFar) -> None:
        """Now with all that speaks for it and against it."""
        says = self._says(day)
        if says != self._desk.verdict:
            self._tell(verdict=says)
        if says in ("to_cheap", "to_good") and self._pending is None and self._desk.phase == "idle":
            self._pending = RuleTurn(says == "to_cheap", day.cost)
            gateway = self._use_gateway()
            if not gateway.is_busy:
                gateway.read()

    def _turn_for(self, turn: RuleTurn, state: GatewayState) -> None:
        rule = self._desk.rule
        model = rule.cheap if turn.to_cheap else rule.good
        if turn.to_cheap:
            wanted = dict.fromkeys(rule.functions, model) if rule.functions else every_function(state, model)
        else:
            # What somebody has switched elsewhere since then stays there.
            held = self._desk.history.held_by_rule
            wanted = {step.function: model for step in held if state.choice(step.function) == step.after}
        try:
            steps = steps_to(state, wanted)
        except GatewayError as error:
            self._rest()
            self._tell(rule_trouble=error.trouble)
            return
        if not rule.is_on:
            return
        if not steps:
            # Somebody else did it: the user in the assistant, or another window of ours.
            self._rest(PAUSE)
            if not turn.to_cheap:
                self._add(Switch(self._clock(), "rule", (), to_cheap=False))
            return
        self._turn = turn, steps
        self._use_gateway().apply(steps)

    def _end_turn(self, turn: RuleTurn, outcome: Outcome) -> None:
        now = self._clock()
        if outcome.trouble is not None:
            self._rest()
        self._tell(rule_trouble=outcome.trouble, **_read_back(outcome))
        if outcome.trouble is not None and not outcome.done:
            return
        self._add(Switch(now, "rule", outcome.done, to_cheap=turn.to_cheap, trouble=outcome.trouble))
        rule = self._desk.rule
        self.switched.emit(
            now,
            SwitchedFacts(
                functions=tuple(step.function for step in outcome.done),
                before=tuple(dict.fromkeys(step.before.model for step in outcome.done if step.before)),
                after=rule.cheap if turn.to_cheap else rule.good,
                amount=rule.amount,
                spent=turn.spent,
                to_cheap=turn.to_cheap,
            ),
        )

    def _rest(self, time: timedelta = RULE_REST) -> None:
        self._rule_rests_until = self._clock() + time


def _read_back(outcome: Outcome) -> dict[str, object]:
    """What is known of the gateway after an order: what it said, or why it said nothing."""
    return {"state": outcome.state, "trouble": None if outcome.state else outcome.trouble}


def advice_days(period: Period, today: date) -> tuple[date, date]:
    """The window's days, but a week where those are fewer: a day is too little to advise on."""
    first, last = period.days(today)
    return min(first, last - timedelta(days=ADVICE_DAYS - 1)), last


# Questions, answered in the feed's thread


def _advice(first: date, last: date, filter: Filter, store: Store, now: datetime) -> Apart[Advice]:
    return store.advice_apart(first, last, now, filter)


def _what_if(
    first: date, last: date, filter: Filter, changes: tuple[Change, ...], store: Store, now: datetime
) -> Apart[WhatIf]:
    return store.replayed_apart(first, last, now, filter, lambda replay: replay.what_if(changes))


def _page(request: PageRequest, store: Store, now: datetime) -> Apart[Page]:
    days = request.filter.period.days(store.zone.local(now).date())
    return store.replayed_apart(*days, now, request.filter, lambda replay: replay.page(request))


def _day_so_far(rule: SwitchRule, store: Store, now: datetime) -> Apart[DaySoFar]:
    today = store.zone.local(now).date()
    spent = store.stats(today, today, now).total.cost
    dearest = store.page(PageRequest(Filter(), order="cost", rows=1), now).rows
    largest = max((row.cost for row in dearest if row.cost is not None), default=Decimal(0))

    def pair(replay: Replay, function: str | None) -> tuple[ModelRecord, ModelRecord]:
        """In the function where there is enough to judge by, else in all."""
        own = replay.record(rule.cheap, function)
        where = function if own is not None and own.is_enough else None
        return model_record(replay.record(rule.cheap, where)), model_record(replay.record(rule.good, where))

    def answer(replay: Replay) -> DaySoFar:
        pairs = tuple(pair(replay, function) for function in rule.functions or (None,))
        return DaySoFar(store.zone.local(now), spent, largest, pairs)

    return store.replayed_apart(today - timedelta(days=ADVICE_DAYS - 1), today, now, Filter(), answer)


def model_record(evidence: Evidence | None) -> ModelRecord:
    return ModelRecord(evidence.calls, evidence.success_rate, evidence.p95_ms) if evidence else ModelRecord()


def _measured(switch: Switch, until: datetime, store: Store, now: datetime) -> Apart[Measured]:
    functions = {step.function for step in switch.steps}
    filter = Filter(function=min(functions)) if len(functions) == 1 and ALL not in functions else Filter()
    days = store.zone.local(switch.at).date(), store.zone.local(until).date()

    def answer(replay: Replay) -> Measured:
        return Measured(Result(switch.id, *replay.saved(switch.steps, switch.at, until)))

    return store.replayed_apart(*days, now, filter, answer)
