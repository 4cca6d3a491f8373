"""What an agent's own code is, as hashes: an answer is given again only while the code that made it stands as it stood.

Its code are the modules of its function and of its tools, and what these import of the folders agents are imported
from, found by reading `import` statements. Installed packages and Signalbox itself are taken as fixed.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestrator.core.agents import AgentSpec

OURS = "orchestrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A module's file as it was when it was read."""

    stamp: tuple[int, int]
    digest: str
    imports: tuple[str, ...]


class Code:
    """See the module. `folders` are those that workers import from; `since` is when this process began to import."""

    def __init__(self, folders: Sequence[Path], since: float) -> None:
        self._folders, self._since = [folder.resolve() for folder in folders], since
        self._known: dict[Path, _File] = {}

    def of(self, spec: AgentSpec) -> dict[str, str] | None:
        """Return the hash of each file of an agent's code; nothing where it has none of its own.

        None where it is not known what would answer: see `of_targets`.
        """
        return self.of_targets(_targets(spec), is_inline=bool(spec.settings.get("inline")))

    def of_targets(
        self, targets: Iterable[str], *, is_inline: bool, since: float | None = None
    ) -> dict[str, str] | None:
        """Return the hash of each file of the code of some functions, `package.module:function`.

        None where a file can't be read, or has changed since whoever uses it may have imported it: this process, where
        it is used inline, or a child at `since`. Costs a look at each file, and reads those that have changed.
        """
        imported = self._since if is_inline else since
        found: dict[str, str] = {}
        ahead = [target.partition(":")[0] for target in targets]
        while ahead:
            module = ahead.pop()
            for folder, place in self._places(module):
                name = str(place.relative_to(folder))
                if name in found:
                    continue
                try:
                    file = self._read(folder, place)
                except (OSError, ValueError, SyntaxError):
                    return None
                if imported is not None and file.stamp[0] > imported * 1e9:
                    return None
                found[name] = file.digest
                ahead += file.imports
        return found

    def _places(self, module: str) -> Iterator[tuple[Path, Path]]:
        """Find the files that importing a module runs, its own and its packages', each with its folder."""
        parts = module.split(".")
        if parts[0] == OURS:
            return
        for folder in self._folders:
            names = [folder.joinpath(*parts[:end]) for end in range(1, len(parts) + 1)]
            files = [file for name in names for file in (name / "__init__.py", name.with_suffix(".py"))]
            there = [file for file in files if file.is_file()]
            if there:
                yield from ((folder, file) for file in there)
                return

    def _read(self, folder: Path, file: Path) -> _File:
        state = file.stat()
        stamp = (state.st_mtime_ns, state.st_size)
        known = self._known.get(file)
        if known is None or known.stamp != stamp:
            text = file.read_bytes()
            package = ".".join(file.relative_to(folder).parts[:-1])
            imports = tuple(dict.fromkeys(_imports(ast.parse(text), package)))
            known = _File(stamp=stamp, digest=hashlib.sha256(text).hexdigest(), imports=imports)
            self._known[file] = known
        return known


def _targets(spec: AgentSpec) -> Iterator[str]:
    if isinstance(target := spec.settings.get("target"), str):
        yield target
    yield from (tool.python for tool in spec.tools if tool.python)


def _imports(tree: ast.AST, package: str) -> Iterator[str]:
    """Return the names of all that a module may import; some of them are no modules."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".") if package else []
            above = parts[: len(parts) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{one.name}" if base else one.name for one in node.names)
