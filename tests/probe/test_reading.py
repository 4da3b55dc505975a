"""What came back, read into a verdict: every refusal that users have published, on every status."""

from __future__ import annotations

import pytest

from audit.client.answers import Complete, Outcome, Spoilt, Unanswered
from audit.model import Verdict
from audit.probe.reading import MAX_MESSAGE, Reading, read
from audit.spec.catalog import Spec

SERIES = "futures_open_interest_history"

PLAN = '{"code":"401","msg":"Upgrade plan"}'
PLAN_40001 = '{"code":"40001","msg":"Upgrade plan","success":false}'
INTERVAL = '{"code":"403","msg":"The requested interval is not available for your current API plan."}'
NO_KEY = '{"code":"401","msg":"API key missing."}'
NO_KEY_400 = '{"code":"400","msg":"API key missing."}'
NO_KEY_OLD = '{"code":"30001","msg":"API key missing.","success":false}'
WRONG_KEY = '{"code":"400","msg":"Invalid API key provided"}'
NO_PARAMETER = '{"code":"400","msg":"Required String parameter \'exchange_list\' is not present"}'
NO_PAIR = '{"code":"400","msg":"The requested pair does not exist on the exchange. Please check the symbol."}'
NO_PAIR_1 = '{"code":"1","msg":"The requested pair does not exist on the exchange."}'
NO_PATH = (
    '{"code":"404","msg":"Endpoint not found. Please refer to the API documentation: https://docs.example"}'
)
NO_METHOD = '{"code":"405","msg":"Method not allowed"}'
SERVER = '{"code":"500","msg":"Server Error"}'
TIMED_OUT = '{"code":"408","msg":"Request timeout"}'
TOO_MANY = '{"code":"429","msg":"Too Many Requests"}'
TOO_MANY_50001 = '{"code":"50001","msg":"too many requests","success":false}'
NOT_ACCEPTED = '{"code":"422","msg":"Unprocessable Entity"}'
BLOCKED = "<!DOCTYPE html>\n<html><head><title>Attention Required!</title></head><body>blocked</body></html>"
GATEWAY = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body></body></html>"

