"""Mutants of all that is deployed: the suite, or mypy, must fail on each but the survivors that are named.

``python -m tests.proof.mutants`` tries every mutant of ``functions`` and ``report_shares``: conditions that are removed
or weakened, and what mutmut's operators make. With words after it, it tries only those of modules whose path has one of
them, and with ``--conditions`` only the first sort. It ends with a table of the modules, with the survivors that
``survivors.toml`` does not name, and with those that it names though they are none.

mutmut makes the mutants, but is not let run them: it leaves out decorated functions and what runs at import, one mutant
in five, the AWS clients' time-outs among them. Here a process that has collected the tests forks for each mutant, puts
the mutant's code into the function, and runs the tests that reach it until one fails. What runs at import is tried in
a process that has imported nothing of the service yet and imports the mutant.
"""

import ast
import gc
import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from importlib import import_module
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.proof import condition_mutants, mutmut_mutants
from tests.proof.mutant import PACKAGES, ROOT, Mutant, lines_of, modules, mutants_by

TESTS = (
    *(f"tests/{folder}" for folder in ("rules", "handlers", "store", "page", "openapi", "checks")),
    *(
        f"tests/proof/test_{name}.py"
        for name in ("attack", "aws_requests", "faults", "interleavings", "store_contract")
    ),
    *(f"tests/proof/test_gate_{name}.py" for name in ("faults", "interleavings", "store_contract")),
    *(
        f"tests/tools/test_{name}.py"
        for name in ("apply", "links", "producers", "purge", "runs", "snapshots", "upkeep")
    ),
)
SORTS = (condition_mutants, mutmut_mutants)
_CONDITIONS = "--conditions"
OPTIONS = ("-q", "-s", "--tb=native", "-p", "no:cacheprovider", "--assert=plain", "--hypothesis-seed=0")
CHOICE = ("-m", "not browser and not stack and not speed and not long", "-k", "not engine")
# Of tests for one mutant, those first that are most likely to fail; but for STUCK, seconds of the processor.
SECONDS_AT_FIRST, SECONDS, SECONDS_OF_CONTROLS = 10, 120, 3
STUCK = 120
FIRST_AT_IMPORT = 100  # tests, whose files have to be imported for each mutant
TOOL, _EVENTS = 3, sys.monitoring.events
NOT_RUN, BROKEN, NOT_HERE, KILLED = 2, 3, 4, 10  # how a fork ends; 0 if no test failed
UNCHANGED = ": unchanged"
OURS = ("__main__", "functions", "local_service", "openapi", "report_shares", "sharectl", "tests")
SURVIVORS = Path(__file__).with_name("survivors.toml")
KILLED_BY = ROOT / ".mutants"  # the test that killed each when it was tried last, on this machine: another run is quick
STDOUT = os.dup(1)
KILLERS = os.pipe()  # a line for each fork in which a test failed: its id and the test


# ---- running ---------------------------------------------------------------------------------------------------------


@dataclass
class Seen:
    """What a run of a test showed: its processor seconds, the functions that it reached, what it and they mention.

    ``lines`` has for each file the lines that it reached, as the bits of a number.
    """

    seconds: float
    reached: Collection[str]
    lines: Mapping[str, int]
    mentions: Collection[str]


class Watch:
    """Which functions of the service begin and which of their lines; each is told once until ``again``."""

    def __init__(self) -> None:
        self.reached: set[str] = set()
        self.lines: dict[str, int] = defaultdict(int)
        self.mentioned: set[str] = set()
        sys.monitoring.use_tool_id(TOOL, "mutants")
        sys.monitoring.register_callback(TOOL, _EVENTS.PY_START, self._begins)
        sys.monitoring.register_callback(TOOL, _EVENTS.LINE, self._reaches)
        sys.monitoring.set_events(TOOL, _EVENTS.PY_START)

    def at_import(self) -> set[str]:
        """What began so far; from now on only the functions that there are by now are watched, and their lines too."""
        sys.monitoring.set_events(TOOL, 0)
        for function in _functions():
            for code in _codes(function.__code__):
                sys.monitoring.set_local_events(TOOL, code, _EVENTS.PY_START | _EVENTS.LINE)
        return set(self.reached)

    def _begins(self, code: CodeType, _: int) -> object:
        if place := _place(code):
            self.reached.add(place)
            self.mentioned.update(code.co_names)
        return sys.monitoring.DISABLE

    def _reaches(self, code: CodeType, line: int) -> object:
        self.lines[_path(code)] |= 1 << line
        return sys.monitoring.DISABLE

    def again(self) -> None:
        self.reached.clear()
        self.lines.clear()
        self.mentioned.clear()
        sys.monitoring.restart_events()


