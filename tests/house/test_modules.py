"""The shape of the code: sizes, first sentences, and imports where they belong."""

import ast

from tests.house.tree import ROOT, modules, name_of, sources, tree_of

MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_TEST_FILE = 500
MOST_LINES_OF_A_FUNCTION = 60
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST) -> list[Function]:
    return [node for node in ast.walk(tree) if isinstance(node, Function)]


def imports_inside(tree: ast.AST) -> list[int]:
    """The lines on which a function imports something."""
    return [
        node.lineno
        for function in functions(tree)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def lines(function: Function) -> int:
    return (function.end_lineno or 0) - function.lineno + 1


def test_a_file_has_an_end() -> None:
    limits = {"tests": MOST_LINES_OF_A_TEST_FILE}
    too_long = {
        name_of(path): length
        for path in modules()
        if (length := path.read_text("utf-8").count("\n"))
        > limits.get(path.relative_to(ROOT).parts[0], MOST_LINES_OF_A_FILE)
        and "/migrations/versions/" not in name_of(path)
    }
    assert too_long == {}


def test_a_function_does_one_thing() -> None:
    too_long = [
        f"{name_of(path)}:{function.lineno} {function.name} {lines(function)}"
        for path in sources()
        for function in functions(tree_of(path))
        if lines(function) > MOST_LINES_OF_A_FUNCTION
    ]
    assert too_long == []


def test_a_module_opens_with_what_lives_there() -> None:
    silent = [
        name_of(path)
        for path in modules()
        if path.read_text("utf-8").strip() and not ast.get_docstring(tree_of(path))
    ]
    assert silent == []


def test_a_module_of_the_product_is_not_empty() -> None:
    assert [name_of(path) for path in sources() if not path.read_text("utf-8").strip()] == []


def test_no_function_imports() -> None:
    found = [
        f"{name_of(path)}:{line}" for path in modules() for line in imports_inside(tree_of(path))
    ]
    assert found == []


def test_an_import_inside_a_function_would_be_noticed() -> None:
    assert imports_inside(ast.parse("def f():\n    if x:\n        import os\n")) == [3]


def test_nothing_is_left_for_later() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "XX" + "X:", "HA" + "CK")
    found = [
        f"{name_of(path)}: {word}"
        for path in modules()
        for word in words
        if word in path.read_text("utf-8")
    ]
    assert found == []


def test_routes_come_from_the_router_of_the_house() -> None:
    """FastAPI's own would call the thread pool three times a request (ADR 0407)."""
    own = {
        name_of(path)
        for path in sources()
        if name_of(path) != "dispatch/kit/routes.py"
        and any(
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "APIRouter"
            for node in ast.walk(tree_of(path))
        )
    }
    assert own == set()
