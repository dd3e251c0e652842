"""Mutants: the service with one condition removed or weakened; the suite must fail on each of them.

``python -m tests.proof.mutants`` makes every mutant of the catalogue in a copy of the tree, runs the tests that watch
over the mutated module, and reports the score; with words behind it, only mutants whose description has one of them.
A mutant that no test fails on has survived, and is either a gap in the suite or one of ``EQUIVALENT``, which says why
it behaves like the original.
"""

import ast
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECONDS_AT_MOST = 240
_BROKEN = 99
_WITHOUT_CONTROLS = "--without-controls"

_INTERLEAVINGS = "tests/proof/test_interleavings.py"
_TRIES, _GATE_CONTRACT = "tests/proof/test_gate_interleavings.py", "tests/proof/test_gate_store_contract.py"
_STORE_CONTRACT = "tests/proof/test_store_contract.py"
_AWS_REQUESTS = "tests/proof/test_aws_requests.py"
_FAULTS = "tests/proof/test_faults.py"
_ATTACK = "tests/proof/test_attack.py"
_R, _H = "tests/rules", "tests/handlers"
_REFUSALS, _IDEMPOTENCY = f"{_H}/test_refusals.py", f"{_H}/test_idempotency.py"
_CREATE, _MANAGE, _READ = (f"{_H}/test_{name}.py" for name in ("create_share", "manage_shares", "read_shared_report"))
_PAGE, _SECRETS, _ROLL_UP = (f"{_H}/test_{name}.py" for name in ("shared_page", "token_secrets", "roll_up"))
_METRICS, _LOGS = f"{_H}/test_metrics.py", f"{_H}/test_logs.py"
_KEYS = "tests/store/test_key_table.py"
_NAMES, _LIVE, _RECIPIENTS = f"{_H}/test_names.py", f"{_H}/test_live.py", f"{_R}/test_recipients.py"
_LINKS = f"{_H}/test_links.py"
_GATE, _VIEWS, _HOSTS, _PASSWORDS = (f"{_H}/test_{name}.py" for name in ("gate", "views", "hosts", "passwords"))
_TABLES = "tests/store/test_gate_and_view_tables.py"
_ODD, _UPKEEP = f"{_H}/test_odd_run_files.py", "tests/tools/test_upkeep.py"

