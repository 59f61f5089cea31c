"""JSON that is text already; known without the database, since processes that screen load none of it."""


class JsonString(str):
    """JSON that is written already, in the compact form of the database."""

    __slots__ = ()
