"""Reading the files that administrators bring."""

from dispatch.uploads.imports.working import run

__all__ = ["run"]