# The mutated modules, each with the tests that watch over it, those first that are likely to notice.
WATCHED: dict[str, tuple[str, ...]] = {
    "rules/access.py": ("tests/rules/test_access.py", _REFUSALS, _MANAGE),
    "rules/shares.py": (f"{_R}/test_shares.py", _NAMES, _LIVE, _READ, _INTERLEAVINGS, _CREATE, _MANAGE, _UPKEEP),
    "rules/recipients.py": (_RECIPIENTS, _NAMES),
    "rules/tokens.py": ("tests/rules/test_tokens.py", _ATTACK, _SECRETS),
    "rules/token_secrets.py": ("tests/rules/test_token_secrets.py", _SECRETS),
    "rules/links.py": (f"{_R}/test_links.py", _LINKS, _ATTACK),
    "rules/gate.py": (f"{_R}/test_gate.py", _GATE, _TRIES),
    "rules/passes.py": (f"{_R}/test_passes.py", _GATE),
    "rules/passwords.py": (f"{_R}/test_passwords.py", _PASSWORDS),
    "rules/catalog.py": (_HOSTS,),
    "contract/passwords.py": (_PASSWORDS,),
    "rules/rate_limit.py": ("tests/rules/test_rate_limit.py", _REFUSALS),
    "rules/idempotency.py": (_IDEMPOTENCY,),
    "rules/run_files.py": (f"{_R}/test_run_files.py", "tests/store/test_roll_up_table.py", _ROLL_UP),
    "rules/roll_up.py": (f"{_R}/test_roll_up.py", f"{_R}/test_bounds.py", f"{_R}/test_snapshot.py", _ODD),
    "rules/names.py": (f"{_R}/test_names.py", f"{_R}/test_text.py"),
    "rules/pages.py": (f"{_R}/test_pages.py",),
    "rules/platforms.py": (f"{_R}/test_platforms.py",),
    "hosts.py": (f"{_R}/test_hosts.py", f"{_R}/test_pages.py"),
    "rules/frozen_snapshot.py": ("tests/rules/test_frozen_snapshot.py", _READ),
    "use_cases/authenticate.py": (_KEYS, _REFUSALS, _ATTACK, _MANAGE),
    "use_cases/create_share.py": (_CREATE, _NAMES, _LIVE, _INTERLEAVINGS, _SECRETS, _READ, _METRICS),
    "use_cases/manage_shares.py": (_MANAGE, _NAMES, _LIVE, _METRICS, _INTERLEAVINGS, _SECRETS, _READ),
    "use_cases/share_changes.py": (_IDEMPOTENCY, _NAMES, _MANAGE, _SECRETS, _INTERLEAVINGS, _METRICS, _FAULTS),
    "use_cases/withdraw_share.py": (_UPKEEP,),
    "use_cases/restore_share.py": (_UPKEEP,),
    "use_cases/read_shared_report.py": (_READ, _LIVE, _GATE, _HOSTS, _SECRETS, _PAGE, _VIEWS, _FAULTS),
    "use_cases/try_password.py": (_TRIES, _GATE, "tests/proof/test_gate_faults.py"),
    "use_cases/count_view.py": (_VIEWS,),
    "use_cases/link_base.py": (_HOSTS,),
    "use_cases/roll_up_runs.py": (_ROLL_UP, _ODD, _FAULTS, _UPKEEP),
    "store/share_table.py": (_STORE_CONTRACT, _IDEMPOTENCY, _AWS_REQUESTS, _FAULTS),
    "store/batch_read.py": (_READ, _NAMES, _FAULTS),
    "store/key_table.py": (_KEYS, _REFUSALS, _AWS_REQUESTS),
    "store/gate_table.py": (_TABLES, _GATE_CONTRACT, _GATE, "tests/proof/test_gate_faults.py"),
    "store/view_table.py": (_TABLES, _VIEWS),
    "store/conditional_update.py": (_GATE, _VIEWS, "tests/proof/test_gate_faults.py"),
    "store/roll_up_table.py": ("tests/store/test_roll_up_table.py", _ROLL_UP, _AWS_REQUESTS, _FAULTS),
    "store/report_table.py": (_READ, _LIVE, _AWS_REQUESTS),
    "store/aws_errors.py": (_AWS_REQUESTS, _FAULTS, _ROLL_UP),
    "store/token_secrets.py": ("tests/store/test_token_secrets.py", _SECRETS, _FAULTS),
    "store/items.py": ("tests/store/test_items.py", _STORE_CONTRACT, _AWS_REQUESTS, _CREATE, _ROLL_UP),
    "store/clients.py": (_FAULTS,),
    "api/error_responses.py": (_REFUSALS, _CREATE, _IDEMPOTENCY),
    "api/headers.py": (_REFUSALS, _ATTACK, _IDEMPOTENCY),
    "api/parameters.py": (_REFUSALS, _MANAGE, _IDEMPOTENCY),
    "api/share_password.py": (_GATE,),
    "api/public_url.py": (_HOSTS, _CREATE),
    "api/request_body.py": (_REFUSALS, _CREATE),
    "api/rest_api.py": (_REFUSALS, _LOGS, _METRICS, _CREATE, _MANAGE, _PAGE, _LINKS, _ATTACK),
    "api/settings.py": (f"{_H}/test_settings.py",),
    "contract/requests.py": (_NAMES, _REFUSALS, _CREATE, _LIVE),
    "api/share_responses.py": (_CREATE, _IDEMPOTENCY, _MANAGE),
    "functions/share_api/app.py": (_REFUSALS, _CREATE, _MANAGE, _NAMES, _LIVE, _IDEMPOTENCY, _METRICS, _LOGS),
    "functions/shared_report/app.py": (_READ, _PAGE, _LINKS, _REFUSALS, _GATE, _VIEWS),
}


