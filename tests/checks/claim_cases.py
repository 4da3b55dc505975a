"""Claims of each kind, and how they fare against the promise and against answers of a live API."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from audit.model import Finding, IntervalFloor, Observation, PlanFacts, Run, Standing, StreamFacts, Verdict
from tests.report import factory

YES, NO, OPEN = Standing.CONFIRMED, Standing.CONTRADICTED, Standing.NOT_CHECKABLE
HISTORY = "futures_open_interest_history"
HEATMAP = "futures_liquidation_heatmap_model1"
BOOK = "spot_orderbook_history"
DEPTH = "spot_orderbook_aggregated_ask_bids_history"
LIST = "futures_open_interest_exchange_list"
PAIRS = "futures_supported_exchange_pairs"


def seen(operation: str, verdict: Verdict = Verdict.AVAILABLE, **changes: Any) -> Observation:
    return factory.observation(operation, verdict, **changes)


def live(
    *observations: Observation, plan: str | None = "standard", findings: Iterable[Finding] = (), **more: Any
) -> Run:
    """A run on the live API with a key of a plan that it has."""
    facts = PlanFacts(declared=None, detected=plan, requests_per_minute=more.pop("rate", None))
    return factory.run(plan=facts, observations=observations, findings=tuple(findings), **more)


# Kind, statement, how it fares against the promise, and words of the evidence.
PROMISED: list[tuple[str, dict[str, Any], Standing, str]] = [
    ("plan", {"operation": BOOK, "plan": "standard"}, YES, "x-plan standard (groups/spots-order-book.yaml)"),
    ("plan", {"operation": BOOK, "plan": "standard", "opens": False}, NO, "x-plan standard"),
    ("plan", {"operation": HEATMAP, "plan": "standard"}, NO, "x-plan professional"),
    ("plan", {"operation": HEATMAP, "plan": "standard", "opens": False}, YES, "x-plan professional"),
    ("cheapest-plan", {"operation": HEATMAP, "plan": "professional"}, YES, "professional"),
    ("cheapest-plan", {"operation": HEATMAP, "plan": "enterprise"}, NO, "professional"),
    ("cheapest-plan", {"operation": HISTORY, "plan": "standard"}, NO, "hobbyist"),
    ("plan-name", {"plan": "Standard"}, YES, "hobbyist, startup"),
    ("plan-name", {"plan": "whale"}, NO, "hobbyist, startup"),
    ("limit", {"plan": "standard", "per_minute": 300}, YES, "standard promises 300"),
    ("limit", {"plan": "standard", "per_minute": 100}, NO, "standard promises 300"),
    ("limit", {"plan": "whale", "per_minute": 100}, NO, "no plan is called whale"),
    ("limit", {"plan": "enterprise", "per_minute": 9000}, OPEN, "no rate is published"),
    ("floor", {"plan": "startup", "floor": "30m"}, YES, "startup begins at 30m"),
    ("floor", {"plan": "hobbyist", "floor": None}, NO, "hobbyist begins at 4h"),
    ("floor", {"plan": "standard", "floor": None}, YES, "any interval"),
    ("interval", {"operation": HISTORY, "plan": "hobbyist", "interval": "1h"}, NO, "interval_gated"),
    ("interval", {"operation": HISTORY, "plan": "standard", "interval": "1m"}, YES, "available is promised"),
    ("interval", {"operation": HISTORY, "plan": "standard", "interval": "2h"}, NO, "takes 1m, 3m"),
    ("interval", {"operation": LIST, "plan": "standard", "interval": "1h"}, NO, "takes no interval"),
    ("width", {"spelling": "1h"}, YES, "1m, 3m"),
    ("width", {"spelling": "h1"}, NO, "users: h1 is reported to work"),
    ("width", {"spelling": "h24"}, NO, "intervals are written"),
    ("history", {"operation": HISTORY}, YES, "the history table of the plans"),
    ("history", {"operation": BOOK}, NO, "a history of its own"),
    ("history", {"operation": LIST}, OPEN, "nothing is promised"),
    ("updates", {"operation": PAIRS, "every": "1m"}, YES, "every 60 s"),
    ("updates", {"operation": PAIRS, "every": "5s"}, NO, "every 60 s"),
    ("updates", {"operation": BOOK, "every": "realtime"}, YES, "in real time"),
    ("updates", {"operation": DEPTH, "every": "5s"}, OPEN, "the description does not say"),
    ("exists", {"path": "/api/etf/bitcoin/flow-history"}, YES, "etf_bitcoin_flow_history"),
    ("exists", {"path": "/api/futures/openInterest/ohlc-history"}, NO, "a route of v3; today /api/futures/"),
    ("exists", {"path": "/api/futures/price"}, NO, "goes round as a v3 reference); today"),
    ("exists", {"path": "/api/futures/basis"}, NO, "a path that never existed; today /api/futures/basis/"),
    ("exists", {"path": "/api/large-orders"}, OPEN, "known to the provider's export"),
    ("exists", {"path": "/api/zzz/qqq"}, NO, "none of the 158 documented paths"),
    ("absent", {"operations": ["hyperliquid_whale_alert"]}, NO, "/api/hyperliquid/whale-alert"),
    ("parameter", {"operation": HISTORY, "name": "pair"}, NO, "no pair"),
    ("parameter", {"operation": HISTORY, "name": "symbol"}, YES, "required"),
    ("parameter", {"operation": HISTORY, "name": "limit", "required": True}, NO, "limit, optional"),
    ("parameter", {"operation": HISTORY, "name": "limit", "required": False}, YES, "limit, optional"),
    ("values", {"operation": HISTORY, "name": "unit", "values": ["coin", "usd"]}, YES, "usd, coin"),
    ("values", {"operation": HISTORY, "name": "unit", "values": ["usd"]}, NO, "usd, coin"),
    ("values", {"operation": HISTORY, "name": "exchange", "values": ["OKX"]}, OPEN, "are open"),
    ("values", {"operation": HISTORY, "name": "pair", "values": ["x"]}, NO, "takes no pair"),
    ("symbol", {"operation": HISTORY, "kind": "pair"}, YES, "a pair as symbol"),
    ("symbol", {"operation": HISTORY, "kind": "coin"}, NO, "a pair as symbol"),
    ("symbol", {"operation": "etf_bitcoin_flow_history", "kind": "coin"}, NO, "takes no symbol"),
    ("max-rows", {"operation": HISTORY, "rows": 1000, "default": 1000}, YES, "at most 1000"),
    ("max-rows", {"operation": HISTORY, "rows": 500}, NO, "at most 1000"),
    ("max-rows", {"operation": HISTORY, "rows": 1000, "default": 10}, NO, "1000 unasked"),
    ("max-rows", {"operation": LIST, "rows": 10}, OPEN, "no source gives"),
    ("field", {"operation": HISTORY, "field": "data[].open", "type": "string"}, YES, "string"),
    ("field", {"operation": HISTORY, "field": "data[].open", "type": "number"}, NO, "string"),
    ("field", {"operation": HISTORY, "field": "data[].time", "unit": "ms"}, YES, "in ms"),
    ("field", {"operation": HISTORY, "field": "data[].time", "unit": "s"}, NO, "in ms"),
    ("field", {"operation": HISTORY, "field": "data[].openInterest"}, NO, "is close, high"),
    ("field", {"operation": "option_info", "field": "data.maxPain"}, NO, "data is a list of rows with"),
    ("field", {"operation": HISTORY, "field": "rows.open"}, NO, "nor has it rows"),
    ("field", {"operation": BOOK, "field": "data[][0]", "type": "integer"}, YES, "integer in s"),
    ("field", {"operation": LIST, "field": "data[].exchange", "unit": "usd"}, OPEN, "no source names a unit"),
    ("time", {"operation": HISTORY, "name": "start_time", "unit": "ms"}, YES, "in ms"),
    ("time", {"operation": HISTORY, "name": "start_time", "unit": "s"}, NO, "in ms"),
    ("time", {"operation": HISTORY, "name": "symbol", "unit": "s"}, OPEN, "no source gives"),
    ("time", {"operation": HISTORY, "name": "since", "unit": "s"}, NO, "takes no since"),
    ("stand-in", {"operation": HEATMAP, "by": "futures_liquidation_history"}, YES, "stand in"),
    ("stand-in", {"operation": HEATMAP, "by": HISTORY}, OPEN, "stand in"),
    ("stand-in", {"operation": HISTORY, "by": HEATMAP}, OPEN, "nothing is listed"),
    ("authority", {"operation": PAIRS}, YES, PAIRS),
    ("authority", {"operation": LIST}, NO, PAIRS),
    ("host", {"url": "https://open-api-v4.coinglass.com/"}, YES, "is served at"),
    ("host", {"url": "https://open-api-v3.coinglass.com"}, NO, "is of v3"),
    ("host", {"url": "https://elsewhere.example"}, NO, "is served at"),
    ("host", {"url": "wss://open-ws.coinglass.com", "version": "websocket"}, YES, "websocket is served"),
    ("host", {"url": "wss://open-api-v4.coinglass.com", "version": "websocket"}, NO, "open-ws"),
    ("host", {"url": "https://x.example", "version": "v9"}, OPEN, "no version v9; known: v1"),
    ("auth-header", {"header": "cg-api-key"}, YES, "header CG-API-KEY"),
    ("auth-header", {"header": "Authorization"}, NO, "header CG-API-KEY"),
    ("auth-header", {"query": "cg-api-key", "version": "websocket"}, YES, "query parameter cg-api-key"),
    ("auth-header", {"header": "CG-API-KEY", "version": "websocket"}, NO, "query parameter"),
    ("auth-header", {"query": "key"}, NO, "header CG-API-KEY"),
    ("auth-header", {"query": "key", "version": "v9"}, OPEN, "no version v9"),
    ("limit-header", {"name": "API-KEY-MAX-LIMIT", "tells": "limit"}, YES, "tells the limit"),
    ("limit-header", {"name": "API-KEY-MAX-LIMIT", "tells": "used"}, NO, "tells the limit"),
    ("success", {"code": "0"}, YES, '"0"'),
    ("success", {"code": "200"}, NO, '"0"'),
    ("refusal", {"verdict": "plan_gated", "statuses": [401]}, YES, "Upgrade plan"),
    ("refusal", {"verdict": "plan_gated", "statuses": [403, 404]}, NO, "403 means interval_gated; 404 means"),
    ("refusal", {"verdict": "interval_gated", "statuses": [422, 400]}, NO, "422 means bad_request"),
    ("refusal", {"verdict": "unauthorized", "statuses": [400]}, YES, "Invalid API key provided"),
    ("refusal", {"verdict": "server_error", "statuses": [503]}, YES, "code 500"),
    ("http-error", {"verdict": "plan_gated"}, NO, "the status alone does not tell"),
    ("http-error", {"verdict": "not_found"}, YES, "over HTTP 404"),
    ("http-error", {"verdict": "unreachable"}, OPEN, "no answer is described"),
    ("heartbeat", {}, YES, "'ping' every 20 s, answered by 'pong'"),
    ("heartbeat", {"every": "20s"}, YES, "every 20 s"),
    ("heartbeat", {"every": "1m"}, NO, "every 20 s"),
    ("heartbeat", {"every": "often"}, NO, "every 20 s"),
    ("resubscribe", {}, OPEN, "the description does not say"),
    ("person", {"why": "Ask them."}, OPEN, "Ask them."),
]


GATED = {"code": "401", "message": "Upgrade plan", "http_status": 200}
FINE = {"code": "403", "message": "The requested interval is not available", "interval": "1h"}
MISSING = factory.finding(HISTORY, rule="field-missing", message="data[].open is absent in 3 rows")
TYPED = factory.finding(HISTORY, rule="field-type", message="data[].open: expected text, found 1")
EXTRA = factory.finding(HISTORY, rule="field-unknown", message="data[].oi is not documented; its value is 1")
FLOOR = IntervalFloor(family="f", operation=HISTORY, promised="30m", observed="30m", settled=True)

BOOK_OPEN = {"operation": BOOK, "plan": "standard"}
HAS_OPEN = {"operation": HISTORY, "field": "data[].open"}
HAS_OI = {"operation": HISTORY, "field": "data[].oi"}
BY_STATUS = {"verdict": "plan_gated"}
BY_401 = {"verdict": "plan_gated", "statuses": [401]}
HALF_HOUR = {"plan": "startup", "floor": "30m"}
NEEDS_SYMBOL = {"operation": HISTORY, "name": "symbol", "required": True}
AT_TEST = {"url": "https://api.example.test"}
HEARD = StreamFacts(
    channel="liquidationOrders", name="liquidationOrders", bound_seconds=60, first_seconds=1, messages=1200,
    pings=2, pongs=2, gap_seconds=1.5, url="wss://open-ws.coinglass.com/ws-api",
)  # fmt: skip
DEAF = HEARD.model_copy(update={"messages": 0, "pongs": 0, "gap_seconds": None})
PUSHED = live(seen("liquidationOrders", method="SUBSCRIBE", http_status=101, code=None), streams=(HEARD,))
NOT_PUSHED = live(
    seen("liquidationOrders", Verdict.PLAN_GATED, method="SUBSCRIBE", http_status=101, code=None),
    streams=(DEAF,),
)
BY_QUERY = {"query": "cg-api-key", "version": "websocket"}
AT_SOCKET = {"url": "wss://open-ws.coinglass.com", "version": "websocket"}
REFUSED = live(seen(BOOK, Verdict.PLAN_GATED, **GATED))
ROWS = live(seen(HISTORY))
SERVED = live(seen(BOOK))

# Kind, statement, a run, and how the claim fares against what it saw, with words of the evidence.
OBSERVED: list[tuple[str, dict[str, Any], Run, Standing, str]] = [
    ("plan", BOOK_OPEN, SERVED, YES, "available, HTTP 200"),
    ("plan", BOOK_OPEN, REFUSED, NO,
     'plan_gated, HTTP 200, code 401 "Upgrade plan"'),
    ("plan", {"operation": HEATMAP, "plan": "standard", "opens": False},
     live(seen(HEATMAP, Verdict.PLAN_GATED)), YES, "plan_gated"),
    ("plan", BOOK_OPEN, live(seen(BOOK), plan="startup"), OPEN, "not of standard"),
    ("plan", BOOK_OPEN, live(seen(BOOK, Verdict.RATE_LIMITED)), OPEN, "no answer"),
    ("plan", BOOK_OPEN, live(seen(BOOK, attempts=0)), OPEN, "no answer"),
    ("cheapest-plan", {"operation": HEATMAP, "plan": "professional"}, live(seen(HEATMAP)), NO, "on standard"),
    ("cheapest-plan", {"operation": BOOK, "plan": "startup"}, live(seen(BOOK, Verdict.PLAN_GATED)), NO, "on"),
    ("cheapest-plan", BOOK_OPEN, SERVED, OPEN, "does not tell"),
    ("cheapest-plan", BOOK_OPEN, live(seen(BOOK), plan=None), OPEN, "no plan"),
    ("limit", {"plan": "standard", "per_minute": 300}, live(rate=300), YES, "state 300"),
    ("limit", {"plan": "standard", "per_minute": 300}, live(rate=80), NO, "state 80"),
    ("limit", {"plan": "standard", "per_minute": 300}, SERVED, OPEN, "no answer stated"),
    ("limit", {"plan": "startup", "per_minute": 80}, live(seen(BOOK), rate=80), OPEN, "not of startup"),
    ("floor", HALF_HOUR, live(plan="startup", interval_floors=(FLOOR,)), YES, "30m"),
    ("floor", {"plan": "startup", "floor": "1h"}, live(plan="startup", interval_floors=(FLOOR,)), NO, "30m"),
    ("floor", HALF_HOUR, live(plan="startup", interval_floors=()), OPEN, "settled"),
    ("interval", {"operation": HISTORY, "plan": "standard", "interval": "1h"},
     live(seen(HISTORY, interval="1h")), YES, "at 1h: available"),
    ("interval", {"operation": HISTORY, "plan": "standard", "interval": "1h"},
     live(seen(HISTORY, Verdict.INTERVAL_GATED, **FINE)), NO, "at 1h: interval_gated"),
    ("interval", {"operation": HISTORY, "plan": "standard", "interval": "1h"},
     live(seen(HISTORY, interval="1d")), OPEN, "not asked at 1h"),
    ("width", {"spelling": "h1"}, live(seen(HISTORY, interval="h1")), YES, "at h1"),
    ("width", {"spelling": "h1"}, live(seen(HISTORY, Verdict.BAD_REQUEST, interval="h1")), NO, "at h1"),
    ("exists", {"path": "/api/news/list"}, live(seen("news_list")), YES, "available"),
    ("exists", {"path": "/api/news/list"}, live(seen("news_list", Verdict.PLAN_GATED)), YES, "plan_gated"),
    ("exists", {"path": "/api/news/list"}, live(seen("news_list", Verdict.NOT_FOUND)), NO, "not_found"),
    ("exists", {"path": "/api/news/list"}, live(seen("news_list", Verdict.SERVER_ERROR)), OPEN, "not asked"),
    ("absent", {"operations": [BOOK]}, SERVED, NO, "available"),
    ("absent", {"operations": [BOOK]}, live(seen(BOOK, Verdict.NOT_FOUND)), OPEN, "none of those"),
    ("parameter", {"operation": HISTORY, "name": "exchange", "required": True}, ROWS, NO,
     "without exchange"),
    ("parameter", {"operation": HISTORY, "name": "exchange", "required": True},
     live(seen(HISTORY, Verdict.BAD_REQUEST, message="Required parameter 'exchange' is not present")), YES,
     "is not present"),
    ("parameter", {"operation": HISTORY, "name": "exchange"},
     live(seen(HISTORY, Verdict.BAD_REQUEST, message="'exchange_list' is not present")), OPEN, "ignored"),
    ("parameter", NEEDS_SYMBOL, ROWS, OPEN, "ignored"),
    ("max-rows", {"operation": HISTORY, "rows": 500}, live(seen(HISTORY, rows=501)), NO, "501 rows"),
    ("max-rows", {"operation": HISTORY, "rows": 500}, live(seen(HISTORY, rows=500)), OPEN, "proves no limit"),
    ("field", HAS_OPEN, ROWS, YES, "in every row"),
    ("field", HAS_OPEN, live(seen(HISTORY), findings=[MISSING]), NO, "absent"),
    ("field", HAS_OPEN, live(seen(HISTORY), findings=[TYPED]), NO, "text"),
    ("field", {**HAS_OPEN, "type": "number"}, ROWS, NO, "string"),
    ("field", HAS_OI, live(seen(HISTORY), findings=[EXTRA]), YES, "value"),
    ("field", HAS_OI, ROWS, NO, "no such field"),
    ("field", {"operation": HISTORY, "field": "data[].time", "unit": "ms"}, ROWS, OPEN, "counts"),
    ("field", HAS_OPEN, live(seen(HISTORY, Verdict.EMPTY)), OPEN, "no rows"),
    ("authority", {"operation": PAIRS}, live(seen(PAIRS)), YES, "12 rows"),
    ("authority", {"operation": PAIRS}, live(), OPEN, "not answered"),
    ("host", AT_TEST, SERVED, YES, "available"),
    ("host", AT_TEST, live(seen(BOOK, Verdict.SERVER_ERROR)), OPEN, "served there"),
    ("host", {"url": "https://elsewhere.example"}, SERVED, OPEN, "nothing was asked there"),
    ("auth-header", {"header": "CG-API-KEY"}, SERVED, YES, "sent so"),
    ("auth-header", {"header": "CG-API-KEY"}, live(seen(BOOK, Verdict.UNAUTHORIZED)), OPEN, "no request"),
    ("auth-header", {"header": "X-Key"}, SERVED, OPEN, "no request sent"),
    ("limit-header", {"name": "API-KEY-MAX-LIMIT", "tells": "limit"}, live(rate=80), YES, "80 a minute"),
    ("limit-header", {"name": "API-KEY-USE-LIMIT", "tells": "used"}, live(rate=80), OPEN, "keeps only"),
    ("success", {"code": "0"}, SERVED, YES, "code 0"),
    ("success", {"code": "00"}, SERVED, NO, "code 0"),
    ("success", {"code": "0"}, live(seen(BOOK, Verdict.EMPTY)), OPEN, "nothing was answered"),
    ("refusal", {"verdict": "plan_gated", "statuses": [403, 404]},
     REFUSED, NO, "code 401"),
    ("refusal", BY_401,
     REFUSED, YES, "code 401"),
    ("refusal", BY_401, SERVED, OPEN, "nothing was plan_gated"),
    ("http-error", BY_STATUS, REFUSED, NO, "HTTP 200"),
    ("http-error", BY_STATUS, live(seen(BOOK, Verdict.PLAN_GATED, http_status=401)), YES, "401"),
    ("http-error", BY_STATUS, SERVED, OPEN, "nothing was plan_gated"),
    ("heartbeat", {}, PUSHED, YES, "2 of 2 heartbeats were answered"),
    ("heartbeat", {}, NOT_PUSHED, OPEN, "no heartbeat was answered"),
    ("heartbeat", {}, SERVED, OPEN, "no heartbeat"),
    ("resubscribe", {}, PUSHED, YES, "came back after 1.5 s"),
    ("resubscribe", {}, NOT_PUSHED, OPEN, "no channel"),
    ("host", AT_SOCKET, PUSHED, YES, "1,200 messages came from there"),
    ("host", AT_SOCKET, NOT_PUSHED, OPEN, "nothing was asked there"),
    ("host", {"url": "wss://open-ws.coinglass.co"}, PUSHED, OPEN, "nothing was asked there"),
    ("auth-header", BY_QUERY, PUSHED, YES, "sent so: liquidationOrders"),
    ("auth-header", BY_QUERY, NOT_PUSHED, OPEN, "no request sent"),
    # What a channel says is no answer to a request.
    ("success", {"code": "0"}, PUSHED, OPEN, "nothing was answered"),
    ("refusal", BY_401, NOT_PUSHED, OPEN, "nothing was plan_gated"),
    ("http-error", BY_STATUS, NOT_PUSHED, OPEN, "nothing was plan_gated"),
]  # fmt: skip
