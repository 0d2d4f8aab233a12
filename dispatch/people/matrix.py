"""The matrix of addresses and posts, read from the routes themselves, and the page that documents it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fastapi import FastAPI

from dispatch.kit.openapi import api_routes, dependencies
from dispatch.people.http import AskedLater, Requirement
from dispatch.people.model import Role
from dispatch.people.permissions import PUBLIC

ROLE_NAMES: dict[Role, str] = {
    Role.INSPECTOR: "采集员 inspector",
    Role.AGENT: "坐席员 agent",
    Role.SHIFT_LEADER: "值班长 shift leader",
    Role.DISPATCHER: "派遣员 dispatcher",
    Role.MANAGER: "部门主管 manager",
    Role.HANDLER: "处置员 handler",
    Role.SUPERVISOR: "监督员 supervisor",
    Role.LEADER: "分管领导 leader",
    Role.ADMIN: "管理员 administrator",
}
_HEAD = """# 权限矩阵 / Who may call what

由路由生成,请勿手改 / Written from the routes, do not edit: `python -m tests.dispatch.test_permissions`.
✓ 允许 / admitted · 空白 → 403 · 未登录 → 401 · 公开 / public: no log-in, protected as said.
数据范围(全市、区、部门、责任网格、本人)见 `dispatch/cases/policy.py`,各阶段可执行的操作见 `docs/states.md`。
How far a right reaches is in `dispatch/cases/policy.py`, which deed at which stage in `docs/states.md`.
"""


@dataclass(frozen=True)
class Row:
    """One address: what it asks for, who has that; `needs` None: it declares nothing."""

    method: str
    path: str
    needs: str | None
    roles: frozenset[Role]

    @property
    def is_public(self) -> bool:
        """Whether it is open to people who are not logged in."""
        return (self.method, self.path) in PUBLIC


def rows(app: FastAPI) -> Iterator[Row]:
    """Every address of the app with what it asks for. Several requirements must all be met."""
    for route in api_routes(app):
        asked = list(_requirements(dependencies(route.dependant)))
        path = route.path_format or ""
        # HEAD is GET without the body, and admits whom GET admits
        methods = set(route.methods or ())
        for method in sorted(methods - {"HEAD"} if "GET" in methods else methods):
            needs: str | None
            if asked:
                needs = " & ".join(" | ".join(sorted(each.needs)) for each in dict.fromkeys(asked))
                roles = frozenset(Role).intersection(*(each.roles for each in asked))
            else:
                protected_by = PUBLIC.get((method, path))
                needs = f"公开 public: {protected_by}" if protected_by else None
                roles = frozenset(Role) if protected_by else frozenset()
            yield Row(method, path, needs, roles)


def _requirements(asked: Iterable[object]) -> Iterator[Requirement]:
    for each in asked:
        found = each.requirement if isinstance(each, AskedLater) else each
        if isinstance(found, Requirement):
            yield found


def page(app: FastAPI) -> str:
    """The page in Markdown."""
    head = ["方法", "地址", "所需权限", *ROLE_NAMES.values()]
    lines = [_line(head), _line(["---"] * len(head))]
    lines += [_line(_cells(row)) for row in sorted(rows(app), key=lambda r: (r.path, r.method))]
    return _HEAD + "\n" + "\n".join(lines) + "\n"


def _cells(row: Row) -> Iterator[str]:
    yield row.method
    yield f"`{row.path}`"
    yield (row.needs or "—").replace("|", "\\|")
    for role in ROLE_NAMES:
        yield "✓" if role in row.roles else " "


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
