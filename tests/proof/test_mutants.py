"""No mutant of the service survives the suite: a sample in the quick form, every one in the long form."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable

import pytest

from tests.proof.mutants import EQUIVALENT, ROOT, catalogue, path_of

# A few whose tests are quick.
SAMPLE = (
    "rules/tokens.py: __post_init__: comparison: 0 <= key_id <= MAX_KEY_ID -> (0 < key_id <= MAX_KEY_ID)",
    "rules/access.py: is_usable: comparison: now < self.expires_at",
    "store/key_table.py: count_request: condition that always holds: times[0] <= :window_ago",
)


def report_of(*words: str, progress: Callable[[str], None] = lambda _: None) -> tuple[int, str]:
    """Exit code and last line of ``python -m tests.proof.mutants``, in a process without threads, since it forks."""
    command = [sys.executable, "-m", "tests.proof.mutants", *words]
    last = ""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for number, line in enumerate(process.stdout, 1):
            last = line.strip()
            if "SURVIVED" in line or "FAILS" in line or number % 25 == 0:
                progress(last)
    return process.returncode, last


def test_every_mutant_is_another_program_that_compiles() -> None:
    for mutant in catalogue():
        source = (ROOT / path_of(mutant.module)).read_text()
        assert mutant.applied(source) != source, mutant.name
        compile(mutant.applied(source), mutant.module, "exec")


def test_every_sort_of_condition_is_mutated() -> None:
    sorts = Counter(mutant.operator for mutant in catalogue())

    assert sorts.keys() >= {
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


def test_what_is_said_to_be_equivalent_is_a_mutant() -> None:
    assert EQUIVALENT.keys() <= {mutant.name for mutant in catalogue()}


def test_the_mutants_of_the_sample_are_killed() -> None:
    code, said = report_of("--without-controls", *SAMPLE)

    assert (code, said.split(";")[0]) == (0, f"{len(SAMPLE)} of {len(SAMPLE)} mutants killed")


@pytest.mark.long
def test_no_mutant_survives(progress: Callable[[str], None]) -> None:
    code, said = report_of(progress=progress)

    progress(said)
    assert code == 0
