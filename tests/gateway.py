"""API Gateway in front of the public function: which resource of the template a path is, and what it hands over."""

import re
from collections.abc import Mapping, Sequence

from tests.template.template import resource
from tests.world import Json, event

# The most special resource counts: API Gateway tries one with a variable after those without, the greedy one last.
_RESOURCES = sorted(
    {found["Properties"]["Path"] for found in resource("SharedReportFunction")["Events"].values()},
    key=lambda path: (path.count("+"), path.count("{")),
)


def public_event(path: str, method: str = "GET", headers: Mapping[str, Sequence[str]] | None = None) -> Json:
    """What the function gets of a request; the path as it was sent, without its query."""
    matched, parameters = _matched(path)
    values = {name: list(given) for name, given in (headers or {}).items()}
    asked = event("read_shared_page") | {
        "resource": matched,
        "path": path,
        "httpMethod": method,
        "headers": {name: given[-1] for name, given in values.items()},
        "multiValueHeaders": values,
        "pathParameters": parameters,
    }
    asked["requestContext"] |= {"path": f"/dev{path}", "resourcePath": matched, "httpMethod": method}
    return asked


def _matched(path: str) -> tuple[str, dict[str, str] | None]:
    """API Gateway passes over a slash at the end."""
    for template in _RESOURCES:
        pattern = re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", template).replace("{proxy+}", "(?P<proxy>.+)")
        if found := re.fullmatch(pattern, path.removesuffix("/"), re.DOTALL) or re.fullmatch(pattern, path, re.DOTALL):
            return template, found.groupdict() or None
    raise LookupError(f"no resource for {path}")