def path_of(module: str) -> str:
    """Where in the repository a watched module is."""
    return module if module.startswith("functions/") else f"layers/domain/report_shares/{module}"


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
class Mutant:
    """One change of one module's text: what stands at ``start`` to ``end`` becomes ``text``."""

    module: str
    line: int
    start: int
    end: int
    text: str
    was: str
    operator: str
    function: str

    @property
    def name(self) -> str:
        """Where and what, without line numbers, which move."""
        return f"{self.module}: {self.function}: {self.operator}: {_short(self.was)} -> {_short(self.text)}"

    def applied(self, source: str) -> str:
        return source[: self.start] + self.text + source[self.end :]


def _short(text: str) -> str:
    return " ".join(text.split())


class _Source:
    def __init__(self, module: str) -> None:
        self.module = module
        self.text = (ROOT / path_of(module)).read_text()
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

    def mutant(self, node: ast.expr, text: str, operator: str) -> Mutant:
        start, end = self.span(node)
        return self.cut(start, end, text, operator)

    def cut(self, start: int, end: int, text: str, operator: str) -> Mutant:
        line = self.text.count("\n", 0, start) + 1
        return Mutant(self.module, line, start, end, text, self.text[start:end], operator, self._function_at(line))

    def _function_at(self, line: int) -> str:
        """The innermost function around a line."""
        around = [
            node
            for node in ast.walk(self.tree)
            if isinstance(node, ast.FunctionDef) and node.lineno <= line <= (node.end_lineno or 0)
        ]
        return max(around, key=lambda node: node.lineno).name if around else "module"


def catalogue() -> list[Mutant]:
    """Every mutant there is, module by module."""
    return [mutant for module in WATCHED for mutant in mutants_of(module)]


def mutants_of(module: str) -> list[Mutant]:
    source = _Source(module)
    found: dict[tuple[int, int, str], Mutant] = {}
    for node in ast.walk(source.tree):
        for mutant in _of_node(source, node):
            found.setdefault((mutant.start, mutant.end, mutant.text), mutant)
    return sorted(found.values(), key=lambda mutant: (mutant.start, mutant.text))


def _of_node(source: _Source, node: ast.AST) -> Iterator[Mutant]:
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr():
            yield from _clauses(source, node)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            text = f"{source.of(left)} {_SWAPPED[type(op)]} {source.of(right)}"
            yield source.mutant(node, f"({text})", "comparison")
        case ast.Compare(left=left, ops=[first, second], comparators=[middle, right]):
            for one, other in ((_SWAPPED[type(first)], None), (None, _SWAPPED[type(second)])):
                signs = [one or _sign(first), other or _sign(second)]
                text = f"({source.of(left)} {signs[0]} {source.of(middle)} {signs[1]} {source.of(right)})"
                yield source.mutant(node, text, "comparison")
        case ast.BoolOp(values=[*_, ast.Dict() | ast.Constant()]):
            return  # a value to fall back on, no condition
        case ast.BoolOp(op=op, values=values):
            word = " and " if isinstance(op, ast.And) else " or "
            for dropped in values:
                kept = [f"({source.of(value)})" for value in values if value is not dropped]
                yield source.mutant(node, f"({word.join(kept)})", "dropped clause")
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield source.mutant(node, f"({source.of(operand)})", "not")
        case ast.If(test=test, body=[ast.Raise() | ast.Return(), *_]):
            yield source.mutant(test, "False", "dropped guard")
        case _:
            yield from _of_names(source, node)


def _of_names(source: _Source, node: ast.AST) -> Iterator[Mutant]:
    match node:
        case ast.Call(func=ast.Attribute(attr="compare_digest")):
            yield source.mutant(node, "True", "token check")
        case ast.Call(func=ast.Attribute(attr="require" | "admitted_to" | "check"), args=arguments):
            yield from _swapped_names(source, arguments)
        case ast.Call(func=ast.Attribute(attr="join"), args=[ast.Tuple(elts=parts)]):
            for part in parts:
                yield source.mutant(part, '""', "dropped part")
        case ast.Call(func=ast.Name(id="max" | "min" as name) as function):
            yield source.mutant(function, _OTHER_END[name], "other end")
        case ast.keyword(arg="ConsistentRead", value=ast.Constant(value=True) as asked):
            yield source.mutant(asked, "False", "consistent read")
        case ast.Dict(keys=[*_, ast.Constant(value="ConsistentRead")], values=[*_, asked]):
            yield source.mutant(asked, "False", "consistent read")
        case ast.Set(elts=[_, _, *_] as elements):
            for element in elements:
                yield source.mutant(element, repr("nothing like that"), "dropped code")
        case _:
            yield from _of_exceptions(source, node)