def _functions() -> list[FunctionType]:
    """The functions of the service that are in memory; to ask a dead proxy whether it is one raises an error."""
    found = [thing for thing in gc.get_objects() if type(thing) is FunctionType]
    return [function for function in found if _place(function.__code__)]


def _codes(code: CodeType) -> Iterator[CodeType]:
    """It and those inside it."""
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)


def _path(code: CodeType) -> str:
    return code.co_filename.removeprefix(f"{ROOT}/")


def _place(code: CodeType) -> str | None:
    path = _path(code)
    return f"{path}:{code.co_qualname.split('.<locals>')[0]}" if path.startswith(PACKAGES) else None


type Job = tuple[Mutant, Callable[[], int]]  # a mutant and what judges it


class Session:
    """A pytest plugin that does something else with the tests that were collected than running each."""

    def __init__(self, work: Callable[[list[pytest.Item]], int]) -> None:
        self._work = work

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            os._exit(NOT_RUN)
        session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined] # once, not in each fork
        os._exit(self._work(session.items))


def run_pytest(work: Callable[[list[pytest.Item]], int], tests: Iterable[str], scratch: str) -> int:
    """Exits with what ``work`` answers, or comes back if it does not come to that."""
    os.chdir(ROOT)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    os.environ.pop("LONG", None)
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = scratch
    options = [*OPTIONS, *CHOICE, f"--basetemp={scratch}/{os.getpid()}"]
    pytest.main([*options, *tests], plugins=[Session(work)])
    return NOT_RUN


def fails(mutant: Mutant, items: list[pytest.Item], seen: Mapping[str, Seen], seconds: float) -> int:
    """``KILLED`` as soon as a test fails, which is told; 0 if none does in so many seconds.

    Far too long a test ends the process.
    """
    until = time.process_time() + (SECONDS_OF_CONTROLS if mutant.name.endswith(UNCHANGED) else seconds)
    for number, item in enumerate(items):
        signal.setitimer(signal.ITIMER_PROF, 5 + 10 * seen[item.nodeid].seconds)
        signal.alarm(STUCK)
        following = items[number + 1] if number + 1 < len(items) else None
        if any(report.failed for report in runtestprotocol(item, log=False, nextitem=following)):
            os.write(KILLERS[1], f"{os.getpid()} {item.nodeid}\n".encode())
            return KILLED
        if time.process_time() > until:
            return 0
    return 0


class Order:
    """Which tests come first: the one that killed the mutant last time, those that killed another of its function or
    module, then those that mention its name, speak of the same or are quick.
    """

    def __init__(self, seen: Mapping[str, Seen]) -> None:
        self.seen = seen
        self._words = {test: _words(test) for test in seen}
        self._killers: dict[str, dict[str, None]] = defaultdict(dict)
        lines = KILLED_BY.read_text().splitlines() if KILLED_BY.exists() else []
        self._killed_by = dict(line.rsplit("\t", 1) for line in lines)

    def of(self, mutant: Mutant, tests: Iterable[str], mentioning: Collection[str] = ()) -> list[str]:
        last_time = self._killed_by.get(mutant.key, "")
        killers = [last_time, *reversed(self._killers[_place_of(mutant)]), *reversed(self._killers[mutant.path])]
        ranks = {test: number for number, test in enumerate(dict.fromkeys(killers))}
        module, words = _words(Path(mutant.path).stem), _words(mutant.name)

        def order(test: str) -> tuple[int, bool, bool, int, int, float]:
            seen = self.seen[test]
            alike = 3 * len(module & self._words[test]) + len(words & self._words[test])
            rank = ranks.get(test, len(ranks))
            return rank, test not in mentioning, seen.seconds > 1, -alike, len(seen.reached), seen.seconds

        return sorted(tests, key=order)

    def killed(self, mutant: Mutant, test: str) -> None:
        for about in (mutant.path, _place_of(mutant)):
            self._killers[about].pop(test, None)
            self._killers[about][test] = None
        if self._killed_by.get(mutant.key) != test:
            with KILLED_BY.open("a") as file:
                file.write(f"{mutant.key}\t{test}\n")


