"""The page's templates: what they are written in, and where they are loaded from."""

from pathlib import Path

from jinja2 import BaseLoader, Environment, FileSystemLoader, ModuleLoader, StrictUndefined

_SOURCES = Path(__file__).parent / "templates"
_COMPILED = Path(__file__).parent / "compiled"


def environment() -> Environment:
    """With autoescape, and with an error for every missing value. Templates compiled beforehand are not read again."""
    return _environment(ModuleLoader(_COMPILED) if _COMPILED.is_dir() else FileSystemLoader(_SOURCES))


def compile_beforehand() -> None:
    """Leaves the templates as Python modules beside their sources; the build of the layer calls this."""
    _environment(FileSystemLoader(_SOURCES)).compile_templates(_COMPILED, zip=None, ignore_errors=False)


def _environment(loader: BaseLoader) -> Environment:
    return Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
