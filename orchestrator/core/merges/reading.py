"""Reads and checks how a parallel or map puts its results together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orchestrator.core.merges import agent, result
from orchestrator.core.merges.catalogue import STRATEGIES
from orchestrator.core.merges.contract import Merging, Share
from orchestrator.core.merges.places import read_place
from orchestrator.core.outcomes import Json
from orchestrator.core.parse import Reader
from orchestrator.core.shapes import Shape
from orchestrator.core.tree import Tree

PLAIN = ("collect", "structured")
"""One value a branch or item, as it came; `structured` of a map has them under a key of each."""
WORDS = (*PLAIN, *STRATEGIES, agent.HOW)


def read_merge(tree: Tree | None, names: Sequence[str] | None, reader: Reader) -> Merging:
    """Read a word, or an object with `how` and options; `names` are those of the branches, None for a map."""
    if tree is None:
        return Merging()
    fields: Mapping[str, Tree] = tree.value if isinstance(tree.value, dict) else {"how": tree}
    if "how" not in fields:
        reader.wrong(tree, "'merge' needs 'how'", f"write how: {' or '.join(WORDS)}")
        return Merging()
    how = reader.choice(fields["how"], WORDS, "collect")
    if how == agent.HOW:  # as a word, without saying which; with it, it is written out as steps
        reader.wrong(tree, "a merge by agent needs 'agent'", "write {how: agent, agent: NAME}")
        return Merging()
    if how in STRATEGIES:
        return _with_options(how, tree, fields, names, reader)
    key = ("key",) if how == "structured" and names is None else ()
    known = _known(tree, how, key, key, reader)
    return Merging(how=how, options={name: read_place(one, reader) for name, one in known.items()})


def _with_options(
    how: str, tree: Tree, fields: Mapping[str, Tree], names: Sequence[str] | None, reader: Reader
) -> Merging:
    strategy = STRATEGIES[how]
    known = _known(tree, how, strategy.fields, strategy.required, reader)
    return Merging(how=how, options=strategy.read(known, names, reader))


def _known(tree: Tree, how: str, fields: Sequence[str], required: Sequence[str], reader: Reader) -> dict[str, Tree]:
    """Return the options that are written; tell of others, and of those that are missing."""
    what = f"a merge by {how}"
    if isinstance(tree.value, dict):
        found = reader.fields(tree, ("how", *fields), what, required=required)
        return {name: inner for name, inner in found.items() if name != "how"}
    for name in required:
        reader.wrong(tree, f"{what} needs '{name}'", f"write {{how: {how}, {name}: …}}")
    return {}


def check_merge(merge: Merging, shares: Sequence[Share], reader: Reader) -> Shape:
    """Check each share of a merged result, and return its shape."""
    own = STRATEGIES[merge.how].check(merge.options, shares, reader)
    return result.shape(own, [share.shape for share in shares])


def asked(merge: Merging) -> dict[str, Json]:
    """Return what the attempt that merges is told beside whose results they are; nothing for what is just collected."""
    is_told = merge.how in STRATEGIES or merge.options
    return {"merge": {"how": merge.how, **merge.options}} if is_told else {}
