"""The documents: links lead somewhere, decisions are listed, terms in the code are in the glossary."""

import re
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote

import pytest
from typer.testing import CliRunner

from dispatch.cases.deadlines import Light
from dispatch.cases.model import Channel
from dispatch.cases.states import Actor, Stage, Verb
from dispatch.cli import app
from dispatch.intake.model import PolicyAction
from dispatch.kit.config import Settings
from dispatch.kit.worktime import Unit
from dispatch.people.model import Role
from geo.crs import Crs
from tests.house.tree import ROOT, files, name_of, texts

ADRS = ROOT / "docs/adr"
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


def documents() -> list[Path]:
    return [path for path in files() if path.suffix == ".md"]


def anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+\s+(.+?)\s*$", text, flags=re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def has_anchor(target: Path, anchor: str) -> bool:
    return target.suffix != ".md" or anchor in anchors(target.read_text("utf-8"))


def broken_links(document: Path) -> list[str]:
    text = re.sub(r"```.*?```", "", document.read_text("utf-8"), flags=re.DOTALL)
    broken = []
    for found in _LINK.finditer(text):
        link = found[1] or found[2]
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = unquote(link).partition("#")
        target = document.parent / name if name else document
        if not target.exists() or (anchor and not has_anchor(target, anchor)):
            broken.append(link)
    return broken


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_every_link_leads_somewhere(document: Path) -> None:
    assert broken_links(document) == []


def test_a_broken_link_would_be_noticed(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("# One\n[a](#one) [b](page.md#two) [c](gone.md)\n", "utf-8")
    assert broken_links(document) == ["page.md#two", "gone.md"]


def test_every_decision_is_listed_and_has_a_number_of_its_own() -> None:
    decisions = [path for path in ADRS.glob("*.md") if path.name != "README.md"]
    listed = (ADRS / "README.md").read_text("utf-8")
    assert [path.name for path in decisions if f"({path.name})" not in listed] == []
    numbers = [path.name[:4] for path in decisions]
    assert all(number.isdecimal() for number in numbers)
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize(
    "name", ["README.md", "README.zh-CN.md", "ARCHITECTURE.md", "CHANGELOG.md", "docs/glossary.md"]
)
def test_the_documents_that_a_newcomer_looks_for_are_there(name: str) -> None:
    assert len((ROOT / name).read_text("utf-8")) > 200


def test_the_changelog_keeps_the_usual_form() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert "keepachangelog.com" in text
    assert re.search(r"^## \[(Unreleased|\d+\.\d+\.\d+)\]", text, flags=re.MULTILINE)


@pytest.mark.parametrize(
    "terms", [Stage, Verb, Actor, Role, Channel, Light, Crs, Unit, PolicyAction]
)
def test_every_term_of_the_trade_is_in_the_glossary(terms: type[StrEnum]) -> None:
    glossary = (ROOT / "docs/glossary.md").read_text("utf-8")
    assert [term.value for term in terms if f"`{term.value}`" not in glossary] == []


def test_nothing_points_at_one_person_s_machine_or_at_a_package_registry() -> None:
    """Such words are put together here, so that this file does not find itself."""
    forbidden = [
        "/" + "work/",
        "/tmp/" + "devpg",
        "registry." + "npmjs",
        "files." + "pythonhosted",
        "pypi." + "org/simple",
        "/root/" + ".",
    ]
    found = [
        f"{name_of(path)}: {word}"
        for path in texts()
        for word in forbidden
        if word in path.read_text("utf-8", errors="replace")
    ]
    assert found == []


def test_the_npm_lock_file_names_no_registry() -> None:
    lock = (ROOT / "dispatch/web/assets/package-lock.json").read_text("utf-8")
    assert '"resolved"' not in lock
    assert "omit-lockfile-registry-resolved=true" in (
        ROOT / "dispatch/web/assets/.npmrc"
    ).read_text("utf-8")


def environment_names() -> list[str]:
    """The names under which the settings are read from the environment."""
    return [
        str(field.validation_alias or f"DISPATCH_{name.upper()}")
        for name, field in Settings.model_fields.items()
    ]


@pytest.mark.parametrize("name", environment_names())
def test_every_setting_is_explained_to_the_operator(name: str) -> None:
    assert f"`{name}`" in (ROOT / "docs/operating.md").read_text("utf-8")


def test_the_operator_is_told_of_no_setting_that_nothing_reads() -> None:
    text = (ROOT / "docs/operating.md").read_text("utf-8")
    told = set(re.findall(r"`(DISPATCH_[A-Z0-9_]+)`", text))
    assert told - set(environment_names()) == set()


def commands_told() -> list[str]:
    """Every `dispatch …` that a document shows: the command and, where it has one, its subcommand."""
    shown = re.compile(r"(?:^|web |&& )dispatch ((?:[a-z]+)(?: [a-z]+)?)(?=$|[ `\n])")
    lines = [
        line
        for document in documents()
        for fence in re.findall(r"```sh\n(.*?)```", document.read_text("utf-8"), flags=re.DOTALL)
        for line in fence.splitlines()
    ]
    return sorted({found[1] for line in lines for found in shown.finditer(line.split(" #")[0])})


def test_every_command_that_a_document_shows_exists() -> None:
    told = commands_told()
    runner = CliRunner()
    unknown = [each for each in told if runner.invoke(app, [*each.split(), "--help"]).exit_code]
    assert unknown == []
    assert {"doctor", "grid import", "outbox dead"} <= set(told)
