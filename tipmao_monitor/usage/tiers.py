"""Which models are meant for how demanding a use: the guide's 推荐场景 as an order.

The guide recommends each model for a use but does not rank the uses. Its tables do: within one provider they run from
the demanding to the light use, and prices fall with them. From that:

- demanding: high quality and complex reasoning head their tables (qwen-max, gpt-4, glm-4);
- all-round: balanced and multimodal models follow them (gpt-4-turbo, gpt-4o);
- everyday: daily use, and long texts, which say how much fits in and not how well it is answered;
- light: quick, simple, saving. The guide's own rule against a high day goes from an everyday model to one of these;
- trial: what costs nothing, which a provider grants for trying it out, with limits that can change any day.

Code is no level: a model made for it is no substitute for one that talks. The newcomer's mistake: to compare a text
that is not known (a user's own row may say anything). It has no level, and None is not "lower".
"""

from __future__ import annotations

import re

LEVELS: tuple[tuple[str, ...], ...] = (
    ("免费试用",),
    ("快速响应", "简单任务", "经济实惠", "经济型", "极致省钱"),
    ("日常使用", "长文本"),
    ("平衡性能", "多模态"),
    ("高质量任务", "高质量", "复杂推理"),
)
SPECIAL = "代码生成"
USES = (*(tier for tiers in LEVELS for tier in tiers), SPECIAL)
_LEVEL_OF = {tier: level for level, tiers in enumerate(LEVELS) for tier in tiers}
_LENGTH = re.compile(r"-([1-9][0-9]{0,3})k\b")
# Where a name does not tell, and it is little: as the providers' own pages say.
_LONGEST = {
    "gpt-4": 8192, "gpt-3.5-turbo": 16_385, "lite": 8192, "generalv3": 8192, "generalv3.5": 8192, "4.0Ultra": 32_768,
}  # fmt: skip


def steps(before: str, after: str) -> int | None:
    """How many levels `after` is above (+) or below (-) `before`; None where one of them has no level."""
    if before == after:
        return 0
    if before not in _LEVEL_OF or after not in _LEVEL_OF:
        return None
    return _LEVEL_OF[after] - _LEVEL_OF[before]


def longest_input(model: str) -> int | None:
    """The input tokens that a model takes at most, where that is known or its name says so (doubao-pro-32k)."""
    found = _LENGTH.search(model)
    return int(found[1]) * 1024 if found else _LONGEST.get(model)