def _place_of(mutant: Mutant) -> str:
    return f"{mutant.path}:{mutant.function}"


def _words(text: str) -> set[str]:
    """How the words begin that it is put together from, in CamelCase too."""
    return {word[:4].lower() for word in re.findall("[A-Z]?[a-z]{2,}", text)} - {"test", "repo", "shar"}


def observe(items: list[pytest.Item], watch: Watch, scratch: Path) -> None:
    """Runs each test, in forks that take the files in turn, and leaves what was seen of them in files."""
    files = list(dict.fromkeys(item.path for item in items))
    forks = min(os.cpu_count() or 1, len(files))
    parts = [[item for item in items if files.index(item.path) % forks == number] for number in range(forks)]
    jobs = [partial(_leave_seen, scratch / f"seen-{number}", part, watch) for number, part in enumerate(parts)]
    children = [forked(job) for job in jobs]
    statuses = [os.waitpid(child, 0)[1] for child in children]
    if any(statuses):
        raise RuntimeError("the tests fail without any mutant")


def _leave_seen(file: Path, items: list[pytest.Item], watch: Watch) -> int:
    return _leave(file, observed(items, watch))


def observed(items: list[pytest.Item], watch: Watch) -> dict[str, Seen]:
    """Runs each test; what is cached between tests would hide what they reach."""
    caches, seen, file = _caches(), {}, None
    for item, following in zip(items, [*items[1:], None], strict=True):
        for cached in caches:
            if file != item.path or not cached.__module__.endswith("clients"):  # AWS clients are slow to make
                cached.cache_clear()
        file = item.path
        watch.again()
        begun = time.process_time()
        reports = runtestprotocol(item, log=False, nextitem=following)
        if any(report.failed for report in reports):
            os.write(STDOUT, f"{item.nodeid} fails without any mutant\n".encode())
            raise RuntimeError(item.nodeid)
        mentioned = _names(item.function.__code__) | watch.mentioned  # type: ignore[attr-defined]
        seconds = time.process_time() - begun
        seen[item.nodeid] = Seen(seconds, sorted(watch.reached), dict(watch.lines), sorted(mentioned))
    return seen


def _caches() -> list[Any]:
    """What the service has cached with functools."""
    found = [thing for thing in gc.get_objects() if type(thing) is type(cache(len))]
    return [thing for thing in found if str(thing.__module__).startswith(("functions", "report_shares"))]


def _names(code: CodeType) -> set[str]:
    """What code mentions."""
    return {name for one in _codes(code) for name in one.co_names}


def _code(source: CodeType, qualname: str) -> CodeType | None:
    return next((code for code in _codes(source) if code.co_qualname == qualname), None)


def forked(work: Callable[[], int]) -> int:
    child = os.fork()
    if child == 0:
        code = BROKEN
        try:
            resource.setrlimit(resource.RLIMIT_DATA, (4 << 30, 4 << 30))
            code = work()
        finally:
            os._exit(code)
    return child