def _of_exceptions(source: _Source, node: ast.AST) -> Iterator[Mutant]:
    match node:
        case (
            ast.ExceptHandler(type=ast.Tuple(elts=elements))
            | ast.Call(func=ast.Attribute(attr="retry_if_exception_type"), args=[ast.Tuple(elts=elements)])
        ):
            for element in elements:
                yield source.mutant(element, "ZeroDivisionError", "dropped exception")


def _swapped_names(source: _Source, arguments: list[ast.expr]) -> Iterator[Mutant]:
    for argument in arguments:
        if isinstance(argument, ast.Name) and argument.id in _OTHER_SCOPE:
            yield source.mutant(argument, _OTHER_SCOPE[argument.id], "other scope")


def _sign(op: ast.cmpop) -> str:
    return {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}[type(op)]


def _clauses(source: _Source, node: ast.expr) -> Iterator[Mutant]:
    start, end = source.span(node)
    text = source.text[start:end]
    if text.lstrip('frb"(').lstrip().startswith(("SET", "REMOVE", '"""')) or '"""' in text:
        return
    for clause in _CLAUSE.finditer(text):
        at, until = start + clause.start(), start + clause.end()
        path = clause["path"]
        if path:
            yield source.cut(
                at, until, f"(attribute_exists({path}) OR attribute_not_exists({path}))", "condition that always holds"
            )
            continue
        left, operator, right = clause["left"], clause["operator"], clause["right"]
        bare = left.removeprefix("size(").removesuffix(")")
        always = f"(attribute_exists({bare}) OR attribute_not_exists({bare}) OR {left} {operator} {right})"
        yield source.cut(at, until, always, "condition that always holds")
        if operator in _EDGES:
            yield source.cut(at, until, f"{left} {_EDGES[operator]} {right}", "condition at its edge")


# ---- running ---------------------------------------------------------------------------------------------------------

# Behaves like the original, for the reason given. Named by Mutant.name.
_FEW, _BYTES = "min(most, max_bytes // _MAX_ROW_BYTES)", "sum(_text_bytes(key, row) for key, row in rows.items())"

_SHORT, _KEPT = "len(text) <= MAX_NAME_LENGTH", "_LONGEST_REMEMBERED"
_NOWHERE, _HOST = "rules/pages.py: _domain_that_leads_nowhere", "hosts.py: ascii_host"
_LEADS_ON = "domain is None or host in _HIDING_HOSTS or _redirectors_of(domain)"
_MISSING = "web is None or parts is None or host is None"

