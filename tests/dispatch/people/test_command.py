"""`dispatch user …` as an operator runs it."""

from contextlib import nullcontext

import pytest
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from dispatch.cli import app
from dispatch.kit import terminal
from dispatch.people import passwords, queries
from tests.factories.people import add_department

run = CliRunner()


@pytest.fixture(autouse=True)
def in_this_transaction(monkeypatch: pytest.MonkeyPatch, session: Session) -> None:
    """The commands work in the test's own transaction."""
    monkeypatch.setattr(terminal, "open_session", lambda: nullcontext(session))


def _run(*words: str, typed: str | None = None) -> tuple[int, str]:
    result = run.invoke(app, ["user", *words], input=typed)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_user_of_a_department_is_added_listed_changed_and_deactivated(
    session: Session,
) -> None:
    add_department(session, "street-lighting", name="城市照明管理处")
    code, said = _run(
        *("add", "lamp02", "--role", "handler", "--role", "manager"),
        *("--department", "street-lighting", "--grids", "G1, G2", "--password-stdin"),
        typed="a long pass phrase\n",
    )
    assert (code, said) == (
        0,
        "✓ 已新增用户 lamp02(handler, manager) / added lamp02 (handler, manager)\n",
    )
    added = queries.user_by_name(session, "lamp02")
    assert added is not None
    assert added.working_grids == ["G1", "G2"]
    assert passwords.verify(added.password_hash, "a long pass phrase")
    assert "城市照明管理处" in _run("list", "--role", "manager")[1]
    assert _run("passwd", "lamp02", "--password-stdin", typed="another pass phrase\n")[0] == 0
    changed = queries.user_by_name(session, "lamp02")
    assert changed is not None
    assert passwords.verify(changed.password_hash, "another pass phrase")
    assert _run("deactivate", "lamp02")[0] == 0
    assert "lamp02" not in _run("list")[1]
    assert "✗ lamp02" in _run("list", "--all")[1]
    assert _run("activate", "lamp02")[0] == 0
    assert "lamp02" in _run("list")[1]


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        (("add", "x", "--role", "agent", "--password-stdin"), "short\n", "密码长度应为"),
        (
            ("add", "x", "--role", "handler", "--password-stdin"),
            "a long pass phrase\n",
            "必须注明所属部门",
        ),
        (("add", "x", "--role", "agent"), "", "--password-stdin"),
        (("deactivate", "nobody"), "", "dispatch user list"),
    ],
)
def test_refusals_say_how_to_put_it_right(
    session: Session, words: tuple[str, ...], typed: str, said: str
) -> None:
    code, output = _run(*words, typed=typed)
    assert code == 1
    assert said in output
    assert queries.user_by_name(session, "x") is None
