"""Channels: the chats and mailboxes that alerts are sent to, what each needs to know, and what came of sending.

A newcomer would get this wrong: a `Channel` has no address. An address holds a token or a password, so it is kept apart
(`keys`), and nothing of it may stand in a log, a message or an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args

ChannelKind = Literal["dingtalk", "feishu", "wecom", "bark", "email", "other"]
KINDS: tuple[ChannelKind, ...] = get_args(ChannelKind)

Outcome = Literal["sent", "refused", "unreachable", "timeout", "busy", "garbage", "no_address", "not_installed"]
WORTH_ANOTHER_TRY: tuple[Outcome, ...] = ("unreachable", "timeout", "busy")

LONGEST_NAME = 40
LONGEST_ADDRESS = 4096


@dataclass(frozen=True, slots=True)
class Channel:
    """Where alerts may go. `name` is the user's, and there is one of a name."""

    name: str
    kind: ChannelKind
    on: bool = True


@dataclass(frozen=True, slots=True)
class Result:
    """What came of the last message to a channel. `detail` is the service's own reason, without any secret.

    `next_at` is when it is tried again, None where it is not. `about` are the ids of the alerts in the message.
    """

    channel: str
    at: datetime
    outcome: Outcome
    detail: str = ""
    attempts: int = 1
    next_at: datetime | None = None
    about: tuple[str, ...] = ()


Place = Literal["keyring", "file"]


@dataclass(frozen=True, slots=True)
class ChannelStates:
    """All that is known of the channels beside the settings.

    `place` is where their addresses are kept, `file` the path of the file where there is no keyring. `results` are the
    last ones, `addressed` the channels that have an address. `problem` is why something could not be kept.
    """

    place: Place = "keyring"
    file: str = ""
    is_installed: bool = True
    results: Mapping[str, Result] = field(default_factory=dict)
    addressed: frozenset[str] = frozenset()
    under_way: frozenset[str] = frozenset()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a kind of channel asks for."""

    name: str
    is_secret: bool = False
    is_needed: bool = True


PARTS: Mapping[ChannelKind, tuple[Part, ...]] = {
    "dingtalk": (Part("webhook", is_secret=True), Part("sign", is_secret=True, is_needed=False)),
    "feishu": (Part("webhook", is_secret=True),),
    "wecom": (Part("webhook", is_secret=True),),
    "bark": (Part("webhook", is_secret=True),),
    "email": (Part("sender"), Part("password", is_secret=True), Part("to", is_needed=False)),
    "other": (Part("url", is_secret=True),),
}

_TOKEN = re.compile(r"[A-Za-z0-9_-]{4,256}\Z")
_LETTERS = re.compile(r"[A-Za-z0-9]{4,256}\Z")
_MAIL = re.compile(r"[^@\s/:?#\"'<>\\]{1,128}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\Z")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,30}://\S+\Z", re.IGNORECASE)


class AddressError(ValueError):
    """What was typed is no address of its kind; `part` names the thing that is wrong."""

    def __init__(self, part: str) -> None:
        self.part = part
        super().__init__(part)


def address(kind: ChannelKind, texts: Mapping[str, str]) -> str:
    """What was typed for the parts of a kind, as one address in apprise's form. AddressError where it is none.

    A webhook is what the chat shows when a robot is made there; its bare token will do, too.
    """
    typed = {part.name: texts.get(part.name, "").strip() for part in PARTS[kind]}
    for part in PARTS[kind]:
        text = typed[part.name]
        if (part.is_needed and not text) or len(text) > LONGEST_ADDRESS or any(c < " " for c in text):
            raise AddressError(part.name)
    match kind:
        case "dingtalk":
            sign = typed["sign"]
            if sign and not _LETTERS.match(sign):
                raise AddressError("sign")
            token = _token(typed["webhook"], "oapi.dingtalk.com", "access_token", _LETTERS)
            return f"dingtalk://{sign}@{token}/" if sign else f"dingtalk://{token}/"
        case "feishu":
            return f"feishu://{_token(typed['webhook'], 'open.feishu.cn', '', _TOKEN)}/"
        case "wecom":
            return f"wecombot://{_token(typed['webhook'], 'qyapi.weixin.qq.com', 'key', _TOKEN)}/"
        case "bark":
            return _bark(typed["webhook"])
        case "email":
            return _mail(typed["sender"], typed["password"], typed["to"])
    if not _SCHEME.match(typed["url"]):
        raise AddressError("url")
    return typed["url"]


def _token(text: str, host: str, query: str, form: re.Pattern[str]) -> str:
    """The token of a webhook: that of its query, or the last part of its path."""
    from urllib.parse import parse_qs, urlsplit  # every command imports this module, none needs a URL

    if "://" in text:
        try:
            parts = urlsplit(text)
            found = parts.hostname
        except ValueError:
            raise AddressError("webhook") from None
        if found != host:
            raise AddressError("webhook")
        text = parse_qs(parts.query).get(query, [""])[0] if query else parts.path.rstrip("/").rpartition("/")[2]
    if not form.match(text):
        raise AddressError("webhook")
    return text


def _bark(text: str) -> str:
    """`https://api.day.app/KEY/...` or that of a server of one's own."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise AddressError("webhook") from None
    key = parts.path.strip("/").partition("/")[0]
    if parts.scheme not in ("http", "https") or not host or not _TOKEN.match(key):
        raise AddressError("webhook")
    scheme = "barks" if parts.scheme == "https" else "bark"
    # Without the picture that apprise has on a server of its own.
    return f"{scheme}://{host}{f':{port}' if port else ''}/{key}?image=no"


def _mail(sender: str, password: str, to: str) -> str:
    from urllib.parse import quote

    if not _MAIL.match(sender):
        raise AddressError("sender")
    receivers = [name for part in re.split("[,，;；]", to) if (name := part.strip())] or [sender]
    if not all(_MAIL.match(name) for name in receivers):
        raise AddressError("to")
    user, _, domain = sender.partition("@")
    listed = ",".join(quote(name, safe="@") for name in receivers)
    return f"mailtos://{quote(user, safe='')}:{quote(password, safe='')}@{domain}?to={listed}"


def secrets_of(address: str) -> tuple[str, ...]:
    """The pieces of an address that must not be repeated anywhere, longest first."""
    from urllib.parse import unquote

    pieces = {address, *re.split(r"[/?&=@:#,]+", address.partition("://")[2])}
    pieces |= {unquote(piece) for piece in pieces}
    return tuple(sorted((piece for piece in pieces if len(piece) >= 4), key=len, reverse=True))
