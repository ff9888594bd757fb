"""Who may call what: keys with roles, known by their SHA-256; without any key, only callers on this machine."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
from http import HTTPStatus
from typing import Literal

from fastapi import Request

from data.errors import BadInput
from data.settings import ServingSettings
from serving.problems import Problem

Role = Literal["scorer", "planner", "reviewer", "admin"]
READERS: frozenset[Role] = frozenset({"scorer", "reviewer"})
CALLERS: dict[str, frozenset[Role]] = {
    "next_best_offer": frozenset({"scorer"}),
    "outcomes": frozenset({"scorer"}),
    "churn_risk": READERS,
    "profile": READERS,
    "codes": frozenset({"scorer", "planner", "reviewer"}),
    "forecast": frozenset({"planner", "reviewer"}),
    "planner": frozenset({"planner", "reviewer"}),
}


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address is this machine.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def check_binding(settings: ServingSettings) -> str:
    """A line on who may call; raises BadInput where the service would stand open to a network without keys."""
    if settings.keys:
        return f"{len(settings.keys)} keys are known; send one as 'Authorization: Bearer KEY'"
    if not is_loopback(settings.host):
        raise BadInput(
            f"serving.host came as {settings.host} without any key; wanted keys ([serving.keys.NAME] role, sha256) "
            "for a host that others can reach, or 127.0.0.1"
        )
    return "development mode: no keys are set, so only callers on this machine are answered"


def key_sha256(key: str) -> str:
    """What the settings hold of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


def authorise(request: Request, settings: ServingSettings, call: str) -> None:
    """Raise a 401 or 403 Problem unless the caller may make this call."""
    if not settings.keys:
        if not is_loopback(request.client.host if request.client else None):
            raise Problem(HTTPStatus.FORBIDDEN, "no keys are set: only callers on this machine are answered")
        return
    role = _role_of(_key(request), settings)
    if role != "admin" and role not in CALLERS[call]:
        raise Problem(HTTPStatus.FORBIDDEN, f"a key with the role {role} may not call {call}")


def _key(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    basic = _password(token) if scheme.lower() == "basic" else ""
    key = token.strip() if scheme.lower() == "bearer" else basic or request.headers.get("x-api-key", "")
    if not key:
        raise Problem(HTTPStatus.UNAUTHORIZED, "a key is needed: send 'Authorization: Bearer KEY'")
    return key


def _password(token: str) -> str:
    """The password of Basic credentials (RFC 7617), which browsers send for pages; empty where they are broken.

    >>> _password(base64.b64encode(b"anybody:the key").decode()), _password("?")
    ('the key', '')
    """
    try:
        return base64.b64decode(token, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def _role_of(key: str, settings: ServingSettings) -> Role:
    digest = key_sha256(key)
    for known in settings.keys.values():
        if hmac.compare_digest(known.sha256, digest):
            return known.role
    raise Problem(HTTPStatus.UNAUTHORIZED, "the key is not known")
