"""Who may do what: roles, and the API keys that carry them."""

from app.access.role import Principal, Role

__all__ = ["Principal", "Role"]
