"""Plain values as JSON text, as compact as it gets."""

import json


def json_text(value: object) -> str:
    """Raises ``TypeError`` for what is no plain value."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
