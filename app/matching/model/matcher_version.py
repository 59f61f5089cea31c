"""What version of the matcher decided: a hash of its code, tables and numbers."""

from functools import cache

from app.disk_cache import derived
from app.source_digest import digest_of, package_contents

_PACKAGES = ("app.names", "app.matching")


@cache
def matcher_version() -> str:
    """Return the first 12 hex digits of the SHA-256 over what the sources of names and matching do, and their data.

    A mended sentence or a moved file changes no version, so that older decisions stay what they are.
    """
    return derived("matcher_version", _digest)[:12]


def _digest() -> str:
    contents = [item for package in _PACKAGES for item in package_contents(package, (".py", ".tsv", ".json"))]
    sources = [content.decode() for name, content in contents if name.endswith(".py")]
    data = [content for name, content in contents if not name.endswith(".py")]
    return digest_of(sources, data)
