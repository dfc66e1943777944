"""The user's price file is edited and stays theirs: comments, order, and what was changed by hand meanwhile."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tipmao_monitor.usage.own_prices import Change, ChangedOutsideError, OwnPrices, Row, changed
from tipmao_monitor.usage.prices import FIRST_DAY, Price, PriceBook, PriceError, Rate, Step

BY_HAND = """\
# my prices, do not touch
[[price]]  # from the invoice
model = "qwen-plus"   # the one we use
input = 0.003         # cheaper by contract
effective_from = "2025-12-01"

# dollars
[[rate]]
currency = "USD"
cny = 7.2
effective_from = 2025-12-01
"""
NEW = Price(
    "qwen-new", "qwen", "新模型", "日常使用", "CNY", Decimal("0.005"), Decimal("0.015"), 0, FIRST_DAY, "invoice",
    is_own=True,
)  # fmt: skip


def file_of(folder: Path, text: str = BY_HAND) -> OwnPrices:
    path = folder / "prices.toml"
    path.write_text(text, "utf-8")
    return OwnPrices(path)


def own_rows(book: PriceBook) -> list[Row]:
    return [row for row in (*book.rows, *book.rates) if row.is_own]


def test_a_new_row_stands_behind_what_was_there(tmp_path: Path) -> None:
    own = file_of(tmp_path)
    book = own.apply(Change(put=(NEW,)))
    text = own.path.read_text("utf-8")
    assert text.startswith(BY_HAND)
    assert text.removeprefix(BY_HAND) == (
        '\n[[price]]\nmodel = "qwen-new"\nprovider = "qwen"\ndisplay_name = "新模型"\ntier = "日常使用"\n'
        'currency = "CNY"\ninput = "0.005"\noutput = "0.015"\nfree_input_tokens = 0\nsteps = []\naliases = []\n'
        'source = "invoice"\n'
    )
    assert book.history("qwen-new") == (NEW,)
    assert PriceBook.load(own.path).rows == book.rows


def test_the_first_row_makes_the_file_and_says_what_it_is(tmp_path: Path) -> None:
    own = OwnPrices(tmp_path / "new" / "prices.toml")
    assert own_rows(own.book()) == []
    own.apply(Change(put=(NEW,)))
    assert own.path.read_text("utf-8").startswith("# Your own prices.")
    assert own_rows(own.book()) == [NEW]


def test_a_row_that_is_edited_keeps_its_comments_and_what_did_not_change(tmp_path: Path) -> None:
    own = file_of(tmp_path)
    [row] = [row for row in own.book().rows if row.is_own]
    own.apply(Change(put=(replace(row, output_per_1k=Decimal("0.011"), checked=date(2026, 1, 2)),)))
    text = own.path.read_text("utf-8")
    for line in BY_HAND.splitlines():
        assert line in text
    assert 'output = "0.011"' in text and "checked = 2026-01-02" in text
    assert text.index("checked") < text.index("[[rate]]")


def test_a_row_that_is_taken_out_gives_way_to_that_of_the_program(tmp_path: Path) -> None:
    own = file_of(tmp_path)
    book = own.apply(Change(drop=tuple(row for row in own.book().rows if row.is_own)))
    assert book.price("qwen-plus", date(2026, 1, 1)).input_per_1k == Decimal("0.004")
    assert own.path.read_text("utf-8").lstrip().startswith("# my prices, do not touch")
    assert [row.key for row in own_rows(book)] == [("USD", date(2025, 12, 1))]


def test_a_row_may_get_another_first_day(tmp_path: Path) -> None:
    own = file_of(tmp_path)
    [row] = [row for row in own.book().rows if row.is_own]
    book = own.apply(Change(drop=(row,), put=(replace(row, effective_from=date(2026, 2, 1)),)))
    assert [row.effective_from for row in book.history("qwen-plus")] == [FIRST_DAY, date(2026, 2, 1)]


def test_a_row_is_written_so_that_it_takes_nothing_from_others(tmp_path: Path) -> None:
    """The program's row of qwen3-max has free tokens, that of qwen-max an alias."""
    own = OwnPrices(tmp_path / "prices.toml")
    rows = (
        replace(NEW, model="qwen3-max", effective_from=date(2026, 1, 1)),
        replace(NEW, model="qwen-max", effective_from=date(2026, 1, 1)),
    )
    assert own_rows(own.apply(Change(put=rows))) == list(reversed(rows))


def test_taking_back_is_step_by_step_to_the_very_bytes(tmp_path: Path) -> None:
    own = file_of(tmp_path)
    texts = [own.path.read_bytes()]
    for model in ("a", "b"):
        own.apply(Change(put=(replace(NEW, model=model),)))
        texts.append(own.path.read_bytes())
    for text in reversed(texts[:-1]):
        assert own.can_undo
        own.undo()
        assert own.path.read_bytes() == text
    assert not own.can_undo
    own.undo()
    assert own.path.read_bytes() == texts[0]