def side_by_side(jobs: Iterable[Job], order: Order) -> Iterator[tuple[Mutant, int]]:
    """Each job in a fork, as many at once as there are processors, with its exit code."""
    running: dict[int, Job] = {}
    killers: dict[str, str] = {}

    def ended() -> tuple[Mutant, int]:
        nonlocal killers
        child, status, usage = os.wait4(-1, 0)
        (mutant, _), code = running.pop(child), os.waitstatus_to_exitcode(status)
        if code == BROKEN:
            raise RuntimeError(f"the tests could not run on {mutant.key}")
        if mutant.name.endswith(UNCHANGED) and code not in (0, NOT_HERE):
            raise RuntimeError(f"the tests of {mutant.path} fail without any mutant")
        if code == KILLED:
            while str(child) not in killers:
                killers |= dict(line.split(" ", 1) for line in os.read(KILLERS[0], 1 << 16).decode().splitlines())
            order.killed(mutant, killers[str(child)])
        said = {0: "SURVIVED", NOT_HERE: "later", KILLED: "killed"}.get(code, "killed by time or at import")
        os.write(STDOUT, f"{said} in {usage.ru_utime + usage.ru_stime:.1f} s: {mutant.key}\n".encode())
        return mutant, code

    for job in jobs:
        running[forked(job[1])] = job
        if len(running) == (os.cpu_count() or 1):
            yield ended()
    while running:
        yield ended()


def in_two_turns(
    jobs: Callable[[list[Mutant], float], Iterator[Job]], order: Order, mutants: list[Mutant], scratch: Path
) -> dict[str, int]:
    """Verdicts on mutants. Of what survives a few seconds of tests, what mypy takes and nobody has named gets more."""

    def turn(some: list[Mutant], seconds: float) -> dict[str, int]:
        return {mutant.key: code for mutant, code in side_by_side(jobs(some, seconds), order)}

    verdicts = turn(mutants, SECONDS_AT_FIRST)
    left = [one for one in mutants if verdicts.get(one.key) == 0 and not one.name.endswith(UNCHANGED)]
    refused = {mutant.key: KILLED for mutant in left if refused_by_types(mutant, scratch)}
    rest = [mutant for mutant in left if mutant.key not in refused and mutant.key not in named()]
    return verdicts | refused | turn(rest, SECONDS)


# ---- inside functions ------------------------------------------------------------------------------------------------


def try_inside(mutants: list[Mutant], tests: Iterable[str], scratch: Path) -> int:
    """Judges the mutants inside functions, and leaves verdicts and what was seen of the tests in files."""
    watch = Watch()

    def work(items: list[pytest.Item]) -> int:
        for path in modules():
            import_module(_dotted(path))
        gc.unfreeze()  # the service hides from the collector what it has imported
        at_import = watch.at_import()
        observe(items, watch, scratch)
        sys.monitoring.free_tool_id(TOOL)
        foreign = [name for name in sys.modules if name.split(".")[0] not in OURS]
        _leave(scratch / "modules", foreign)
        _warm_up(items)
        order = Order(seen_in(scratch))
        live = defaultdict(list)
        for function in _functions():
            live[_place(function.__code__)].append(function)
        by_id = {item.nodeid: item for item in items}
        gc.freeze()

        def jobs(some: list[Mutant], seconds: float) -> Iterator[Job]:
            for mutant in some:
                place = _place_of(mutant)
                if mutant.function and place in live:
                    chosen = [by_id[test] for test in order.of(mutant, reaching(mutant, place, order.seen))]
                    judge = partial(fails, mutant, chosen, order.seen, seconds)
                    yield mutant, partial(_inside, mutant, live[place], judge, NOT_HERE if place in at_import else 0)

        return _leave(scratch / "verdicts", in_two_turns(jobs, order, mutants, scratch))

    return run_pytest(work, tests, str(scratch))


def reaching(mutant: Mutant, place: str, seen: Mapping[str, Seen]) -> list[str]:
    """The tests that reach the mutant's statement; where it tells no line, as a folded one, those of the function."""
    bits = sum(1 << line for line in _statement(mutant.path, mutant.line))
    found = [test for test, run in seen.items() if run.lines.get(mutant.path, 0) & bits]
    return found or [test for test, run in seen.items() if place in run.reached]


