"""Hand-written answers, good as they stand, and how a check sees them."""

from __future__ import annotations

from typing import Any

from audit.checks import check_answer
from audit.checks.seen import Seen
from audit.model import Observation, Verdict
from audit.probe.reading import count_rows
from audit.spec.catalog import Spec

DAY = 86_400
TODAY = 1_760_054_400  # 2025-10-10T00:00:00Z, a Friday
NOW = TODAY + 3600.0

INTEREST = "futures_open_interest_history"
PRICE = "futures_price_history"
HEATMAP = "futures_liquidation_heatmap_model1"
FEAR = "index_fear_greed_history"
AHR = "index_ahr999"
FLOW = "etf_bitcoin_flow_history"
FOOTPRINT = "futures_volume_footprint_history"
NEWS = "article_list"
WHALES = "hyperliquid_whale_alert"


def answer(data: Any) -> dict[str, Any]:
    return {"code": "0", "msg": "success", "data": data}


def days(count: int, step: int = DAY, last: int = TODAY) -> list[int]:
    """Moments in seconds, oldest first, the last of them today."""
    return [last - step * (count - 1 - row) for row in range(count)]


def candle(moment: int, **other: Any) -> dict[str, Any]:
    return {"time": moment * 1000, "open": "10", "high": "12", "low": "9", "close": "11", **other}


def interest(count: int = 100, step: int = DAY) -> dict[str, Any]:
    return answer([candle(moment) for moment in days(count, step, TODAY)])


def price(count: int = 100) -> dict[str, Any]:
    return answer([candle(moment, volume_usd="1166471854.3026") for moment in days(count)])


def heatmap() -> dict[str, Any]:
    return answer(
        {
            "y_axis": [47968.54, 48000, 48031.46],
            "liquidation_leverage_data": [[0, 1, 2288867.26], [1, 2, 17.5]],
            "price_candlesticks": [[moment, "10", "12", "9", "11", "5.5"] for moment in days(3, 1800)],
        }
    )


def fear() -> dict[str, Any]:
    moments = days(4)
    return answer([{"data_list": [62, 55, 40, 41], "price_list": [1.0, 2.0, 3.0, 4.0], "time_list": moments}])


def ahr() -> dict[str, Any]:
    texts = ("2025/10/08", "2025/10/09", "2025/10/10")
    return answer(
        [
            {"date_string": text, "average_price": 0.1365, "ahr999_value": 4.44, "current_value": 0.626}
            for text in texts
        ]
    )


def flow() -> dict[str, Any]:
    """Wednesday to Friday, a week-end without rows, and Monday to Friday."""
    back = (9, 8, 7, 4, 3, 2, 1, 0)
    return answer(
        [
            {
                "timestamp": (TODAY - DAY * ago) * 1000,
                "flow_usd": -655300000,
                "price_usd": 46663.5,
                "etf_flows": [{"etf_ticker": "GBTC", "flow_usd": 111700000}, {"etf_ticker": "IBIT"}],
            }
            for ago in back
        ]
    )


def footprint(count: int = 90) -> dict[str, Any]:
    level = [115765, 115770, 3.223, 9.906, 373118.1958, 1146773.5391, 373118.1958, 1146773.5391, 193, 153]
    return answer([[moment, [list(level), list(level)]] for moment in days(count)])


def news() -> dict[str, Any]:
    """The newest first, two of them at the same moment."""
    texts = (
        "article_picture", "article_title", "article_content", "source_name", "source_website_logo",
        "article_description",
    )  # fmt: skip
    return answer(
        [
            {**dict.fromkeys(texts, "text"), "article_release_time": (TODAY - ago) * 1000}
            for ago in (0, 600, 600, 9000)
        ]
    )


def whales() -> dict[str, Any]:
    """In no order, with a moment that comes twice."""
    row = {
        "user": "0x3fd4", "symbol": "ETH", "position_size": -12700.5, "entry_price": 1611.62,
        "liq_price": 527.2521, "position_value_usd": 21003260, "position_action": 2,
    }  # fmt: skip
    return answer([{**row, "create_time": (TODAY - ago) * 1000} for ago in (60, 0, 60, 999)])


GOOD = {
    INTEREST: interest,
    PRICE: price,
    HEATMAP: heatmap,
    FEAR: fear,
    AHR: ahr,
    FLOW: flow,
    FOOTPRINT: footprint,
    NEWS: news,
    WHALES: whales,
}


def seen(
    spec: Spec,
    name: str,
    body: Any,
    *,
    plan: str = "professional",
    interval: str | None = "1d",
    params: dict[str, str] | None = None,
    now: float = NOW,
    verdict: Verdict | None = None,
    **other: Any,
) -> Seen:
    """One answer as the checks get it; the verdict follows from the rows unless one is given."""
    operation = spec.operations[name]
    rows = count_rows(body, operation, spec.provider) if isinstance(body, dict) else None
    if verdict is None:
        verdict = Verdict.AVAILABLE if rows else Verdict.EMPTY
    has = operation.parameter("interval") is not None
    examples = {row.name: row.example for row in operation.parameters if row.example is not None}
    facts = {"expected": Verdict.AVAILABLE, "http_status": 200, "code": "0", "message": "success"}
    observation = Observation(
        operation=name,
        method=operation.method,
        path=operation.path,
        params=examples if params is None else params,
        interval=interval if has else None,
        verdict=verdict,
        rows=rows,
        **{**facts, **other},
    )
    return Seen(
        operation=operation,
        observation=observation,
        body=body,
        ladder=spec.ladder,
        plan=spec.ladder.get(plan),
        now=now,
    )


def refused(
    spec: Spec, name: str, verdict: Verdict, expected: Verdict = Verdict.AVAILABLE, **other: Any
) -> Seen:
    """An answer that is no success."""
    facts = {"code": "401", "message": "words of the API", **other}
    return seen(spec, name, None, verdict=verdict, expected=expected, **facts)


def rules(answer_seen: Seen) -> set[str]:
    return {finding.rule for finding in check_answer(answer_seen)}
