"""No word of a page is left untranslated, and the catalogue holds nothing that no page says."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from fastapi.testclient import TestClient

from dispatch.web.parts import labels
from dispatch.web.parts.language import Language, messages_of
from dispatch.web.parts.page import TEMPLATES

#: What stands for itself in every language.
THEMSELVES = {"English", "中文", "KB", "user:7"}
_CJK = re.compile(r"[\u4e00-\u9fff]")
_PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")
#: Blocks that hold names of classes, and a macro that writes attributes.
_NO_WORDS = re.compile(
    r"\{% block (?:desk|width) %\}.*?\{% endblock %\}|\{% macro described.*?\{%- endmacro %\}",
    re.DOTALL,
)
_COMPUTED = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_READ = ("placeholder", "title", "aria-label", "alt", "content")


def said() -> set[str]:
    """Everything that the templates mark as words."""
    options = {"**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}
    method = [("**.html", "jinja2.ext:babel_extract")]
    return {
        message if isinstance(message, str) else message[0]
        for _, _, message, _, _ in extract_from_dir(TEMPLATES, method, options)
    }


@pytest.fixture(scope="module")
def english() -> Catalog:
    read = Catalog(locale="en")
    for message in messages_of(Language.EN):
        read[message.id] = message
    return read


def test_everything_that_is_said_has_english_words(english: Catalog) -> None:
    known = {str(each.id) for each in english if each.id and each.string and not each.fuzzy}
    assert said() - known == set()


def test_the_catalogue_holds_only_what_is_said(english: Catalog) -> None:
    assert {str(each.id) for each in english if each.id} - said() == set()


def test_the_english_has_the_same_places_to_fill_in(english: Catalog) -> None:
    wrong = [
        each.id
        for each in english
        if set(_PLACEHOLDER.findall(str(each.id))) != set(_PLACEHOLDER.findall(str(each.string)))
    ]
    assert wrong == []


def test_the_english_is_english(english: Catalog) -> None:
    names = {"文昌路", "桂中大道", "进度"}
    chinese = [
        each.string
        for each in english
        if _CJK.search(re.sub("|".join(names), "", str(each.string)))
    ]
    assert chinese == []


class _Words(HTMLParser):
    """Collects what a reader sees or hears, outside of what the template computes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.on_a_key = False

    def handle_data(self, data: str) -> None:
        if not self.on_a_key:  # what stands on a key of the keyboard is no word
            self.found.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.on_a_key = tag == "kbd"
        self.found += [value or "" for name, value in attrs if name in _READ]

    def handle_endtag(self, tag: str) -> None:
        self.on_a_key = False


def _bare_words(template: Path) -> Iterator[str]:
    text = _NO_WORDS.sub(" ", template.read_text("utf-8"))
    text = _COMPUTED.sub(" ", text)
    words = _Words()
    words.feed(text)
    for each in words.found:
        plain = each.strip()
        if re.search(r"[A-Za-z\u4e00-\u9fff]", plain) and plain not in THEMSELVES:
            yield plain


@pytest.mark.parametrize("template", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.stem)
def test_no_template_speaks_past_the_catalogue(template: Path) -> None:
    shell = {"width=device-width, initial-scale=1"}
    assert set(_bare_words(template)) - shell == set()


def test_every_table_of_labels_has_both_languages() -> None:
    tables = [value for value in vars(labels).values() if isinstance(value, dict)]
    pairs = [
        pair[1] if table is labels.GROUPS else pair
        for table in tables
        for pair in table.values()
        if isinstance(pair, tuple)
    ]
    assert len(pairs) > 80
    assert [pair for pair in pairs if not _CJK.search(pair[0]) and not pair[0][0].isdigit()] == []
    assert [pair for pair in pairs if _CJK.search(pair[1])] == []


def test_the_switch_is_kept_and_leads_back(visitor: TestClient) -> None:
    assert 'lang="zh-CN"' in visitor.get("/report").text
    answer = visitor.get("/language/en", params={"next": "/report"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/report")
    page = visitor.get("/report").text
    assert '<html lang="en"' in page
    assert "What happened?" in page
    assert "发生了什么" not in page


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil"])
def test_nobody_is_led_to_another_site(visitor: TestClient, elsewhere: str) -> None:
    answer = visitor.get("/language/en", params={"next": elsewhere})
    assert answer.headers["location"] == "/"


def test_a_browser_without_chinese_is_spoken_to_in_english(visitor: TestClient) -> None:
    page = visitor.get("/", headers={"Accept-Language": "en-GB,en;q=0.8"}).text
    assert "See a problem? Tell us" in page