def test_what_was_edited_by_hand_meanwhile_is_kept_and_not_undone(tmp_path: Path) -> None:
    own = file_of(tmp_path)
    own.apply(Change(put=(NEW,)))
    by_hand = own.path.read_text("utf-8") + "# by hand\n"
    own.path.write_text(by_hand, "utf-8")
    with pytest.raises(ChangedOutsideError):
        own.undo()
    assert own.path.read_text("utf-8") == by_hand
    own.apply(Change(put=(replace(NEW, model="b"),)))
    assert "# by hand\n" in own.path.read_text("utf-8")


def test_a_file_with_a_mistake_is_not_written(tmp_path: Path) -> None:
    own = file_of(tmp_path, BY_HAND.replace("0.003", '"0,003"'))
    before = own.path.read_bytes()
    with pytest.raises(PriceError, match=r"prices\.toml, line 4: price 1, input: '0,003'"):
        own.apply(Change(put=(NEW,)))
    assert own.path.read_bytes() == before


def test_a_change_that_makes_no_price_book_is_not_written(tmp_path: Path) -> None:
    own = file_of(tmp_path)
    before = own.path.read_bytes()
    with pytest.raises(PriceError, match="priced in EUR, which has no"):
        own.apply(Change(put=(replace(NEW, currency="EUR"),)))
    assert own.path.read_bytes() == before and not own.can_undo
    rate = Rate("EUR", Decimal("7.9"), FIRST_DAY, "bank", is_own=True)
    book = own.apply(Change(put=(replace(NEW, currency="EUR"), rate)))
    assert book.rate("EUR", FIRST_DAY) == Decimal("7.9")


def test_the_file_before_stays_beside_it_and_a_link_stays_a_link(tmp_path: Path) -> None:
    own = file_of(tmp_path)
    kept = tmp_path / "elsewhere.toml"
    own.path.rename(kept)
    own.path.symlink_to(kept)
    own.apply(Change(put=(NEW,)))
    assert own.path.is_symlink() and "qwen-new" in kept.read_text("utf-8")
    assert (tmp_path / "elsewhere.toml.bak").read_text("utf-8") == BY_HAND
    assert sorted(os.listdir(tmp_path)) == ["elsewhere.toml", "elsewhere.toml.bak", "prices.toml"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n# only a comment",
        'price = [{ model = "a", input = 1, output = 1 }]\nrate = [{ currency = "EUR", cny = 8 }]',
        BY_HAND.replace("\n", "\r\n"),
        "\ufeff" + BY_HAND,
        '[[price]]\nmodel = "a"\ninput = 1\noutput = 1',
    ],
)
def test_a_file_of_any_form_takes_a_row(tmp_path: Path, text: str) -> None:
    before = own_rows(PriceBook.parse(text, "prices.toml"))
    after, book = changed(text.removeprefix("\ufeff"), Change(put=(NEW,)))
    assert set(own_rows(book)) == {*before, NEW}
    assert own_rows(PriceBook.parse(after, "prices.toml")) == own_rows(book)


def test_whatever_is_put_is_read_again_as_it_was(tmp_path: Path) -> None:
    chance = random.Random(3)
    text = BY_HAND
    money = lambda: Decimal(chance.randrange(10**15)).scaleb(-9)  # noqa: E731  # a word for it would be longer
    wanted: dict[object, Row] = {row.key: row for row in own_rows(PriceBook.parse(text, "prices.toml"))}
    for number in range(60):
        model = chance.choice(["qwen-plus", "qwen3-max", 'quo"te', "模型 \\ x", "new"])
        day = chance.choice([FIRST_DAY, date(2025, 12, 1), date(2026, 3, 4)])
        steps = tuple(Step(n * 1000, money(), money()) for n in range(1, chance.randrange(4)))
        row: Row = Price(
            model, chance.choice(["qwen", "openai"]), "name\t\u2028", "用途", chance.choice(["CNY", "USD"]), money(),
            money(), chance.choice([0, 32_000]), day, f"source {number}", chance.choice([(), (f"alias-{model}",)]),
            steps, chance.choice([None, date(2026, 1, 1)]), True,
        )  # fmt: skip
        if number % 7 == 0:
            row = Rate("USD", money() + 1, day, "bank", is_own=True)
        drop = tuple(chance.sample(list(wanted.values()), 1)) if number % 5 == 4 else ()
        text, book = changed(text, Change(drop=drop, put=(row,)))
        for gone in drop:
            del wanted[gone.key]
        wanted[row.key] = row
        assert {row.key: row for row in own_rows(book)} == wanted
    assert text.startswith("# my prices, do not touch")
