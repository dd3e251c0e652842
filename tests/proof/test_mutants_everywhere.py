"""Of what was tried as a whole no mutant survives but those that ``survivors.toml`` names."""

import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.proof.mutants import ROOT
from tests.proof.mutants_everywhere import named, tried
from tests.proof.mutmut_mutants import modules, mutants_of


def test_what_is_deployed_has_its_mutants_made() -> None:
    (path,) = [path for path in modules() if path.endswith("store/share_table.py")]

    assert sum(1 for _ in mutants_of(path)) > 300
    assert len(modules()) > 70


def test_what_runs_at_import_and_what_is_decorated_is_mutated_too() -> None:
    (clients,) = [path for path in modules() if path.endswith("store/clients.py")]
    names = {mutant.name for mutant in mutants_of(clients)}

    assert "module: read_timeout=2, -> read_timeout=3," in names
    assert any(name.startswith("dynamodb: ") for name in names)


def test_every_part_of_a_text_that_is_put_together_is_left_out_once() -> None:
    (idempotency,) = [path for path in modules() if path.endswith("rules/idempotency.py")]
    names = [mutant.name for mutant in mutants_of(idempotency)]

    assert any("(method, body)" in name for name in names)


def test_what_was_tried_as_a_whole_is_deployed() -> None:
    assert set(tried()) <= set(modules())


def test_what_is_said_to_survive_is_a_mutant() -> None:
    known = named()
    made = {mutant.key for path in {key.split(": ")[0] for key in known} for mutant in mutants_of(path)}

    assert known.keys() <= made


@pytest.mark.long
def test_no_mutant_of_what_was_tried_as_a_whole_survives_without_a_reason(progress: Callable[[str], None]) -> None:
    command = [sys.executable, "-m", "tests.proof.mutants_everywhere", *tried()]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for number, line in enumerate(process.stdout):
            if number % 250 == 0 or line.startswith(("survived", "named")) or "mutants killed" in line:
                progress(line.strip())

    assert process.returncode == 0