def _statement(path: str, line: int) -> Iterable[int]:
    """The lines of the innermost statement around a line, of one with a body only those of its head."""
    around = [node for node in _statements(path) if node.lineno <= line <= (node.end_lineno or 0)]
    innermost = max(around, key=lambda node: (node.lineno, -(node.end_lineno or 0)))
    if not hasattr(innermost, "body"):
        return range(innermost.lineno, (innermost.end_lineno or 0) + 1)
    head = range(innermost.lineno, innermost.body[0].lineno)
    return head if line in head else [line]


@cache
def _statements(path: str) -> list[ast.stmt]:
    return [node for node in ast.walk(ast.parse((ROOT / path).read_text())) if isinstance(node, ast.stmt)]


def _warm_up(items: list[pytest.Item]) -> None:
    """Runs the first test of each file of one folder, so that what is loaded once is not loaded by each fork."""
    first = {item.path: item for item in reversed(items) if item.nodeid.startswith("tests/handlers")}
    for item in first.values():
        runtestprotocol(item, log=False, nextitem=None)
    for cached in _caches():
        cached.cache_clear()


def _inside(mutant: Mutant, functions: list[FunctionType], judge: Callable[[], int], survives: int) -> int:
    """``survives`` where no test fails: what ran at import too may have left something behind that none can tell."""
    code = _code(compile(mutant.source, ROOT / mutant.path, "exec", dont_inherit=True), mutant.function)
    assert code is not None
    try:
        for function in functions:
            function.__code__ = code
    except ValueError:  # the mutant does without `super()`
        return NOT_HERE
    return judge() or survives


# ---- at import -------------------------------------------------------------------------------------------------------


class Mutated(SourceFileLoader):
    """Loads and finds one module with other source."""

    def __init__(self, mutant: Mutant) -> None:
        super().__init__(_dotted(mutant.path), str(ROOT / mutant.path))
        self._source = mutant.source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._source, self.get_filename(fullname), "exec", dont_inherit=True)

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        return spec_from_file_location(name, self.path, loader=self) if name == self.name else None


def _at_import(mutant: Mutant, tests: list[str], seen: Mapping[str, Seen], seconds: float, scratch: Path) -> int:
    order = {test: number for number, test in enumerate(tests)}

    def work(items: list[pytest.Item]) -> int:
        chosen = [item for item in items if item.nodeid in order]
        return fails(mutant, sorted(chosen, key=lambda item: order[item.nodeid]), seen, seconds)

    sys.meta_path.insert(0, Mutated(mutant))
    return run_pytest(work, dict.fromkeys(test.split("::")[0] for test in tests), str(scratch))


def tests_at_import(mutant: Mutant, order: Order) -> list[str]:
    """Those that mention what the mutant's statement defines or run something that does, and those of its module."""
    (statement,) = [node for node in ast.parse(mutant.source).body if mutant.line in lines_of(node)] or [ast.Pass()]
    names = {getattr(statement, "name", "")}.union(
        node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    )
    mentioning = {test for test, run in order.seen.items() if not names.isdisjoint(run.mentions)}
    reaching = {test for test, run in order.seen.items() if mutant.path in run.lines}
    chosen = mentioning | reaching
    chosen = chosen | {test for test in order.seen if test.startswith("tests/openapi")} if chosen else {*order.seen}
    return order.of(mutant, chosen, mentioning)


# ---- the whole -------------------------------------------------------------------------------------------------------


def _dotted(path: str) -> str:
    return path.removeprefix("layers/domain/").removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def _leave(file: Path, value: object) -> int:
    file.write_text(json.dumps(value, default=asdict))
    return 0


def seen_in(scratch: Path) -> dict[str, Seen]:
    return {
        test: Seen(run["seconds"], set(run["reached"]), run["lines"], set(run["mentions"]))
        for file in sorted(scratch.glob("seen-*"))
        for test, run in json.loads(file.read_text()).items()
    }


