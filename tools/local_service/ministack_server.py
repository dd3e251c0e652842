"""MiniStack with one gap closed; runs as a plain script in MiniStack's own environment.

The template routes every method of a path to its function, so that the function answers 405 itself. SAM writes that
as ``x-amazon-apigateway-any-method``, which MiniStack 1.5.33 leaves out when it imports an API's definition.
"""

import importlib
from typing import Any

_ANY_METHOD = "x-amazon-apigateway-any-method"


def main() -> None:
    """Serve, as `python -m ministack` does."""
    _import_any_method(importlib.import_module("ministack.services.apigateway_v1"))
    importlib.import_module("ministack.app").main()


def _import_any_method(apigateway: Any) -> None:
    # ANY is a method to MiniStack everywhere else; only the definition's name for it is unknown there.
    import_path_item = apigateway._import_path_item
    apigateway._OPENAPI_HTTP_METHODS.add("any")

    def import_with_any(api_id: str, path: str, path_item: dict[str, Any], *security: Any) -> None:
        named = {"any" if name == _ANY_METHOD else name: operation for name, operation in path_item.items()}
        import_path_item(api_id, path, named, *security)

    apigateway._import_path_item = import_with_any


if __name__ == "__main__":
    main()
