"""The changes of what is deployed that mutmut's operators make, and those that leave out an element of a display."""

from collections.abc import Iterator
from typing import Any

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

from tests.proof.mutant import ROOT, Change

_DISPLAYS = (cst.Tuple, cst.List, cst.Set, cst.Dict)


class _Everything(MutationVisitor):
    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        """mutmut's own runner could not put mutants of decorated functions into place; this one can."""
        return not isinstance(node, cst.FunctionDef) and super()._skip_node_and_children(node)


def changes_of(path: str) -> Iterator[Change]:
    """Every change of a module."""
    source = (ROOT / path).read_text()
    module = cst.parse_module(source)
    wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
    operators = [*mutation_operators, *((kind, _without_an_element) for kind in _DISPLAYS)]
    visitor = _Everything(operators, IgnoredCode(set(), set(), set()))
    wrapper.visit(visitor)
    positions = wrapper.resolve(PositionProvider)
    lines = source.splitlines(keepends=True)
    for mutation in visitor.mutations:
        at = positions[mutation.original_node]
        if isinstance(mutation.original_node, cst.BaseCompoundStatement):
            whole = module.deep_replace(mutation.original_node, mutation.mutated_node)
            text = cst.ensure_type(whole, cst.Module).code
        else:
            start, end = (sum(map(len, lines[: p.line - 1])) + p.column for p in (at.start, at.end))
            text = source[:start] + module.code_for_node(mutation.mutated_node) + source[end:]
        yield Change(at.start.line, _difference(source, text), text)


def _difference(old: str, new: str) -> str:
    """What stands at the place that differs, with a little of what is around it in its lines."""
    old, new = ("\n".join(map(str.strip, text.splitlines())) for text in (old, new))
    start = _shared(old, new)
    rest = _shared(old[start:][::-1], new[start:][::-1])
    before, after = old[:start].rpartition("\n")[2][-40:], old[len(old) - rest :].partition("\n")[0][:20]
    texts = (before + text[start : len(text) - rest] + after for text in (old, new))
    return " -> ".join(" ".join(text.split()) for text in texts)


def _shared(one: str, other: str) -> int:
    """How many characters they begin with are the same."""
    both = zip(one, other, strict=False)
    return next((number for number, (a, b) in enumerate(both) if a != b), min(len(one), len(other)))


def _without_an_element(node: Any) -> Iterator[cst.CSTNode]:
    """What mutmut does not think of: a part that a text or a key is put together from."""
    for left_out in node.elements if len(node.elements) > 1 else ():
        yield node.with_changes(elements=[element for element in node.elements if element is not left_out])
