"""Lines of day files for the tests: as the assistant writes them, and as they look after an accident."""

from __future__ import annotations

from datetime import UTC, datetime

NOON = datetime(2025, 10, 26, 12, tzinfo=UTC)
GEMINI = "gemini-2.5-flash-preview-09-2025"
MODELS = ('"qwen-plus"', '"qwen3-max"', f'"{GEMINI}"', '"no-such-model"', "null")
FUNCTIONS = ('"实时分析(讯飞lite)"', '"live_analysis"', '"话术生成"', '"odd one"')
KEYS = (
    "timestamp", "user_id", "anchor_id", "session_id", "model", "function", "input_tokens", "output_tokens",
    "total_tokens", "cost", "duration_ms", "success", "error_msg",
)  # fmt: skip


def fields(number: int) -> dict[str, str]:
    """The JSON text of each value of a line of its own, within three days before noon."""
    tokens_in, tokens_out = number * 7 % 40_000, number % 900
    is_failed = number % 7 == 0
    return {
        "timestamp": repr(NOON.timestamp() - 86_400 * (number % 3) - 613.25 * (number % 89) - number / 1024),
        "user_id": ("null", '"user_1"', '"观众"')[number % 3],
        "anchor_id": ("null", '"anchor_7"')[number % 2],
        "session_id": f'"s{number % 4}"',
        "model": MODELS[number % len(MODELS)],
        "function": FUNCTIONS[number % len(FUNCTIONS)],
        "input_tokens": str(tokens_in),
        "output_tokens": str(tokens_out),
        "total_tokens": str(tokens_in + tokens_out),
        "cost": repr(round(number % 1000 / 1e4 + 0.0001, 4)),
        "duration_ms": repr(number % 77 * 100.5),
        "success": "false" if is_failed else "true",
        "error_msg": '"APITimeoutError: \\"timeout\\" 504"' if is_failed else "null",
    }


def line(number: int, **changes: str) -> bytes:
    """The line of that number with some values changed, as JSON text."""
    return as_line({**fields(number), **changes})


def as_line(values: dict[str, str]) -> bytes:
    return ("{" + ", ".join(f'"{key}": {text}' for key, text in values.items()) + "}\n").encode()


ODD = (
    b"\n",
    b" \t\r\n",
    b"not json\n",
    b"[1, 2]\n",
    b'{"hello": 1}\n',
    b"\xff\xfe\x00\n",
    b"\x00\x00" + line(3),
    b"\xef\xbb\xbf" + line(4),
    line(5)[:-1] + line(6),
    line(7)[:100] + line(8),
    line(9)[:-1] + b"\r\n",
    line(10, cost="NaN"),
    line(11, cost="null", model='"qwen3-max"'),
    line(12, cost='"0.5"', model=f'"{GEMINI}-0926"'),
    line(13, timestamp="null"),
    line(14, timestamp="1761480000123"),
    line(15, timestamp='"2025-10-25T23:59:59.999999"'),
    line(16, input_tokens="null", output_tokens="true"),
    line(17, success="0", duration_ms="-1"),
    line(18, cost="1e-9"),
    line(19, user_id="12", session_id="[1]"),
    line(20, error_msg='"\\u0000 \\ud800"'),
)
"""Whole lines that are blank, no records, or records with something unusual in them."""
