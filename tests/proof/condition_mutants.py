"""Conditions that are removed or weakened, those in DynamoDB's expressions too, which no general tool knows."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.proof.mutant import ROOT, Change

_SWAPPED: dict[type[ast.cmpop], str] = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
}
_OTHER_SCOPE = {"READ_SCHEDULED": '"write:scheduled"', "WRITE_SCHEDULED": '"read:scheduled"'}
_OTHER_END = {"max": "min", "min": "max"}

# Clauses of DynamoDB's condition expressions as they stand in the code.
_CLAUSE = re.compile(
    r"attribute_(?:not_)?exists\((?P<path>[^()]+)\)"
    r"|(?P<left>size\([^()]+\)|[\w.#{}\[\]]+) (?P<operator><=|>=|=|<|>) (?P<right>:[\w{}]+)"
)
_EDGES = {"<=": "<", ">=": ">", "<": "<=", ">": ">="}


@dataclass(frozen=True)
class _Cut:
    """What stands at ``start`` to ``end`` becomes ``text``."""

    start: int
    end: int
    text: str
    sort: str


class _Source:
    def __init__(self, path: str) -> None:
        self.text = (ROOT / path).read_text()
        self.tree = ast.parse(self.text)
        starts = [0]
        for line in self.text.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        self._starts = starts

    def span(self, node: ast.expr | ast.excepthandler) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._at(node.lineno, node.col_offset), self._at(node.end_lineno, node.end_col_offset)

    def _at(self, line: int, column: int) -> int:
        """ast counts columns in bytes."""
        start = self._starts[line - 1]
        text = self.text[start : self._starts[line]]
        return start + len(text.encode()[:column].decode())

    def of(self, node: ast.expr) -> str:
        start, end = self.span(node)
        return self.text[start:end]

    def cut(self, node: ast.expr, text: str, sort: str) -> _Cut:
        return _Cut(*self.span(node), text, sort)

    def change(self, cut: _Cut) -> Change:
        was, text = (" ".join(part.split()) for part in (self.text[cut.start : cut.end], cut.text))
        line = self.text.count("\n", 0, cut.start) + 1
        return Change(line, f"{cut.sort}: {was} -> {text}", self.text[: cut.start] + cut.text + self.text[cut.end :])


def changes_of(path: str) -> list[Change]:
    """Every change of a module, in the order of its text."""
    source = _Source(path)
    found: dict[tuple[int, int, str], _Cut] = {}
    for node in ast.walk(source.tree):
        for cut in _of_node(source, node):
            found.setdefault((cut.start, cut.end, cut.text), cut)
    return [source.change(cut) for _, cut in sorted(found.items())]


def _of_node(source: _Source, node: ast.AST) -> Iterator[_Cut]:
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr():
            yield from _clauses(source, node)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            text = f"{source.of(left)} {_SWAPPED[type(op)]} {source.of(right)}"
            yield source.cut(node, f"({text})", "comparison")
        case ast.Compare(left=left, ops=[first, second], comparators=[middle, right]):
            for one, other in ((_SWAPPED[type(first)], None), (None, _SWAPPED[type(second)])):
                signs = [one or _sign(first), other or _sign(second)]
                text = f"({source.of(left)} {signs[0]} {source.of(middle)} {signs[1]} {source.of(right)})"
                yield source.cut(node, text, "comparison")
        case ast.BoolOp(values=[*_, ast.Dict() | ast.Constant()]):
            return  # a value to fall back on, no condition
        case ast.BoolOp(op=op, values=values):
            word = " and " if isinstance(op, ast.And) else " or "
            for dropped in values:
                kept = [f"({source.of(value)})" for value in values if value is not dropped]
                yield source.cut(node, f"({word.join(kept)})", "dropped clause")
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield source.cut(node, f"({source.of(operand)})", "not")
        case ast.If(test=test, body=[ast.Raise() | ast.Return(), *_]):
            yield source.cut(test, "False", "dropped guard")
        case _:
            yield from _of_names(source, node)


def _of_names(source: _Source, node: ast.AST) -> Iterator[_Cut]:
    match node:
        case ast.Call(func=ast.Attribute(attr="compare_digest")):
            yield source.cut(node, "True", "token check")
        case ast.Call(func=ast.Attribute(attr="require" | "admitted_to" | "check"), args=arguments):
            yield from _swapped_names(source, arguments)
        case ast.Call(func=ast.Attribute(attr="join"), args=[ast.Tuple(elts=parts)]):
            for part in parts:
                yield source.cut(part, '""', "dropped part")
        case ast.Call(func=ast.Name(id="max" | "min" as name) as function):
            yield source.cut(function, _OTHER_END[name], "other end")
        case ast.keyword(arg="ConsistentRead", value=ast.Constant(value=True) as asked):
            yield source.cut(asked, "False", "consistent read")
        case ast.Dict(keys=[*_, ast.Constant(value="ConsistentRead")], values=[*_, asked]):
            yield source.cut(asked, "False", "consistent read")
        case ast.Set(elts=[_, _, *_] as elements):
            for element in elements:
                yield source.cut(element, repr("nothing like that"), "dropped code")
        case _:
            yield from _of_exceptions(source, node)


def _of_exceptions(source: _Source, node: ast.AST) -> Iterator[_Cut]:
    match node:
        case (
            ast.ExceptHandler(type=ast.Tuple(elts=elements))
            | ast.Call(func=ast.Attribute(attr="retry_if_exception_type"), args=[ast.Tuple(elts=elements)])
        ):
            for element in elements:
                yield source.cut(element, "ZeroDivisionError", "dropped exception")


def _swapped_names(source: _Source, arguments: list[ast.expr]) -> Iterator[_Cut]:
    for argument in arguments:
        if isinstance(argument, ast.Name) and argument.id in _OTHER_SCOPE:
            yield source.cut(argument, _OTHER_SCOPE[argument.id], "other scope")


def _sign(op: ast.cmpop) -> str:
    return {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "=="}[type(op)]


def _clauses(source: _Source, node: ast.expr) -> Iterator[_Cut]:
    start, end = source.span(node)
    text = source.text[start:end]
    if text.lstrip('frb"(').lstrip().startswith(("SET", "REMOVE", '"""')) or '"""' in text:
        return
    for clause in _CLAUSE.finditer(text):
        at, until = start + clause.start(), start + clause.end()
        path = clause["path"]
        if path:
            always = f"(attribute_exists({path}) OR attribute_not_exists({path}))"
            yield _Cut(at, until, always, "condition that always holds")
            continue
        left, operator, right = clause["left"], clause["operator"], clause["right"]
        bare = left.removeprefix("size(").removesuffix(")")
        always = f"(attribute_exists({bare}) OR attribute_not_exists({bare}) OR {left} {operator} {right})"
        yield _Cut(at, until, always, "condition that always holds")
        if operator in _EDGES:
            yield _Cut(at, until, f"{left} {_EDGES[operator]} {right}", "condition at its edge")
