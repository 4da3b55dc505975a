"""Which calls serve a path, or ask the program itself for one: its own routes are no use of the API."""

from __future__ import annotations

import re
from collections.abc import Iterator

from audit.scan.facts import Call, Facts, Name, Other, Text, Value
from audit.scan.strings import Resolver

# Who serves, by name.
_SERVERS = re.compile(
    r"(?i)\A(?:\w*(?:app|router|server|routes?|blueprint|mux)|fastify|bp|express|hono|koa)\Z"
)
_MADE = frozenset(
    {"Router", "APIRouter", "Blueprint", "FastAPI", "Flask", "express", "Hono", "Group", "group", "Default",
     "NewRouter", "NewServeMux", "Elysia", "Fastify", "fastify", "Starlette", "Sanic", "Quart"}
)  # fmt: skip
# Who asks the program itself, in its tests.
_TESTING = frozenset(
    {"TestClient", "test_client", "APIClient", "supertest", "createClient", "WebApplicationFactory"}
)
_SERVING = {"get", "post", "put", "delete", "patch", "route", "use", "all", "handle", "HandleFunc", "Handle",
            "add_url_rule", "MapGet", "MapPost", "add_api_route", "add_get", "add_route"}  # fmt: skip
_DECLARING = {"path", "re_path", "Route", "Mount", "WebSocketRoute"}  # tables of routes
_VERBS = {
    "get",
    "post",
    "put",
    "delete",
    "patch",
    "Get",
    "Post",
    "GET",
    "POST",
    "PUT",
    "DELETE",
    "HandleFunc",
}
_ASKING = re.compile(r"(?i)\A(?:\$|jquery|axios|requests?|superagent|https?|got|ky|client|session|net)\Z")
# A mark on a function that is a request: an interface whose methods a library fills in.
_INTERFACES = {"java": {"GET", "RequestLine"}, "kotlin": {"GET"}, "csharp": {"Get"}}


class Serving:
    """Tells the routes of a file from its requests."""

    def __init__(self, facts: Facts, resolver: Resolver) -> None:
        self._facts = facts
        self._resolver = resolver
        self._functions = {function.span for function in facts.functions}

    def serves(self, call: Call, scope: int) -> bool:
        """Whether a call declares a route of this program, or asks it for one."""
        if not call.callee or not call.arguments:
            return False
        if call.callee[-1] in _DECLARING and len(call.arguments) > 1:
            return self._facts.language == "python"
        if call.callee[-1] not in _SERVING | _VERBS:
            return False
        if len(call.callee) >= 2 and call.callee[-1] in _SERVING and _SERVERS.match(call.callee[-2]):
            return True
        made = self._makers(call, scope)
        if made & _TESTING or (made & _MADE and call.callee[-1] in _VERBS):
            return True
        return self._has_handler(call)

    def requests(self) -> Iterator[tuple[int, Value]]:
        """Yield the marks on functions that are requests, with their scope."""
        wanted = _INTERFACES.get(self._facts.language, set())
        for function in self._facts.functions:
            for mark in function.decorators:
                if isinstance(mark, Call) and mark.callee and mark.callee[-1] in wanted:
                    yield function.parent, mark

    def _makers(self, call: Call, scope: int) -> set[str]:
        """Return the names of what made the thing that is called."""
        made = [call.receiver] if call.receiver is not None else []
        if len(call.callee) > 1 and call.receiver is None:
            made += self._resolver.values_of(Name(call.callee[:-1], call.span), scope)
        return {one.callee[-1] for one in made if isinstance(one, Call) and one.callee}

    def _has_handler(self, call: Call) -> bool:
        """Whether a path goes with a function that answers it."""
        first = call.arguments[0].value
        if not (isinstance(first, Text) and first.value.startswith("/") and len(call.arguments) > 1):
            return False
        last = call.arguments[-1].value
        if call.callee[-1].isupper() or call.callee[-1] == "HandleFunc":
            return isinstance(last, Name | Other)
        holder = call.callee[-2] if len(call.callee) > 1 else ""
        return isinstance(last, Other) and last.span in self._functions and not _ASKING.match(holder)
