"""Who is at work: the name that goes into records of what was made and decided."""

from __future__ import annotations

import getpass
import os


def current_user() -> str:
    """`NEXTCALL_USER`, else the name of the logged-in user, else `unknown` (a container without a user entry)."""
    try:
        return os.environ.get("NEXTCALL_USER") or getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
