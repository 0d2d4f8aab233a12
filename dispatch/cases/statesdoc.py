"""The page `docs/states.md`, written from the table of states: a diagram, the stages, and every rule."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from dispatch.cases.events import FACTS
from dispatch.cases.states import (
    FINAL,
    RULES,
    STAGE_LABELS,
    VERB_LABELS,
    Actor,
    Rule,
    Stage,
    Verb,
    Who,
)
from dispatch.people.matrix import ROLE_NAMES

WHO_LABELS: Mapping[Who, str] = {
    **dict[Who, str](ROLE_NAMES.items()),
    Actor.SYSTEM: "平台 platform",
    Actor.REPORTER: "举报人 reporter",
}
FACT_LABELS = {
    "extension": "有待批的延期 an extension waits",
    "suspension": "有待批的挂账 a suspension waits",
    "appeal": "有待裁定的申诉 an appeal waits",
    "unit": "有责任单位 a unit has the case",
    "acknowledged": "已签收 acknowledged",
    "started": "已开工 work has begun",
    "settled": "责任已认定 a ruling gave it the case",
    "decided": "由本人受理或不予受理 one's own acceptance or rejection",
}
HEAD = """# 案件阶段与操作 / Stages and deeds of a case

由 `dispatch/cases/states.py` 的表生成,请勿手改 / Written from the table in `dispatch/cases/states.py`,
do not edit: `dispatch docs states > docs/states.md`.
立案和结案由谁做可由城市设置(`filing_role`、`closing_role`)更改 / Who files and who closes is a setting
of the city.
"""


def page() -> str:
    """The page in Markdown, with a Mermaid diagram."""
    return "\n".join([HEAD, *_diagram(), "", *_stages(), "", *_rules()]) + "\n"


def _diagram() -> Iterator[str]:
    """Every way from stage to stage; deeds that leave the stage as it is are not drawn."""
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield f"    [*] --> {Stage.REPORTED}: {VERB_LABELS[Verb.REPORT][0]}"
    for (origin, to), verbs in _ways().items():
        yield f"    {origin} --> {to}: {' / '.join(VERB_LABELS[verb][0] for verb in verbs)}"
    for stage in Stage:
        if stage in FINAL:
            yield f"    {stage} --> [*]"
    for stage, (zh, _) in STAGE_LABELS.items():
        yield f"    {stage}: {zh}"
    yield "```"


def _ways() -> dict[tuple[Stage, Stage], dict[Verb, None]]:
    """The deeds that lead from one stage to another, each once, in the order of the table."""
    ways: dict[tuple[Stage, Stage], dict[Verb, None]] = defaultdict(dict)
    for rule in RULES:
        for origin in Stage:
            if rule.to is not None and origin in rule.stages:
                ways[origin, rule.to][rule.verb] = None
    return ways


def _stages() -> Iterator[str]:
    yield "## 阶段 / Stages"
    yield ""
    yield from _table(
        ("代码 code", "阶段", "stage", "可做的操作 / deeds"),
        (
            (f"`{stage}`", zh, en, _listed(f"`{verb}`" for verb in _verbs_at(stage)))
            for stage, (zh, en) in STAGE_LABELS.items()
        ),
    )


def _verbs_at(stage: Stage) -> list[Verb]:
    return list(dict.fromkeys(rule.verb for rule in RULES if stage in rule.stages))


def _rules() -> Iterator[str]:
    yield "## 操作 / Deeds"
    yield ""
    heads = (
        "操作 deed",
        "名称",
        "阶段 from",
        "到 to",
        "谁 who",
        "须填 needs",
        "条件 only if",
        "事件 event",
    )
    yield from _table(heads, (_row(rule) for rule in RULES))


def _row(rule: Rule) -> tuple[str, ...]:
    return (
        f"`{rule.verb}`",
        " ".join(VERB_LABELS[rule.verb]),
        _listed(f"`{stage}`" for stage in Stage if stage in rule.stages),
        "不变 unchanged" if rule.to is None else f"`{rule.to}`",
        _listed(words for who, words in WHO_LABELS.items() if who in rule.roles),
        _listed(f"`{name}`" for name in rule.needs),
        _listed(_conditions(rule)),
        f"`{FACTS[rule.verb]}`",
    )


def _conditions(rule: Rule) -> Iterator[str]:
    if rule.holder:
        yield "案件在本单位 one's own unit has it"
    if rule.when is not None:
        yield f"`{rule.when[0]}` = {str(rule.when[1]).lower()}"
    if rule.if_fact is not None:
        words = FACT_LABELS[rule.if_fact.removeprefix("!")]
        yield f"没有 not: {words}" if rule.if_fact.startswith("!") else words


def _listed(words: Iterable[str]) -> str:
    return "<br>".join(words) or "—"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for cells in (head, ("---",) * len(head), *rows):
        yield "| " + " | ".join(cells) + " |"
