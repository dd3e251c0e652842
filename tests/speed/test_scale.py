"""docs/scale.md shows what its arithmetic gives."""

import pytest
from benchmarks import scale

from local_service.environment import ROOT


def test_every_row_of_the_model_stands_in_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    scale.main()

    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    document = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8").splitlines()
    assert len(rows) > 15
    assert set(rows) <= set(document)
