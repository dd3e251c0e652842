"""A change of one place of what is deployed, which some test should notice."""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("functions", "layers/domain/report_shares")
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
_KEYWORDS = re.compile(r"\b(?:ADD|AND|BETWEEN|IN|NOT|OR|REMOVE|SET)\b")


@dataclass(frozen=True)
class Mutant:
    """One change of one module; ``function`` is the qualified name of the function or method that it is inside of."""

    path: str
    function: str
    name: str
    line: int
    source: str

    @property
    def key(self) -> str:
        return f"{self.path}: {self.name}"


def modules() -> list[str]:
    """All that is deployed."""
    files = (file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py")))
    return [str(file.relative_to(ROOT)) for file in files if file.read_text().strip()]


@dataclass(frozen=True)
class Change:
    """Another text for a module, what it changes in words, and the line where."""

    line: int
    words: str
    text: str


def mutants_by(changes: Iterable[Change], path: str) -> Iterator[Mutant]:
    """The mutant of each change, but for those that mean the same as the module or as one before."""
    source = (ROOT / path).read_text()
    tree = ast.parse(source)
    functions, statements = _functions(tree), [lines_of(statement) for statement in tree.body]
    seen = {(lines, _meaning(source, lines, source)) for lines in statements}
    names = Counter[str]()
    for change in changes:
        (around,) = [lines for lines in statements if change.line in lines]
        meaning = (around, _meaning(change.text, around, source))
        if meaning in seen:
            continue
        seen.add(meaning)
        function = next((name for name, body in functions if change.line in body), "")
        name = f"{function or 'module'}: {change.words}"
        names[name] += 1
        count = f" (no. {names[name]})" if names[name] > 1 else ""
        yield Mutant(path, function, name + count, change.line, change.text)


def lines_of(statement: ast.stmt) -> range:
    """Its lines, with those of its decorators."""
    first = min([statement.lineno, *(one.lineno for one in getattr(statement, "decorator_list", []))])
    return range(first, (statement.end_lineno or 0) + 1)


class _Meaning(ast.NodeTransformer):
    """Leaves out casts, which only the type checker reads, and spells in one way what counts in any case.

    Codecs do, and the keywords of DynamoDB's expressions.
    """

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str):
            node.value = _KEYWORDS.sub(lambda keyword: keyword[0].lower(), node.value)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Name("cast"), args=[_, value]):
                return value
            case ast.Call(func=ast.Attribute(attr="encode" | "decode"), args=[ast.Constant(str(codec)) as name, *_]):
                name.value = codec.lower()
        return node

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        match node:
            case ast.keyword(arg="encoding", value=ast.Constant(str(codec)) as name):
                name.value = codec.lower()
        return self.generic_visit(node)


def _meaning(text: str, around: range, source: str) -> str:
    """Equal for texts that mean the same; they are the source but for those lines."""
    lines = text.splitlines()
    after = source.count("\n") - around.stop + 1
    return ast.dump(_Meaning().visit(ast.parse("\n".join(lines[around.start - 1 : len(lines) - after]))))


def _functions(tree: ast.AST, prefix: str = "") -> list[tuple[str, range]]:
    """Functions and methods that are not inside others, with the lines of their bodies."""
    found = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            found.append((prefix + node.name, range(node.body[0].lineno, (node.end_lineno or 0) + 1)))
        elif isinstance(node, ast.ClassDef):
            found += _functions(node, f"{prefix}{node.name}.")
    return found