# Status, body -> verdict by a key that has not yet been answered, and by one that has.
V = Verdict
ANSWERS = {
    "plan, status 200": (200, PLAN, V.PLAN_GATED, V.PLAN_GATED),
    "plan, its own status": (401, PLAN, V.PLAN_GATED, V.PLAN_GATED),
    "plan as 403": (403, PLAN, V.PLAN_GATED, V.PLAN_GATED),
    "plan as 40001": (200, PLAN_40001, V.PLAN_GATED, V.PLAN_GATED),
    "plan, number as code": (200, '{"code":401,"msg":"Upgrade plan"}', V.PLAN_GATED, V.PLAN_GATED),
    "plan, in `message`": (
        200,
        '{"code":"401","message":"Please UPGRADE your plan"}',
        V.PLAN_GATED,
        V.PLAN_GATED,
    ),
    "40001 without words": (200, '{"code":"40001"}', V.PLAN_GATED, V.PLAN_GATED),
    "interval, status 200": (200, INTERVAL, V.INTERVAL_GATED, V.INTERVAL_GATED),
    "interval, its own status": (403, INTERVAL, V.INTERVAL_GATED, V.INTERVAL_GATED),
    "403 without words": (200, '{"code":"403"}', V.INTERVAL_GATED, V.INTERVAL_GATED),
    "no key, status 200": (200, NO_KEY, V.UNAUTHORIZED, V.UNAUTHORIZED),
    "no key, its own status": (401, NO_KEY, V.UNAUTHORIZED, V.UNAUTHORIZED),
    "no key as 400": (200, NO_KEY_400, V.UNAUTHORIZED, V.UNAUTHORIZED),
    "no key as 400, its own status": (400, NO_KEY_400, V.UNAUTHORIZED, V.UNAUTHORIZED),
    "no key on the older hosts": (200, NO_KEY_OLD, V.UNAUTHORIZED, V.UNAUTHORIZED),
    "30001 without words": (200, '{"code":"30001"}', V.UNAUTHORIZED, V.UNAUTHORIZED),
    "wrong key, status 200": (200, WRONG_KEY, V.UNAUTHORIZED, V.UNAUTHORIZED),
    "wrong key, as 400": (400, WRONG_KEY, V.UNAUTHORIZED, V.UNAUTHORIZED),
    "wrong key, as 401": (401, WRONG_KEY, V.UNAUTHORIZED, V.UNAUTHORIZED),
    "401 without words": (200, '{"code":"401"}', V.UNAUTHORIZED, V.PLAN_GATED),
    "401 in the status alone": (401, '{"code":"x"}', V.UNAUTHORIZED, V.PLAN_GATED),
    "parameter absent, status 200": (200, NO_PARAMETER, V.BAD_REQUEST, V.BAD_REQUEST),
    "parameter absent, its own status": (400, NO_PARAMETER, V.BAD_REQUEST, V.BAD_REQUEST),
    "pair unknown, status 200": (200, NO_PAIR, V.BAD_REQUEST, V.BAD_REQUEST),
    "pair unknown, its own status": (400, NO_PAIR, V.BAD_REQUEST, V.BAD_REQUEST),
    "pair unknown as 1": (200, NO_PAIR_1, V.BAD_REQUEST, V.BAD_REQUEST),
    "not acceptable": (422, NOT_ACCEPTED, V.BAD_REQUEST, V.BAD_REQUEST),
    "not acceptable, status 200": (200, NOT_ACCEPTED, V.BAD_REQUEST, V.BAD_REQUEST),
    "path unknown": (404, NO_PATH, V.NOT_FOUND, V.NOT_FOUND),
    "path unknown, status 200": (200, NO_PATH, V.NOT_FOUND, V.NOT_FOUND),
    "404 as a page": (404, GATEWAY, V.NOT_FOUND, V.NOT_FOUND),
    "method": (405, NO_METHOD, V.NOT_FOUND, V.NOT_FOUND),
    "upstream fault, status 200": (200, SERVER, V.SERVER_ERROR, V.SERVER_ERROR),
    "upstream fault, its own status": (500, SERVER, V.SERVER_ERROR, V.SERVER_ERROR),
    "upstream timed out": (408, TIMED_OUT, V.SERVER_ERROR, V.SERVER_ERROR),
    "upstream timed out, status 200": (200, TIMED_OUT, V.SERVER_ERROR, V.SERVER_ERROR),
    "retired host": (500, '{"code":"500"}', V.SERVER_ERROR, V.SERVER_ERROR),
    "too many, status 200": (200, TOO_MANY, V.RATE_LIMITED, V.RATE_LIMITED),
    "too many, its own status": (429, TOO_MANY, V.RATE_LIMITED, V.RATE_LIMITED),
    "too many as 50001": (200, TOO_MANY_50001, V.RATE_LIMITED, V.RATE_LIMITED),
    "too many as 50001, as 429": (429, TOO_MANY_50001, V.RATE_LIMITED, V.RATE_LIMITED),
    "too many, empty body": (429, "", V.RATE_LIMITED, V.RATE_LIMITED),
    "too many as a page": (429, GATEWAY, V.RATE_LIMITED, V.RATE_LIMITED),
    "edge block": (403, BLOCKED, V.SERVER_ERROR, V.SERVER_ERROR),
    "edge fault": (502, GATEWAY, V.SERVER_ERROR, V.SERVER_ERROR),
    **{
        f"edge {status}": (status, BLOCKED, V.SERVER_ERROR, V.SERVER_ERROR)
        for status in (520, 521, 522, 523, 524)
    },
    "page with 200": (200, BLOCKED, V.UNREADABLE, V.UNREADABLE),
    "nothing with 200": (200, "", V.UNREADABLE, V.UNREADABLE),
    "nothing with 204": (204, "", V.UNREADABLE, V.UNREADABLE),
    "half an answer": (200, '{"code":"0","data":[{"time":17', V.UNREADABLE, V.UNREADABLE),
    "not-a-number": (200, '{"code":"0","data":[NaN]}', V.UNREADABLE, V.UNREADABLE),
    "a bare list": (200, "[]", V.UNREADABLE, V.UNREADABLE),
    "no code": (200, '{"data":[]}', V.UNREADABLE, V.UNREADABLE),
    "true for a code": (200, '{"code":true,"data":[]}', V.UNREADABLE, V.UNREADABLE),
    "a code nobody has seen": (200, '{"code":"777","msg":"?"}', V.UNREADABLE, V.UNREADABLE),
    "moved": (301, "", V.SERVER_ERROR, V.SERVER_ERROR),
    "success in words, 0 in an error status": (
        500,
        '{"code":"0","data":[1]}',
        V.SERVER_ERROR,
        V.SERVER_ERROR,
    ),
}


