"""Words for settings: the name of each, a line of help, its choices and units, and what is wrong with a value.

A newcomer would get this wrong: a sentence of `settings.py` is for somebody who edits the file, in English. Here it is
said again for somebody who types into a field.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from tipmao_monitor.settings import (
    Address,
    Amount,
    Choice,
    Folders,
    Name,
    Names,
    Number,
    Port,
    Rule,
    Switch,
    TimeZone,
    Unit,
)

translate = QCoreApplication.translate
"""Under this name lupdate finds the texts."""


def setting_name(field: str) -> str:
    """What stands beside the control; the field's own name where nobody has found words for it."""
    match field:
        case "records":
            return translate("settings", "Folders with usage records")
        case "timezone":
            return translate("settings", "Time zone")
        case "language":
            return translate("settings", "Language")
        case "theme":
            return translate("settings", "Theme")
        case "slow_ms":
            return translate("settings", "A call is slow from")
        case "stream_gap_minutes":
            return translate("settings", "A stream ends after a pause of")
        case "alert_success":
            return translate("settings", "Many calls fail")
        case "alert_success_percent":
            return translate("settings", "Success rate below")
        case "alert_latency":
            return translate("settings", "Calls get slower")
        case "alert_latency_times":
            return translate("settings", "p95 latency above the usual, times")
        case "alert_new_model":
            return translate("settings", "A model is used for the first time")
        case "alert_new_user":
            return translate("settings", "A user is seen for the first time")
        case "alert_new_anchor":
            return translate("settings", "An anchor is seen for the first time")
        case "alert_runaway":
            return translate("settings", "Far more calls than usual")
        case "alert_runaway_times":
            return translate("settings", "Calls above the usual, times")
        case "alert_silent":
            return translate("settings", "The assistant falls silent")
        case "alert_silent_minutes":
            return translate("settings", "Minutes without a call")
        case "alert_unusual":
            return translate("settings", "A call is unusually dear")
        case "alert_unusual_deviations":
            return translate("settings", "Standard deviations above the mean")
        case "alert_sound":
            return translate("settings", "A sound with each alert")
        case "alert_quiet":
            return translate("settings", "Quiet hours")
        case "alert_quiet_from":
            return translate("settings", "From")
        case "alert_quiet_to":
            return translate("settings", "Until")
        case "gateway_address":
            return translate("settings", "The assistant's gateway")
        case "gateway_port":
            return translate("settings", "Port of the gateway")
        case "api_on":
            return translate("settings", "Web page and HTTP API on this computer")
        case "api_port":
            return translate("settings", "Port of the web page")
        case "switch_automatically":
            return translate("settings", "Switch the model by today's cost")
        case "switch_above":
            return translate("settings", "Today's cost above")
        case "switch_to":
            return translate("settings", "Then use")
        case "switch_back_to":
            return translate("settings", "Before that use")
        case "switch_functions":
            return translate("settings", "Only for these functions")
    return field


def setting_help(field: str) -> str:
    """A line below, "" where the name says it all."""
    match field:
        case "records":
            return translate("settings", "None: records/ai_usage where the program was started.")
        case "timezone":
            return translate("settings", "In which a day begins and ends.")
        case "slow_ms":
            return translate("settings", "Slow calls are marked and listed.")
        case "stream_gap_minutes":
            return translate("settings", "Where the records name no session.")
        case "alert_success":
            return translate("settings", "When the success rate of the last quarter of an hour is below this.")
        case "alert_latency":
            return translate(
                "settings", "When p95 latency of the last quarter of an hour is this many times the usual."
            )
        case "alert_runaway":
            return translate("settings", "When calls come this many times as often as usual at this hour.")
        case "alert_silent":
            return translate("settings", "When no call comes for so long while a stream is on.")
        case "alert_unusual":
            return translate("settings", "When a call costs this many standard deviations more than the mean.")
        case "alert_quiet":
            return translate("settings", "Nothing pops up, sounds or goes to a chat. Alerts wait in the messages.")
        case "gateway_address":
            return translate("settings", "Where advice is applied. A name or IP address, without the port.")
        case "api_on":
            return translate("settings", "For a browser at http://127.0.0.1:10091/, or at another port. Nobody else.")
        case "switch_automatically":
            return translate("settings", "Off, nothing is ever switched without you.")
        case "switch_functions":
            return translate("settings", "Separated by commas. None: for all.")
    return ""


def choice_words(field: str, value: str) -> str:
    match field, value:
        case _, "system":
            return translate("settings", "Like the system")
        # Each language says its own name, whatever the window speaks now.
        case "language", "zh":
            return "中文"
        case "language", "en":
            return "English"
        case "theme", "light":
            return translate("settings", "Light")
        case "theme", "dark":
            return translate("settings", "Dark")
        case "theme", "contrast":
            return translate("settings", "High contrast")
    return value


def unit_words(unit: Unit) -> str:
    """What stands behind the field."""
    match unit:
        case "milliseconds":
            return translate("settings", "ms")
        case "minutes":
            return translate("settings", "min")
        case "percent":
            return "%"
        case "times":
            return "×"
        case "standard deviations":
            return "σ"


def problem_words(rule: Rule) -> str:
    """What a field must be, for the one who is typing it."""
    match rule:
        case Number(least, most, unit):
            return translate("settings", "a number from {least} to {most} {unit}").format(
                least=figure_words(least), most=figure_words(most), unit=unit_words(unit)
            )
        case TimeZone():
            return translate("settings", "a time zone such as Asia/Shanghai")
        case Address():
            return translate("settings", "a name or IP address such as 127.0.0.1, without a port")
        case Port():
            return translate("settings", "a whole number from 1 to 65535")
        case Amount():
            return translate("settings", "an amount above 0, such as 5 or 7.5")
        case Name():
            return translate("settings", "a name of 1 to 120 letters")
        case Names():
            return translate("settings", "names, separated by commas")
        case Folders() | Switch() | Choice():
            return ""  # nothing wrong can be chosen
    return translate("settings", "this cannot be used")


def figure_words(value: float) -> str:
    """ "5000", "1.5": as it can be typed."""
    return str(int(value)) if value == int(value) else repr(value)
