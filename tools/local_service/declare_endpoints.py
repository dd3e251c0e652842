"""Copies a built template with the variables declared that `sam local` is to set; runs in SAM's own environment.

    python declare_endpoints.py BUILT LOCAL

`sam local` sets only those variables of a function that the template declares. The deployed functions have no endpoint
to be told, so the template declares none, and a copy of it does.
"""

import sys
from pathlib import Path
from typing import Any

from samcli.yamlhelper import yaml_dump, yaml_parse

VARIABLES = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB")


def main(built: str, local: str) -> None:
    """Write the copy."""
    template: dict[str, Any] = yaml_parse(Path(built).read_text(encoding="utf-8"))
    template["Globals"]["Function"]["Environment"]["Variables"].update(dict.fromkeys(VARIABLES, ""))
    Path(local).write_text(yaml_dump(template), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
