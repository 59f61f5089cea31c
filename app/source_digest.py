"""A digest of what Python sources do: it stays the same when a sentence, the layout or the place of a file changes."""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable


def digest_of(sources: Iterable[str], data: Iterable[bytes] = ()) -> str:
    """Return the SHA-256 (hex) over syntax trees and data files, whatever their order and names.

    Docstrings, comments, formatting and imports do not count.
    The result is the same under every supported version of Python.
    """
    parts = sorted(
        [canonical_code(source).encode() for source in sources] + [content.replace(b"\r\n", b"\n") for content in data]
    )
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{len(part)}\0".encode())
        digest.update(part)
    return digest.hexdigest()


def package_contents(package: str, endings: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of every file of a package whose name has one of the endings."""
    yield from _contents(files(package), package, endings)


def canonical_code(source: str) -> str:
    """Return the syntax tree of a module as text, without docstrings, imports and positions."""
    return "".join(_written(ast.parse(source)))


def _written(node: object) -> Iterator[str]:
    if isinstance(node, ast.AST):
        yield type(node).__name__ + "("
        for name, value in ast.iter_fields(node):
            # Fields that one version of Python has and another has not are empty here.
            if value is None or value == [] or name in {"ctx", "kind", "type_comment"}:
                continue
            yield f"{name}="
            yield from _written(_without_docstring(node, value) if name == "body" else value)
        yield ")"
    elif isinstance(node, list):
        yield "["
        for item in node:
            if not isinstance(item, ast.Import | ast.ImportFrom):
                yield from _written(item)
        yield "]"
    else:
        yield repr(node) + ","


def _without_docstring(node: ast.AST, body: object) -> object:
    """Return a body without its strings that do nothing: docstrings, and those behind an assignment."""
    if not isinstance(body, list) or isinstance(node, ast.Lambda | ast.IfExp):
        return body
    return [item for item in body if not (isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant))]


def _contents(place: Traversable, path: str, endings: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    for item in place.iterdir():
        name = f"{path}/{item.name}"
        if item.is_dir() and item.name != "__pycache__":
            yield from _contents(item, name, endings)
        elif item.name.endswith(endings):
            yield name, item.read_bytes()
