"""Words for channels: what each kind is called and asks for, and what came of sending to it."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QCoreApplication

from tipmao_monitor.channels import ChannelKind, Result
from tipmao_monitor.window.numbers import moment, visible

translate = QCoreApplication.translate
"""Under this name lupdate finds the texts."""


def kind_name(kind: ChannelKind) -> str:
    match kind:
        case "dingtalk":
            return translate("channels", "DingTalk")
        case "feishu":
            return translate("channels", "Feishu")
        case "wecom":
            return translate("channels", "WeCom")
        case "bark":
            return translate("channels", "Bark")
        case "email":
            return translate("channels", "E-mail")
        case "other":
            return translate("channels", "Another service")


def kind_help(kind: ChannelKind) -> str:
    """Where its address is found."""
    match kind:
        case "dingtalk":
            return translate(
                "channels", "In the group: settings, robots, add a custom robot. Choose signing, or the keyword TipMao."
            )
        case "feishu":
            return translate(
                "channels",
                "In the group: settings, bots, add a custom bot. Without signing; the keyword may be TipMao.",
            )
        case "wecom":
            return translate("channels", "In the group: message push, add a robot, copy its webhook.")
        case "bark":
            return translate("channels", "Copy the address that the Bark app shows on your phone.")
        case "email":
            return translate("channels", "Most mail services want an authorisation code instead of the password.")
        case "other":
            return translate("channels", "Any address that apprise knows, such as tgram://, ntfy:// or schan://.")


def part_name(part: str) -> str:
    match part:
        case "webhook":
            return translate("channels", "Webhook")
        case "sign":
            return translate("channels", "Signing secret, if chosen")
        case "sender":
            return translate("channels", "Your mail address")
        case "password":
            return translate("channels", "Authorisation code")
        case "to":
            return translate("channels", "To, if not to yourself")
    return translate("channels", "Address")


def part_problem(kind: ChannelKind, part: str) -> str:
    match kind, part:
        case "dingtalk", "webhook":
            return translate("channels", "such as https://oapi.dingtalk.com/robot/send?access_token=…")
        case "dingtalk", "sign":
            return translate("channels", "letters and digits, beginning with SEC")
        case "feishu", _:
            return translate("channels", "such as https://open.feishu.cn/open-apis/bot/v2/hook/…")
        case "wecom", _:
            return translate("channels", "such as https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…")
        case "bark", _:
            return translate("channels", "such as https://api.day.app/…")
        case "email", "sender":
            return translate("channels", "an address such as me@qq.com")
        case "email", "to":
            return translate("channels", "addresses, separated by commas")
        case "email", _:
            return translate("channels", "needed")
    return translate("channels", "such as tgram://…")


def result_words(result: Result, today: date) -> str:
    """ "14:02:09 sent", "14:02:09 refused: keywords not in content"."""
    match result.outcome:
        case "sent":
            said = translate("channels", "sent")
        case "refused":
            said = translate("channels", "refused")
        case "unreachable":
            said = translate("channels", "cannot be reached")
        case "timeout":
            said = translate("channels", "does not answer")
        case "busy":
            said = translate("channels", "busy")
        case "garbage":
            said = translate("channels", "answers what nobody understands")
        case "no_address":
            said = translate("channels", "has no usable address")
        case "not_installed":
            said = translate("channels", "needs the extra package")
    if result.detail:
        said = translate("channels", "{what}: {reason}").format(what=said, reason=visible(result.detail))
    words = f"{moment(result.at, today)} {said}"
    if result.next_at is not None:
        words += " · " + translate("channels", "again at {time}").format(time=moment(result.next_at, today))
    return words
