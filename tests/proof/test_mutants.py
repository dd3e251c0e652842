"""No mutant of the service survives the suite, but those that ``survivors.toml`` names."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.proof import condition_mutants, mutants, mutmut_mutants
from tests.proof.mutant import ROOT, modules
from tests.proof.mutants import Seen, mutants_of, named, refused_by_types

RULES = "layers/domain/report_shares/rules"
TOKENS, KEY_TABLE = f"{RULES}/tokens.py", "layers/domain/report_shares/store/key_table.py"
# In a process without threads, since it forks.
JUDGED = """import json, os, sys
from tests.proof.mutants import STDOUT, mutants_of, verdicts_on
keys, tests = json.loads(sys.argv[1])
mutants = [mutant for path in {key.split(": ")[0] for key in keys} for mutant in mutants_of(path)]
verdicts = verdicts_on([mutant for mutant in mutants if mutant.key in keys], tests)
os.write(STDOUT, json.dumps(verdicts).encode())
"""


def names_of(path: str) -> list[str]:
    return [mutant.name for mutant in mutants_of(path)]


def only(path: str, words: str) -> str:
    (key,) = [mutant.key for mutant in mutants_of(path) if words in mutant.name]
    return key


def test_mutants_are_killed_by_tests_that_notice_them_and_survive_others() -> None:
    at_the_edge = only(TOKENS, "-> (0 < key_id <= MAX_KEY_ID)")
    at_import = only(TOKENS, "_MAC_BYTES = 21 -> _MAC_BYTES = 22")
    elsewhere = only(KEY_TABLE, "times[0] <= :window_ago -> times[0] < :window_ago")
    chosen = json.dumps([[at_the_edge, at_import, elsewhere], ["tests/rules/test_tokens.py"]])

    run = subprocess.run([sys.executable, "-c", JUDGED, chosen], cwd=ROOT, capture_output=True, text=True, check=True)

    verdicts = json.loads(run.stdout.splitlines()[-1])
    assert verdicts == {at_the_edge: True, at_import: True, elsewhere: False}


def test_what_killed_a_mutant_last_time_is_tried_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutants, "KILLED_BY", tmp_path / "killed by")
    mutant = mutants_of(TOKENS)[0]
    seen = {name: Seen(seconds, [], {}, []) for name, seconds in (("quick", 0.1), ("slow", 0.2))}

    mutants.Order(seen).killed(mutant, "slow")

    assert mutants.Order(seen).of(mutant, ["quick", "slow"]) == ["slow", "quick"]


def test_what_mypy_refuses_needs_no_test(tmp_path: Path) -> None:
    (refused,) = [one for one in mutants_of(TOKENS) if "MIN_SECRET_BYTES = 32 -> MIN_SECRET_BYTES = None" in one.name]
    (taken,) = [one for one in mutants_of(TOKENS) if "_MAC_BYTES = 21 -> _MAC_BYTES = 22" in one.name]

    assert refused_by_types(refused, tmp_path)
    assert not refused_by_types(taken, tmp_path)


def test_how_a_codec_is_spelled_makes_no_mutant() -> None:
    spelled = re.compile(r'(code\(|encoding=)"UTF-8"')

    assert not [name for name in names_of(f"{RULES}/pages.py") if spelled.search(name)]


def test_in_which_case_dynamodbs_keywords_are_written_makes_no_mutant() -> None:
    names = names_of("layers/domain/report_shares/store/gate_table.py")

    assert not [name for name in names if '-> update += " remove "' in name]
    assert [name for name in names if '-> update += "XX REMOVE XX"' in name]


def test_what_is_deployed_has_its_mutants_made() -> None:
    (path,) = [path for path in modules() if path.endswith("store/share_table.py")]

    assert len(mutants_of(path)) > 300
    assert len(modules()) > 70


def test_every_mutant_is_another_program_that_compiles() -> None:
    made = mutants_of(TOKENS)

    assert len({mutant.source for mutant in made} | {(ROOT / TOKENS).read_text()}) == len(made) + 1
    assert all(compile(mutant.source, mutant.path, "exec") for mutant in made)


def test_every_sort_of_condition_is_mutated() -> None:
    sorts = {change.words.split(": ")[0] for path in modules() for change in condition_mutants.changes_of(path)}

    assert sorts == {
        "comparison",
        "condition at its edge",
        "condition that always holds",
        "consistent read",
        "dropped clause",
        "dropped code",
        "dropped exception",
        "dropped guard",
        "dropped part",
        "not",
        "other end",
        "other scope",
        "token check",
    }


def test_what_runs_at_import_and_what_is_decorated_is_mutated_too() -> None:
    (clients,) = [path for path in modules() if path.endswith("store/clients.py")]
    names = names_of(clients)

    assert "module: read_timeout=2, -> read_timeout=3," in names
    assert any(name.startswith("dynamodb: ") for name in names)


def test_every_part_of_a_text_that_is_put_together_is_left_out_once() -> None:
    changes = mutmut_mutants.changes_of(f"{RULES}/idempotency.py")

    assert any("(method, body)" in change.words for change in changes)


def test_what_is_said_to_survive_is_a_mutant() -> None:
    known = named()
    made = {mutant.key for path in {key.split(": ")[0] for key in known} for mutant in mutants_of(path)}

    assert sorted(known.keys() - made) == []


@pytest.mark.long
def test_no_mutant_survives_without_a_reason(progress: Callable[[str], None]) -> None:
    command = [sys.executable, "-m", "tests.proof.mutants"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for number, line in enumerate(process.stdout):
            if number % 250 == 0 or line.startswith(("survived", "named")) or "mutants killed" in line:
                progress(line.strip())

    assert process.returncode == 0