EQUIVALENT: dict[str, str] = {
    "use_cases/roll_up_runs.py: find_subject: dropped clause: schedule and brand -> ((brand))": (
        "a schedule that is not there has no brand; the clause tells the type checker"
    ),
    "use_cases/share_changes.py: _replayed: dropped clause: key is None or secret is None or key.fingerprint(secret)"
    " != record.fingerprint -> ((secret is None) or (key.fingerprint(secret) != record.fingerprint))": (
        "a record is met only where there is a key; the clause tells the type checker"
    ),
    **{
        f'use_cases/share_changes.py: {method}: other scope: WRITE_SCHEDULED -> "read:scheduled"': (
            "the key is the same all the time, and the other of the two methods asks for its scope too"
        )
        for method in ("make", "_attempt")
    },
    "rules/run_files.py: _integer: comparison: len(digits) <= _LONGEST_INTEGER -> (len(digits) < _LONGEST_INTEGER)": (
        "no number that is read may have so many digits"
    ),
    "rules/roll_up.py: _bound: comparison: sum(len(prompt.platforms) for prompt in self.prompts.values()) > MAX_CELLS"
    " -> (sum(len(prompt.platforms) for prompt in self.prompts.values()) >= MAX_CELLS)": (
        "with exactly so many only cells go whose platform is told apart no more, and those show nowhere"
    ),
    **dict.fromkeys(
        (
            f"rules/roll_up.py: _keep_most: {mutant}"
            for mutant in (
                f"comparison: len(rows) <= {_FEW} -> (len(rows) < {_FEW})",
                f"dropped guard: len(rows) <= {_FEW} -> False",
                "comparison: len(rows) <= most -> (len(rows) < most)",
                f"dropped guard: len(rows) <= most and {_BYTES} <= max_bytes -> False",
                f"comparison: {_BYTES} <= max_bytes -> ({_BYTES} < max_bytes)",
            )
        ),
        "only saves sorting rows that all stay",
    ),
    **dict.fromkeys(
        (
            f"rules/names.py: clean_name: comparison: {_SHORT} -> (len(text) < MAX_NAME_LENGTH)",
            f'rules/names.py: clean_name: dropped guard: {_SHORT} and text[:1] not in ("*", "_") -> False',
            "rules/names.py: _comparable: dropped guard: name.isascii() -> False",
            "rules/pages.py: _source: comparison: len(url) <= MAX_ADDRESS_LENGTH -> (len(url) < MAX_ADDRESS_LENGTH)",
            "rules/pages.py: _source: dropped guard: domain -> False",
            f"{_NOWHERE}: dropped clause: {_LEADS_ON} -> ((domain is None) or (_redirectors_of(domain)))",
            f"{_NOWHERE}: comparison: host in _HIDING_HOSTS -> (host not in _HIDING_HOSTS)",
            f"{_HOST}: dropped guard: _PLAIN.fullmatch(host) and len(host) <= _MAX_HOST_LENGTH -> False",
            f"{_HOST}: comparison: len(host) <= _MAX_HOST_LENGTH -> (len(host) < _MAX_HOST_LENGTH)",
            "hosts.py: _mapped: dropped guard: max(map(len, labels)) > _MAX_LABEL_LENGTH -> False",
            "hosts.py: _mapped: other end: max -> min",
        ),
        "the long way, which the short one only saves, ends at the same",
    ),
    **dict.fromkeys(
        (
            f"rules/{module}: {function}: comparison: len({text}) <= {_KEPT} -> (len({text}) < {_KEPT})"
            for module, function, text in (
                ("names.py", "clean_name", "text"),
                ("names.py", "name_key", "text"),
                ("pages.py", "cited_source", "url"),
            )
        ),
        "it is only remembered or not",
    ),
    **dict.fromkeys(
        (
            f"rules/pages.py: _parsed: dropped clause: {_MISSING} -> (({one} is None) or (host is None))"
            for one in ("parts", "web")
        ),
        "where one of the others is missing, so is the host; the clauses tell the type checker",
    ),
    "api/share_responses.py: share_response: dropped guard: outcome.link is None -> False": (
        "it is called for changes that leave a share; the guard tells the type checker"
    ),
}


@dataclass(frozen=True)
class Verdict:
    mutant: Mutant
    killed: bool
    seconds: float


def judged(mutants: list[Mutant]) -> Iterator[Verdict]:
    """Runs the tests on each mutant, as many at once as there are processors; in the order in which they end.

    Each run is a fork of this process, which has made the heavy imports, none of ours, and no threads.
    """
    for name in _HEAVY:
        import_module(name)
    left = list(reversed(mutants))
    with tempfile.TemporaryDirectory() as scratch:
        free = [_copy(Path(scratch) / str(number)) for number in range(os.cpu_count() or 1)]
        running: dict[int, Run] = {}
        while left or running:
            while left and free:
                run = Run(left.pop(), free.pop())
                running[run.begun()] = run
            for child, run in list(running.items()):
                killed = run.outcome(child)
                if killed is not None:
                    del running[child]
                    free.append(run.place)
                    yield Verdict(run.mutant, killed, time.monotonic() - run.started)
            time.sleep(0.02)


def unchanged(module: str) -> Mutant:
    """No mutant: the tests have to pass on it, or the verdicts on the others mean nothing."""
    return Mutant(module, 0, 0, 0, "", "", "unchanged", "module")


