"""What the audit looks for in Python source: what does not parse, long functions, and two well-known traps."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_MUTABLE = (ast.List, ast.Dict, ast.Set)


def faults_in(source: str, long: int) -> list[str]:
    """Return what is wrong, each with its line; functions may have `long` lines."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        return [f"does not parse: {error}"]
    return [f"{line}: {reason}" for node in ast.walk(tree) for line, reason in _of(node, long)]


def _of(node: ast.AST, long: int) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.ExceptHandler) and node.type is None:
        yield node.lineno, "'except:' catches everything, also the wish to stop"
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > long:
            yield node.lineno, f"{node.name} has {lines} lines"
        defaults = [*node.args.defaults, *(one for one in node.args.kw_defaults if one is not None)]
        if any(isinstance(one, _MUTABLE) for one in defaults):
            yield node.lineno, f"a default of {node.name} is shared by all its calls"
