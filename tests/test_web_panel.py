"""The guide's web panel in a real browser: what is to be read in it, that it lives, that nothing in it is obeyed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browser import Page, browsing
from listening import NOON, Clock, append, line
from test_api import Client, answering

from tipmao_monitor import api
from tipmao_monitor.usage.functions import KNOWN
from tipmao_monitor.window.numbers import function_name

TODAY = f"usage_{NOON.date()}.jsonl"
IS_LIVE = "document.getElementById('state').dataset.state === 'live'"
EVIL = ("<img src=x onerror='window.hit=1'>", "</script><script>window.hit=1</script>", "\u202egnp.exe", "a" * 300)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browsing(tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "records"
    folder.mkdir()
    append(folder / TODAY, line(NOON, cost=3.42), line(NOON, cost=0, model="glm-4-flash", success=False))
    append(
        folder / TODAY, line(NOON, cost=0, model="4.0Ultra", function="话术生成", user_id="user_2", input_tokens=97_000)
    )
    before = NOON - timedelta(days=1)
    append(folder / f"usage_{before.date()}.jsonl", line(before, cost=1.71), line(before + timedelta(hours=3), cost=9))
    return folder


@pytest.fixture
def client(folder: Path, tmp_path: Path) -> Iterator[Client]:
    with answering(folder, tmp_path / "reports", clock=Clock(NOON + timedelta(minutes=40))) as client:
        yield client


def open_panel(
    page: Page, client: Client, query: str = "lang=en&theme=light", width: int = 1180, *, dark: bool = False
) -> None:
    page.requests.clear()
    page.problems.clear()
    page.open(f"http://127.0.0.1:{client.port}{api.PANEL}?{query}", width, dark=dark)
    page.until(IS_LIVE)


def figure(page: Page, name: str) -> tuple[str, str]:
    [number] = page.texts(f"#figure-{name} .number")
    [foot] = page.texts(f"#figure-{name} .foot")
    return "".join(number.split()), foot


def test_its_six_parts_say_what_the_records_say(page: Page, client: Client, tmp_path: Path) -> None:
    open_panel(page, client)
    assert figure(page, "cost") == ("¥3.42", "▲ 100 % against yesterday by now")
    assert figure(page, "calls") == ("3", "1 failed")
    assert figure(page, "tokens") == ("102K", "100K in · 2.4K out")
    assert figure(page, "success") == ("66.7%", "3 calls")
    assert figure(page, "latency") == ("1.2s", "all calls of today")
    assert figure(page, "month") == ("¥14.13", "¥0.54/day · 5 calls")
    assert page.texts("#trend-sum") == ["¥14.13 in all"]
    bars = page.run("[...document.querySelectorAll('#plot g.day')].map((g) => g.getAttribute('aria-label'))")
    assert len(bars) == 7
    assert bars[-2:] == ["2025-10-25: ¥10.71", "2025-10-26: ¥3.42"]
    rows = [row.split("\n") for row in page.texts("#models .share")]
    assert rows == [
        ["qwen-plus", "¥3.42", "¥3.42/call"],
        ["4.0Ultra", "¥0.00", "recorded as 0"],
        ["glm-4-flash", "¥0.00", "free"],
    ]
    assert [row.split("\n")[0] for row in page.texts("#functions .share")] == ["Live analysis", "Script writing"]
    assert page.texts("#top tbody tr td:first-child") == ["user_2", "user_1"]
    page.click("#top-by button:nth-child(2)")
    page.until("document.querySelector('#top tbody td').innerText === 'user_1'")
    page.click("#trend-days button:nth-child(2)")
    page.until("document.querySelectorAll('#plot g.day').length === 30")
    page.keep_downloads(tmp_path)
    page.click("#export")
    page.until("document.querySelector('#exported a')")
    [name] = page.texts("#exported a")
    wait_for(page, tmp_path / name)
    assert json.loads((tmp_path / name).read_bytes())["period_days"] == 7
    assert (client.reports / name).read_bytes() == (tmp_path / name).read_bytes()
    assert not page.problems


def test_amounts_below_each_other_have_the_same_decimals(page: Page, client: Client) -> None:
    append(client.folder / TODAY, line(NOON, cost=0.0408, model="qwen-turbo", function="qa", user_id="user_3"))
    append(client.folder / TODAY, line(NOON, cost=0.0004, model="gpt-4o", function="live_review", user_id="user_4"))
    open_panel(page, client)
    page.until("document.querySelectorAll('#models .share').length === 5")
    for columns in ("#models .share .cost", "#functions .share .cost", "#top tbody td:nth-child(3)"):
        amounts = page.texts(columns)
        assert {"¥0.04", "<¥0.01"} <= set(amounts)
        assert all(re.fullmatch(r"<?¥\d+\.\d\d", amount) for amount in amounts), amounts
    assert "¥0.0408/call" in page.texts("#models .share .more")


def wait_for(page: Page, path: Path) -> None:
    for _ in range(2000):
        if path.exists() and path.stat().st_size:
            return
        page.run("new Promise((done) => setTimeout(done, 5))")
    raise AssertionError(f"{path.name} did not come")


def test_a_new_call_is_shown_without_a_reload(page: Page, client: Client) -> None:
    open_panel(page, client)
    append(client.folder / TODAY, line(NOON, cost=1))
    page.until("document.querySelector('#figure-cost .number').innerText.includes('4.42')")
    assert figure(page, "calls")[0] == "4"


def test_it_asks_nobody_else(page: Page, client: Client) -> None:
    open_panel(page, client)
    asked = [address for address in page.requests if not address.startswith("data:")]
    assert {urlsplit(address).netloc for address in asked} == {f"127.0.0.1:{client.port}"}
    assert not page.problems


@pytest.mark.parametrize("width", [360, 1180])
def test_nothing_of_a_record_is_obeyed_and_nothing_is_cut(page: Page, folder: Path, tmp_path: Path, width: int) -> None:
    for evil in EVIL:
        append(folder / TODAY, line(NOON, user_id=evil, model=evil, function=evil, session_id=evil, cost=12345.6789))
    with answering(folder, tmp_path / "reports") as client:
        for language in ("zh", "en"):
            open_panel(page, client, f"lang={language}&theme=dark", width)
            page.until("document.querySelector('#models .share')")
            assert page.run("window.hit") is None
            assert page.run("document.querySelectorAll('main img, main script').length") == 0
            for part in ("#models .name", "#functions .name", "#top td.name"):
                texts = page.texts(part)
                assert EVIL[0] in texts and EVIL[1] in texts and "\\u202egnp.exe" in texts
            assert page.run("document.documentElement.scrollWidth - innerWidth") <= 0
            cut = "[...document.querySelectorAll('.number, .cost, .more, td:not(.name), th, h2, button')]"
            assert page.run(f"{cut}.filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.innerText)") == []
            assert not page.problems


def test_on_air_no_amount_and_no_name_is_to_be_read(page: Page, client: Client) -> None:
    open_panel(page, client)
    named = "[...document.querySelectorAll('[title], [aria-label]')].map((e) => e.title + e.ariaLabel)"
    shown = f"document.body.innerText + {named}"
    assert "¥3.42" in page.run(shown) and "user_2" in page.run(shown)
    client.records.is_on_air = True
    page.run("ask()")
    page.until("document.querySelector('#figure-cost .number').innerText.includes('***')")
    said = page.run(shown)
    assert "user_" not in said and "qwen-plus" in said
    assert set(re.findall(r"¥\s*<?[0-9.,]+", said)) == {"¥0.00"}
    assert figure(page, "calls")[0] == "3"
    client.records.is_on_air = False
    page.run("ask()")
    page.until("document.querySelector('#figure-cost .number').innerText.includes('3.42')")


def test_both_languages_have_the_same_words_and_follow_the_browser(page: Page, client: Client) -> None:
    open_panel(page, client, "")
    assert page.run("document.documentElement.lang") == "en"
    keys, blanks = (
        "Object.keys(WORDS.{0}).sort().join()",
        "Object.entries(WORDS.{0}).map(([k, t]) => k + (t.match(/{{\\w+}}/g) || []).sort()).sort().join()",
    )
    for form in (keys, blanks):
        assert page.run(form.format("zh")) == page.run(form.format("en"))
    # A function is called as in the window.
    assert page.run("FUNCTIONS.en") == {function: function_name(function) for function in KNOWN}
    assert set(page.run("Object.keys(FUNCTIONS.zh)")) == KNOWN
    page.run("(() => { const s = document.getElementById('language'); s.value = 'zh'; s.onchange({ target: s }); })()")
    assert page.run("document.documentElement.lang") == "zh-CN"
    assert "今日费用" in page.texts(".figure .title")
    assert figure(page, "cost")[1] == "▲ 100 % 比昨日此时"
    open_panel(page, client, "")
    assert page.run("document.documentElement.lang") == "zh-CN"
    page.run("localStorage.clear()")


CONTRAST = """(() => {
  const light = (c) => { const [r, g, b] = c.match(/\\w\\w/g).map((x) => parseInt(x, 16) / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const of = (name) => light(getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim());
  const ratio = (a, b) => (Math.max(of(a), of(b)) + 0.05) / (Math.min(of(a), of(b)) + 0.05);
  const texts = ['text', 'secondary', 'accent', 'good', 'warning', 'bad'].map((name) => [name, 'card']);
  return [...texts, ['secondary', 'window'], ['secondary', 'track'], ['on-accent', 'accent'], ['card', 'text']]
    .filter(([a, b]) => ratio(a, b) < 4.5).map(([a, b]) => `${a} on ${b}: ${ratio(a, b)}`);
})()"""


@pytest.mark.parametrize("is_dark", [False, True])
def test_the_theme_follows_the_system_and_can_be_read(page: Page, client: Client, is_dark: bool) -> None:
    open_panel(page, client, "", dark=is_dark)
    assert page.run("document.documentElement.dataset.theme") == ("dark" if is_dark else "light")
    assert page.run(CONTRAST) == []
    page.run("(() => { const s = document.getElementById('theme'); s.value = 'dark'; s.onchange({ target: s }); })()")
    assert page.run("getComputedStyle(document.body).backgroundColor") == "rgb(22, 24, 28)"
    page.run("localStorage.clear()")


def test_without_records_each_part_says_so(page: Page, tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    with answering(tmp_path / "records", tmp_path / "reports") as client:
        open_panel(page, client)
        assert figure(page, "success") == ("-", "")
        empty = page.texts(".empty")
        assert empty == [
            "No cost in this period",
            "No calls yet today",
            "No calls yet today",
            "No calls in these 7 days",
        ]
        append(client.folder / TODAY, line(NOON, user_id=None, cost=0))
        page.until("document.querySelector('#top .empty').innerText.includes('No user was recorded')")
        assert page.texts("#top .empty") == ["No user was recorded in these 7 days: 1 call without one"]


def test_who_does_not_answer_is_said_and_asked_again(page: Page, folder: Path, tmp_path: Path) -> None:
    with answering(folder, tmp_path / "reports") as client:
        open_panel(page, client)
    page.until("document.getElementById('state').dataset.state === 'lost'")
    assert "No answer" in page.texts("#state-words")[0]
    assert figure(page, "calls")[0] == "3"


def test_where_a_token_is_demanded_the_page_asks_for_it(page: Page, folder: Path, tmp_path: Path) -> None:
    with answering(folder, tmp_path / "reports", token="a-long-secret-token") as client:
        page.open(f"http://127.0.0.1:{client.port}{api.PANEL}?lang=en")
        page.until("!document.getElementById('ask-token').hidden")
        page.run("document.getElementById('token').value = 'a-long-secret-token'")
        page.click("#ask-token button")
        page.until(IS_LIVE)
        assert figure(page, "calls")[0] == "3"
        assert page.run("document.getElementById('ask-token').hidden")
        page.click("#export")
        page.until("document.querySelector('#exported a')")
        page.run("sessionStorage.clear()")
        page.open("about:blank")
        page.open(f"http://127.0.0.1:{client.port}{api.PANEL}?lang=en#token=a-long-secret-token")
        page.until(IS_LIVE)
        assert page.run("location.href").endswith("?lang=en")
        page.run("sessionStorage.clear()")