class Run:
    """The tests of one mutant, in a copy of the tree."""

    def __init__(self, mutant: Mutant, place: Path) -> None:
        self.mutant = mutant
        self.place = place
        self.started = time.monotonic()
        self.tests = list(WATCHED[mutant.module])
        self._file = place / path_of(mutant.module)
        self._original = (ROOT / path_of(mutant.module)).read_text()

    def begun(self) -> int:
        """The process that runs them."""
        self._file.write_text(self.mutant.applied(self._original))
        child = os.fork()
        if child == 0:
            try:
                _run_tests(self.place, self.tests)
            finally:
                os._exit(_BROKEN)
        return child

    def outcome(self, child: int) -> bool | None:
        """Whether a test failed, or they took too long; None while they run."""
        done, status = os.waitpid(child, os.WNOHANG)
        if not done and time.monotonic() - self.started < SECONDS_AT_MOST:
            return None
        if not done:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        self._file.write_text(self._original)
        code = os.waitstatus_to_exitcode(status) if done else 1
        if code == _BROKEN:
            raise RuntimeError(f"the tests could not run on {self.mutant.name}")
        return code != 0


_HEAVY = (
    "boto3",
    "moto",
    "moto.dynamodb.responses",
    "moto.s3.responses",
    "moto.secretsmanager.responses",
    "moto.sqs.responses",
    "hypothesis",
    "hypothesis.strategies",
    "tenacity",
    "pydantic",
    "jinja2",
    "aws_lambda_powertools",
)


def _copy(place: Path) -> Path:
    for part in ("layers", "functions", "tests", "events", "tools"):
        shutil.copytree(ROOT / part, place / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "template.yaml"):
        shutil.copy(ROOT / name, place / name)
    return place


def _run_tests(place: Path, tests: list[str]) -> None:
    os.chdir(place)
    os.environ.pop("LONG", None)  # the quick forms judge
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    sys.dont_write_bytecode = True
    ours = ("tests", "report_shares", "functions", "sharectl", "local_service")
    for name in [name for name in sys.modules if name.split(".")[0] in ours]:
        del sys.modules[name]
    sys.path[:] = [str(place), str(place / "layers/domain"), str(place / "tools")] + [
        entry for entry in sys.path if not entry or not Path(entry).resolve().is_relative_to(ROOT) or ".venv" in entry
    ]
    options = ["-x", "-q", "-p", "no:cacheprovider", "-k", "not engine", "--rootdir", str(place)]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    os._exit(int(pytest.main([*options, *tests])))


def main(words: list[str]) -> int:
    """``--without-controls`` leaves out the runs that show that the tests pass without a mutant."""
    wanted = [word for word in words if word != _WITHOUT_CONTROLS]
    chosen = [mutant for mutant in catalogue() if not wanted or any(word in mutant.name for word in wanted)]
    chosen = [mutant for mutant in chosen if mutant.name not in EQUIVALENT]
    watched = dict.fromkeys(mutant.module for mutant in chosen) if _WITHOUT_CONTROLS not in words else {}
    controls = [unchanged(module) for module in watched]
    survivors, failures = [], []
    for told, verdict in enumerate(judged(controls + chosen), 1):
        mutant = verdict.mutant
        if mutant.operator == "unchanged":
            word = "FAILS" if verdict.killed else "passes"
            failures += [mutant.module] if verdict.killed else []
        else:
            word = "killed" if verdict.killed else "SURVIVED"
            survivors += [] if verdict.killed else [mutant]
        sys.stdout.write(f"{told}/{len(controls) + len(chosen)} {word} in {verdict.seconds:.0f} s: {mutant.name}\n")
        sys.stdout.flush()
    for survivor in survivors:
        sys.stdout.write(f"survived: {survivor.name} (line {survivor.line})\n")
    for module in failures:
        sys.stdout.write(f"the tests of {module} fail without any mutant\n")
    sys.stdout.write(
        f"{len(chosen) - len(survivors)} of {len(chosen)} mutants killed;"
        f" {len(EQUIVALENT)} more are equivalent to the original\n"
    )
    return 1 if survivors or failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
