"""Addresses of channels: what is pasted from a chat's settings becomes an address that apprise takes, or is refused."""

from __future__ import annotations

import apprise
import pytest

from tipmao_monitor.channels import KINDS, PARTS, AddressError, ChannelKind, address, secrets_of

TOKEN = "0123abcdef0123abcdef"
DINGTALK = f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}"
FEISHU = "https://open.feishu.cn/open-apis/bot/v2/hook/aaaa-bbbb-cccc"
WECOM = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=aaaa-bbbb-cccc"
MAIL = {"sender": "me@qq.com", "password": "p@ss/w:rd", "to": ""}


@pytest.mark.parametrize(
    ("kind", "texts", "expected"),
    [
        ("dingtalk", {"webhook": DINGTALK}, f"dingtalk://{TOKEN}/"),
        ("dingtalk", {"webhook": f" {DINGTALK}\n", "sign": "SECabc1"}, f"dingtalk://SECabc1@{TOKEN}/"),
        ("dingtalk", {"webhook": TOKEN}, f"dingtalk://{TOKEN}/"),
        ("feishu", {"webhook": FEISHU + "/"}, "feishu://aaaa-bbbb-cccc/"),
        ("wecom", {"webhook": WECOM}, "wecombot://aaaa-bbbb-cccc/"),
        ("bark", {"webhook": "https://api.day.app/KeyKeyKey/推送标题/x"}, "barks://api.day.app/KeyKeyKey?image=no"),
        ("bark", {"webhook": "http://10.0.0.2:8080/KeyKeyKey"}, "bark://10.0.0.2:8080/KeyKeyKey?image=no"),
        ("email", MAIL, "mailtos://me:p%40ss%2Fw%3Ard@qq.com?to=me@qq.com"),
        ("email", {**MAIL, "to": "a@x.cn，b@x.cn"}, "mailtos://me:p%40ss%2Fw%3Ard@qq.com?to=a@x.cn,b@x.cn"),
        ("other", {"url": "ntfy://topic"}, "ntfy://topic"),
    ],
)
def test_what_was_typed_becomes_an_address_that_apprise_takes(
    kind: ChannelKind, texts: dict[str, str], expected: str
) -> None:
    assert address(kind, texts) == expected
    assert apprise.Apprise.instantiate(expected)


@pytest.mark.parametrize(
    ("kind", "texts", "part"),
    [
        ("dingtalk", {}, "webhook"),
        ("dingtalk", {"webhook": "https://evil.example/robot/send?access_token=0123abcd"}, "webhook"),
        ("dingtalk", {"webhook": "https://oapi.dingtalk.com/robot/send"}, "webhook"),
        ("dingtalk", {"webhook": DINGTALK, "sign": "SEC abc"}, "sign"),
        ("feishu", {"webhook": DINGTALK}, "webhook"),
        ("wecom", {"webhook": WECOM.replace("key", "k")}, "webhook"),
        ("wecom", {"webhook": "https://[broken"}, "webhook"),
        ("bark", {"webhook": "KeyKeyKey"}, "webhook"),
        ("bark", {"webhook": "https://api.day.app/"}, "webhook"),
        ("bark", {"webhook": "https://api.day.app:99999/KeyKeyKey"}, "webhook"),
        ("email", {**MAIL, "sender": "me"}, "sender"),
        ("email", {**MAIL, "password": " "}, "password"),
        ("email", {**MAIL, "to": "you"}, "to"),
        ("other", {"url": "no address"}, "url"),
        ("other", {"url": "x" * 5000}, "url"),
        ("other", {"url": "ntfy://a\x00b"}, "url"),
    ],
)
def test_what_is_no_address_is_refused_by_the_part_that_is_wrong(
    kind: ChannelKind, texts: dict[str, str], part: str
) -> None:
    with pytest.raises(AddressError) as error:
        address(kind, texts)
    assert error.value.part == part and str(error.value) == part


def test_every_kind_asks_for_something_secret() -> None:
    assert set(PARTS) == set(KINDS)
    assert all(any(part.is_secret for part in parts) for parts in PARTS.values())


def test_secrets_of_an_address_are_found_as_written_and_as_typed() -> None:
    found = secrets_of(address("email", MAIL))
    assert {"p@ss/w:rd", "p%40ss%2Fw%3Ard"} <= set(found)
    assert list(found) == sorted(found, key=len, reverse=True)
