"""The page on channels names settings, words and codes that the code really has."""

import re
from pathlib import Path

import pytest

from dispatch.intake.channels.wechat.words import COMMANDS
from dispatch.kit.config import Settings

ROOT = Path(__file__).resolve().parents[4]
PAGE = (ROOT / "docs/channels.md").read_text("utf-8")
CODE = "".join(
    path.read_text("utf-8")
    for folder in ("dispatch/intake", "dispatch/catalogue", "dispatch/kit", "data")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".py", ".csv"}
)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"DISPATCH_([A-Z_]+)", PAGE))))
def test_every_setting_is_one(name: str) -> None:
    assert name.lower() in Settings.model_fields


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", PAGE))))
def test_every_name_is_one_of_the_code_s(name: str) -> None:
    assert name in CODE


@pytest.mark.parametrize("word", ["完成", "提交", "取消", "进度", "查询", "新上报", "帮助", "?"])
def test_every_command_is_one(word: str) -> None:
    assert word in PAGE
    assert word in COMMANDS
