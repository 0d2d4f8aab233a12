"""The command line for tests: what a command writes stays in the test's own transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session
from typer.testing import CliRunner, Result

from dispatch.cli import app
from dispatch.kit import terminal


class Terminal:
    """Runs `dispatch …` with the test's session in place of the command's own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, session: Session) -> None:
        @contextmanager
        def borrowed() -> Iterator[Session]:
            try:
                yield session
            except BaseException:
                session.rollback()
                raise
            session.flush()

        monkeypatch.setattr(terminal, "open_session", borrowed)

    def run(self, *words: Any) -> Result:
        """What the command said and its exit code."""
        texts = [str(word) if isinstance(word, Path) else word for word in words]
        return CliRunner().invoke(app, texts)