def answer(status: int, body: str | bytes, **headers: str) -> Complete:
    raw = body if isinstance(body, bytes) else body.encode()
    return Complete(status, {name.replace("_", "-"): text for name, text in headers.items()}, raw, 0.02)


def reading(spec: Spec, outcome: Outcome, operation: str = SERIES, worked: bool = False) -> Reading:
    return read(outcome, spec.operation(operation), spec.provider, spec.refusals, worked)


@pytest.mark.parametrize("case", ANSWERS)
def test_a_published_answer_is_read_as_what_it_means(case: str, spec: Spec) -> None:
    status, body, fresh, worked = ANSWERS[case]
    first = reading(spec, answer(status, body))
    assert (first.verdict, first.http_status, first.size) == (fresh, status, len(body.encode()))
    assert reading(spec, answer(status, body), worked=True).verdict == worked
    assert first.body is None


@pytest.mark.parametrize("case", ANSWERS)
def test_only_what_may_pass_by_itself_is_tried_again(case: str, spec: Spec) -> None:
    status, body, verdict, _ = ANSWERS[case]
    passing = {Verdict.RATE_LIMITED, Verdict.SERVER_ERROR}
    assert reading(spec, answer(status, body)).retry == (verdict in passing and status != 301)


@pytest.mark.parametrize(
    "body",
    [
        '{"code":"0","msg":"success","data":[{"time":1}]}',
        '{"code":"0","msg":"success","data":[{"time":1}],"success":true}',
        '{"code":"0","data":[{"time":1}]}',
        '{"code":"0","message":"success","data":[{"time":1}]}',
        '{"code":0,"msg":"success","data":[{"time":1}]}',
        '{"code":0.0,"data":[{"time":1}]}',
        '\ufeff{"code":"0","data":[{"time":1}]}',
        '\n  {"code":"0","data":[{"time":1}]}\n',
    ],
)
def test_success_in_all_its_spellings(body: str, spec: Spec) -> None:
    found = reading(spec, answer(200, body))
    assert (found.verdict, found.rule, found.code, found.rows) == (Verdict.AVAILABLE, "success", "0", 1)
    assert found.body["data"] == [{"time": 1}]


@pytest.mark.parametrize(
    ("operation", "data", "rows"),
    [
        (SERIES, "[]", 0),
        (SERIES, "null", 0),
        (SERIES, "{}", 0),
        (SERIES, '[{"time":1},{"time":2}]', 2),
        (SERIES, '[{"close":"1"},{"close":"2"}]', 2),  # rows that lost their time are no empty answer
        ("option_exchange_oi_history", '[{"time_list":[],"price_list":[],"data_map":{}}]', 1),
        ("option_exchange_oi_history", '[{"time_list":[1,2,3]}]', 3),
        ("user_account_subscription", '{"level":"STANDARD"}', 1),
        ("user_account_subscription", '{"level":null}', 0),
        ("futures_supported_coins", '["BTC","ETH"]', 2),
    ],
)
def test_rows_are_counted_by_what_the_operation_answers(
    operation: str, data: str, rows: int, spec: Spec
) -> None:
    found = reading(spec, answer(200, f'{{"code":"0","data":{data}}}'), operation)
    assert found.rows == rows
    assert found.verdict is (Verdict.AVAILABLE if rows else Verdict.EMPTY)
    assert found.body is not None