def verdicts_on(mutants: list[Mutant], tests: Iterable[str] = TESTS) -> dict[str, bool]:
    """Whether each was killed. Of each module one that changes nothing is tried inside a function, one at import."""
    named()  # read once, not in each fork
    ones = {(mutant.path, bool(mutant.function)): mutant for mutant in mutants}.values()
    unchanged = [replace(one, name=one.function + UNCHANGED, source=(ROOT / one.path).read_text()) for one in ones]
    sys.dont_write_bytecode = False  # what is compiled for one mutant serves the next, in a place of its own
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        sys.pycache_prefix = f"{folder}/bytecode"
        if os.waitpid(forked(lambda: try_inside([*unchanged, *mutants], tests, scratch)), 0)[1]:
            raise RuntimeError("the tests could not run")
        verdicts = json.loads((scratch / "verdicts").read_text())
        for name in json.loads((scratch / "modules").read_text()):
            with suppress(ImportError):
                import_module(name)
        order = Order(seen_in(scratch))
        rest = [mutant for mutant in (*unchanged, *mutants) if verdicts.get(mutant.key, NOT_HERE) == NOT_HERE]

        def jobs(some: list[Mutant], seconds: float) -> Iterator[Job]:
            for mutant in some:
                tests = tests_at_import(mutant, order)
                if chosen := tests[:FIRST_AT_IMPORT] if seconds == SECONDS_AT_FIRST else tests:
                    yield mutant, partial(_at_import, mutant, chosen, order.seen, seconds, scratch)

        verdicts |= in_two_turns(jobs, order, rest, scratch)
        return {mutant.key: verdicts[mutant.key] != 0 for mutant in mutants}


def refused_by_types(mutant: Mutant, scratch: Path) -> bool:
    """Whether mypy, which `make lint` runs, finds fault with a mutant on which no test fails."""
    shadow = scratch / "mutant.py"
    shadow.write_text(mutant.source)
    options = ["--no-error-summary", "--cache-dir", str(scratch / "types"), "--shadow-file", mutant.path, str(shadow)]
    command = [sys.executable, "-m", "mypy", *options, mutant.path]
    found = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return found.returncode == 1


@cache
def named() -> Mapping[str, str]:
    """The survivors that are known, each with its reason."""
    known = tomllib.loads(SURVIVORS.read_text())
    return {
        f"{path}: {name}": reason
        for path, reasons in known.items()
        for reason, names in reasons.items()
        for name in names
    }


def mutants_of(path: str, sorts: Collection[ModuleType] = SORTS) -> list[Mutant]:
    """Every mutant of a module."""
    return list(mutants_by((change for sort in sorts for change in sort.changes_of(path)), path))


def main(words: list[str]) -> int:
    """0 if the survivors are those that are named."""
    sorts = [condition_mutants] if _CONDITIONS in words else SORTS
    wanted = [word for word in words if word != _CONDITIONS]
    paths = [path for path in modules() if not wanted or any(word in path for word in wanted)]
    verdicts = verdicts_on([mutant for path in paths for mutant in mutants_of(path, sorts)])
    known = named()
    survivors = {key for key, killed in verdicts.items() if not killed}
    stale = sorted(verdicts.keys() & known.keys() - survivors)
    table = ["| module | mutants | killed | survive, with a reason |", "| --- | --- | --- | --- |"]
    for path in paths:
        of_path = [killed for key, killed in verdicts.items() if key.startswith(f"{path}: ")]
        killed = sum(of_path)
        table.append(f"| `{_short(path)}` | {len(of_path)} | {killed} | {len(of_path) - killed} |")
    new = sorted(survivors - known.keys())
    lines = [*table, *(f"survived: {key}" for key in new), *(f"named, but no survivor: {key}" for key in stale)]
    lines.append(f"{len(verdicts) - len(survivors)} of {len(verdicts)} mutants killed, {len(new)} survivors not named")
    os.write(STDOUT, "\n".join([*lines, ""]).encode())
    return 1 if stale or new else 0


def _short(path: str) -> str:
    return path.removeprefix("layers/domain/report_shares/")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