def test_headers_tell_the_limit_the_clock_and_how_long_to_wait(spec: Spec) -> None:
    found = reading(
        spec,
        answer(
            429,
            TOO_MANY,
            api_key_max_limit="300",
            api_key_use_limit=" 301 ",
            retry_after="7",
            date="Fri, 20 Nov 2026 10:00:00 GMT",
        ),
    )
    assert (found.limit, found.used, found.retry_after) == (300, 301, 7.0)
    assert found.server_time == 1_795_168_800.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("12", 12.0),
        ("400000", 400_000.0),
        ("99999999999999999999", None),
        ("Fri, 31 Dec 9999 10:00:00 GMT", 999_999_999.0),
        ("Fri, 20 Nov 2026 10:00:30 GMT", 30.0),
        ("Fri, 20 Nov 2026 09:00:00 GMT", 0.0),
        ("soon", None),
        ("\u00b2", None),
        ("-5", None),
        ("", None),
    ],
)
def test_how_long_to_wait_is_bounded_and_never_negative(text: str, seconds: float | None, spec: Spec) -> None:
    found = reading(spec, answer(429, TOO_MANY, retry_after=text, date="Fri, 20 Nov 2026 10:00:00 GMT"))
    assert found.retry_after == seconds


@pytest.mark.parametrize("text", ["", "many", "-3", "3.5", "9" * 12, "\u00b2"])
def test_a_limit_that_is_no_number_is_left_out(text: str, spec: Spec) -> None:
    found = reading(spec, answer(200, PLAN, api_key_max_limit=text, api_key_use_limit=text))
    assert (found.limit, found.used) == (None, None)


def test_messages_are_one_bounded_line(spec: Spec) -> None:
    body = '{"code":"500","msg":"first\\nsecond\\u001b[31m\\u202e ' + "x" * 5000 + '"}'
    message = reading(spec, answer(200, body)).message
    assert message is not None
    assert message.startswith("first second [31m x")
    assert len(message) == MAX_MESSAGE
    assert message.isprintable()


def test_a_page_is_named_by_its_title_and_a_redirect_by_where_it_leads(spec: Spec) -> None:
    assert reading(spec, answer(403, BLOCKED)).message == "HTML: Attention Required!"
    moved = reading(spec, answer(302, "", location="https://elsewhere.example/"))
    assert moved.message == "redirects to https://elsewhere.example/; not followed"


@pytest.mark.parametrize("fault", ["timeout", "dns", "tls", "connect", "reset", "protocol"])
def test_no_answer_is_unreachable_and_may_pass(fault: str, spec: Spec) -> None:
    found = reading(spec, Unanswered(fault, "it went dark", 1.5))  # type: ignore[arg-type]
    assert (found.verdict, found.rule, found.retry) == (Verdict.UNREACHABLE, fault, True)
    assert (found.http_status, found.message, found.seconds) == (None, "it went dark", 1.5)


@pytest.mark.parametrize(
    ("status", "flaw", "verdict", "rule", "retry"),
    [
        (200, "truncated", Verdict.UNREADABLE, "truncated", True),
        (200, "too large", Verdict.UNREADABLE, "too large", False),
        (200, "undecodable", Verdict.UNREADABLE, "undecodable", False),
        (502, "truncated", Verdict.SERVER_ERROR, "edge-fault", True),
        (429, "too large", Verdict.RATE_LIMITED, "edge-rate-limit", True),
        (404, "undecodable", Verdict.NOT_FOUND, "status-404", False),
    ],
)
def test_a_body_that_is_lost_leaves_the_status(
    status: int, flaw: str, verdict: Verdict, rule: str, retry: bool, spec: Spec
) -> None:
    outcome = Spoilt(status, {"api-key-max-limit": "80"}, flaw, "it broke", 123, 0.5)  # type: ignore[arg-type]
    found = reading(spec, outcome)
    assert (found.verdict, found.rule, found.retry) == (verdict, rule, retry)
    assert (found.http_status, found.size, found.limit) == (status, 123, 80)


def test_deep_json_is_unreadable_and_harms_nothing(spec: Spec) -> None:
    found = reading(spec, answer(200, '{"code":"0","data":' + "[" * 100_000 + "]" * 100_000 + "}"))
    assert found.verdict is Verdict.UNREADABLE
