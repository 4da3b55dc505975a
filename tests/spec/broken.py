"""One fault each in the small description, and the problem that names it."""

from __future__ import annotations

SEA, PEOPLE = "groups/sea-levels.yaml", "groups/people.yaml"
HISTORY = "sea_level_history"

# What is broken: file, text, its replacement -> file and place of the problem, words of its message.
Edit = tuple[str, str, str]
BROKEN: dict[str, tuple[Edit, Edit]] = {
    "flow-text-with-a-comma": (
        ("openapi.yaml", "description: Who asks", "description: Who asks, and why"),
        ("openapi.yaml", "tags/0", "not OpenAPI 3.1"),
    ),
    "response-without-description": (
        (PEOPLE, "        description: The plan.\n", ""),
        (PEOPLE, "who/responses/200", "is a required property"),
    ),
    "key-that-standard-lacks": (
        (SEA, "    summary: Storms now", "    summery: Storms now"),
        (SEA, "sea_storms", "was unexpected"),
    ),
    "dynamic-reference": (
        (PEOPLE, "    type: object\n", "    type: object\n    $dynamicRef: https://tides.example/x\n"),
        ("openapi.yaml", "$dynamicRef", "not used in a description"),
    ),
    "operation-id": (
        (SEA, "operationId: sea_storms", "operationId: seaStorms"),
        (SEA, "sea_storms/operationId", "expected sea_storms (from the path), found seaStorms"),
    ),
    "path-outside-prefix": (
        ("openapi.yaml", "/v1/who:", "/v2/who:"),
        (PEOPLE, "who", "expected a path below /v1/, found /v2/who"),
    ),
    "key-unlike-operation-id": (
        ("openapi.yaml", "#/sea_storms", "#/storms"),
        ("openapi.yaml", "", "points to nothing"),
    ),
    "tag-not-declared": (
        (SEA, "    tags: [sea/levels]\n    summary: Storms", "    tags: [sea/storms]\n    summary: Storms"),
        (SEA, "sea_storms/tags", "the tag sea/storms is not declared"),
    ),
    "two-tags": (
        (PEOPLE, "tags: [people]", "tags: [people, sea/levels]"),
        (PEOPLE, "who/tags", "expected one tag, found 2"),
    ),
    "wrong-file-for-tag": (
        (PEOPLE, "tags: [people]", "tags: [sea/levels]"),
        (PEOPLE, "who/tags", "belong in groups/sea-levels.yaml"),
    ),
    "tag-unused": (
        ("openapi.yaml", "tags:\n", "tags:\n  - {name: moon, description: Up there}\n"),
        ("openapi.yaml", "tags/moon", "no operation belongs to it"),
    ),
    "operation-unused": (
        ("openapi.yaml", "  /v1/sea/storms: {$ref: groups/sea-levels.yaml#/sea_storms}\n", ""),
        (SEA, "sea_storms", "no path of openapi.yaml refers to this operation"),
    ),
    "schema-unused": (
        (SEA, "\nschemas:\n", "\nschemas:\n  Wave: {type: object, description: One wave.}\n"),
        (SEA, "schemas/Wave", "nothing refers to it"),
    ),
    "no-summary": (
        (SEA, "summary: Storms now", 'summary: ""'),
        (SEA, "sea_storms/summary", "expected text, found nothing"),
    ),
    "no-description": (
        (SEA, "    description: Storms that are under way.\n", ""),
        (SEA, "sea_storms/description", "expected text, found nothing"),
    ),
    "no-plan": (
        (SEA, "    x-plan: crew\n", ""),
        (SEA, "sea_storms/x-plan", "expected text, found nothing"),
    ),
    "plan-unknown": (
        (SEA, "x-plan: crew", "x-plan: crow"),
        (SEA, "sea_storms/x-plan", "crow is not a plan; write crew"),
    ),
    "no-refusal": (
        (PEOPLE, "      default: {$ref: ../components.yaml#/responses/Refusal}\n", ""),
        (PEOPLE, "who/responses/default", "expected a JSON schema, found none"),
    ),
    "no-envelope": (
        (
            PEOPLE,
            "              $ref: ../components.yaml#/schemas/Envelope\n",
            "              type: object\n",
        ),
        (PEOPLE, "who/responses/200", "expected the field status, found none"),
    ),
    "data-optional": (
        (PEOPLE, "              required: [result]\n", ""),
        (PEOPLE, "who/responses/200", "expected result to be required"),
    ),
    "extension-unknown": (
        (SEA, "x-may-be-empty: true", "x-may-be-emtpy: true"),
        (SEA, "sea_storms/x-may-be-emtpy", "unknown key; write x-may-be-empty"),
    ),
    "extension-of-root-unknown": (
        ("openapi.yaml", "x-provider:", "x-supplier: {}\nx-provider:"),
        ("openapi.yaml", "x-supplier", "unknown extension"),
    ),
    "series-key-unknown": (
        (SEA, "step: interval, order", "stop: interval, order"),
        (SEA, f"{HISTORY}/x-series/stop", "unknown key; write step"),
    ),
    "series-order": (
        (SEA, "order: ascending", "order: rising"),
        (SEA, f"{HISTORY}/x-series/order", 'expected one of ascending, descending, any, found "rising"'),
    ),
    "series-nowhere": (
        (SEA, "result[].time", "result[].moment"),
        (SEA, f"{HISTORY}/x-series/times", "result[].moment leads to nothing"),
    ),
    "series-no-moment": (
        (SEA, 'times: "result[].time"', "times: result"),
        (SEA, f"{HISTORY}/x-series/times", "result is no moment"),
    ),
    "floor-without-interval": (
        (SEA, "x-may-be-empty: true", "x-may-be-empty: true\n    x-interval-floor: plan"),
        (SEA, "sea_storms/x-interval-floor", "a floor needs an interval parameter"),
    ),
    "floor-form": (
        (SEA, "x-interval-floor: plan", "x-interval-floor: 1h"),
        (SEA, f"{HISTORY}/x-interval-floor", "expected `plan`, or a map"),
    ),
    "floor-of-no-plan": (
        (SEA, "x-interval-floor: plan", "x-interval-floor: {duck: 1h}"),
        (SEA, f"{HISTORY}/x-interval-floor", "duck is not a plan; write deck"),
    ),
    "floor-finer-on-cheaper": (
        (SEA, "x-interval-floor: plan", "x-interval-floor: {deck: 1h, crew: 1d}"),
        (SEA, f"{HISTORY}/x-interval-floor", "crew begins at 1d, the cheaper deck at 1h"),
    ),
    "updates-form": (
        (SEA, "x-updates: realtime", "x-updates: often"),
        (SEA, "sea_storms/x-updates", 'expected `realtime` or a span such as 10s, found "often"'),
    ),
    "field-without-description": (
        (SEA, "gauge: {type: string, description: Its name.,", "gauge: {type: string,"),
        (SEA, "schemas/Gauge/gauge", "expected a description, found none"),
    ),
    "position-without-description": (
        (SEA, ", description: When it was seen.", ""),
        (SEA, "sea_storms/200/schema/result/[]/0", "expected a description, found none"),
    ),
    "field-without-type": (
        (SEA, "{type: string, description: Its name., examples: [ESB1, ESB2]}", "{description: Its name.}"),
        (SEA, "schemas/Gauge/gauge", "expected a type, found none"),
    ),
    "schema-keyword": (
        (SEA, "share: {type: number,", "share: {type: number, minumum: 0,"),
        (SEA, "schemas/Gauge/share/minumum", "no keyword of a schema and would be ignored; write minimum"),
    ),
    "unit-unknown": (
        (SEA, "x-unit: percent", "x-unit: percents"),
        (SEA, "schemas/Gauge/share/x-unit", "expected one of usd, usdt"),
    ),
    "unit-of-text": (
        (SEA, "gauge: {type: string,", "gauge: {type: string, x-unit: count,"),
        (SEA, "schemas/Gauge/gauge/x-unit", "a unit needs a number; this is string"),
    ),
    "time-unit-unknown": (
        (SEA, "time: {type: integer, x-time: s,", "time: {type: integer, x-time: us,"),
        (SEA, "schemas/Candle/time/x-time", 'expected one of ms, s, ns, found "us"'),
    ),
    "time-of-text": (
        (SEA, "time: {type: integer, x-time: s,", "time: {type: string, x-time: s,"),
        (SEA, "schemas/Candle/time/x-time", "a moment is a number"),
    ),
    "time-without-unit": (
        (
            SEA,
            "sea: {type: string, description: Where it stands., examples: [North]}",
            (
                "sea: {type: string, description: S., examples: [N]}\n"
                "      built_date: {type: integer, description: B.}"
            ),
        ),
        (SEA, "schemas/Gauge/built_date", "named like a moment, without x-time"),
    ),
    "decimal-number": (
        (SEA, "share: {type: number,", "share: {type: number, format: decimal,"),
        (SEA, "schemas/Gauge/share/format", "decimal is a number as text; this is number"),
    ),
    "required-unknown": (
        (SEA, "required: [gauge, sea]", "required: [gauge, see]"),
        (SEA, "schemas/Gauge/required", "see is required but not described; write sea"),
    ),
    "ohlc-unknown-field": (
        (SEA, "low: low, close: close", "low: lowest, close: close"),
        (SEA, "schemas/Candle/x-ohlc", "low is lowest, but the row has no such field"),
    ),
    "ohlc-unknown-position": (
        (
            SEA,
            "minItems: 2\n",
            "minItems: 2\n                    x-ohlc: {open: 0, high: 1, low: 1, close: 2}\n",
        ),
        (SEA, "x-ohlc", "close is position 2, but the row has 2"),
    ),
    "ohlc-incomplete": (
        (SEA, "{open: open, high: high, low: low, close: close}", "{open: open}"),
        (SEA, "schemas/Candle/x-ohlc", "expected a map of open, high, low, close"),
    ),
    "field-example": (
        (SEA, 'examples: ["1.4"]', 'examples: ["high"]'),
        (SEA, "schemas/Candle/high/examples", "does not fit its own schema"),
    ),
    "name-example": (
        (SEA, "propertyNames: {examples: [Esbjerg]}", "propertyNames: {maxLength: 3, examples: [Esbjerg]}"),
        (SEA, "propertyNames", "does not fit its own schema"),
    ),
    "parameter-example": (
        (SEA, "        example: 10\n", "        example: 1000\n"),
        (SEA, f"{HISTORY}/parameters/limit/example", "does not fit the schema: 1000 is greater"),
    ),
    "parameter-without-example": (
        (SEA, "        example: ESB1\n", ""),
        (SEA, f"{HISTORY}/parameters/gauge", "is required, yet has no example"),
    ),
    "parameter-role": (
        (SEA, "x-role: pair", "x-role: pear"),
        (SEA, f"{HISTORY}/parameters/gauge/x-role", "expected one of exchange"),
    ),
    "parameter-in-header": (
        (SEA, "name: gauge\n        in: query", "name: gauge\n        in: header"),
        (SEA, f"{HISTORY}/parameters/gauge", "expected `in: query`"),
    ),
    "moment-without-unit": (
        (SEA, "        x-time: s\n        x-example-ago: 2d\n", ""),
        (SEA, f"{HISTORY}/parameters/from", "is a moment without a unit"),
    ),
    "interval-unknown": (
        (SEA, "enum: [10m, 1h, 1d]", "enum: [10m, 1h, 2d]"),
        (SEA, f"{HISTORY}/parameters/interval/schema/enum", "2d is not among the provider's intervals"),
    ),
    "intervals-out-of-order": (
        (SEA, "enum: [10m, 1h, 1d]", "enum: [1h, 10m, 1d]"),
        (SEA, f"{HISTORY}/parameters/interval/schema/enum", "finest first"),
    ),
    "intervals-of-provider-out-of-order": (
        ("openapi.yaml", "intervals: [10m, 1h, 1d]", "intervals: [1h, 10m, 1d]"),
        ("openapi.yaml", "x-provider/intervals", "finest first"),
    ),
    "note-kind": (
        (SEA, "kind: oddity", "kind: curiosity"),
        (SEA, f"{HISTORY}/x-notes/0/kind", "expected one of oddity, disagreement, undocumented"),
    ),
    "note-source": (
        (SEA, "sources: [manual]", "sources: [rumour]"),
        (SEA, f"{HISTORY}/x-notes/0/sources", "rumour is not a known source"),
    ),
    "note-without-words": (
        (SEA, "        note: The manual calls it words.\n", ""),
        (SEA, f"{HISTORY}/x-notes/0", "expected note, found none"),
    ),
    "disagreement-without-taken": (
        (SEA, "        taken: site\n", ""),
        (SEA, f"{HISTORY}/x-notes/1/taken", "a disagreement needs taken"),
    ),
    "disagreement-takes-nobody": (
        (
            SEA,
            "says: {manual: at most 500, site: at most 100}",
            "says: {manual: at most 500, sight: at most 1}",
        ),
        (SEA, f"{HISTORY}/x-notes/1/taken", "site is taken but says nothing"),
    ),
    "oddity-with-says": (
        (SEA, "kind: disagreement", "kind: oddity"),
        (SEA, f"{HISTORY}/x-notes/1/says", "only a disagreement has says"),
    ),
    "no-witness": (
        (SEA, "    x-witness: true\n", ""),
        ("openapi.yaml", "x-witness/crew", "expected one witness for crew, found none"),
    ),
    "witness-of-cheapest": (
        (PEOPLE, "    x-plan: deck\n", "    x-plan: deck\n    x-witness: true\n"),
        (PEOPLE, "who/x-witness", "deck has no cheaper plan"),
    ),
    "two-witnesses": (
        (
            SEA,
            "    x-plan: deck\n    x-updates: 1d",
            "    x-plan: crew\n    x-witness: true\n    x-updates: 1d",
        ),
        (SEA, "sea_storms/x-witness", "expected one witness for crew, found 2"),
    ),
    "account-operation": (
        ("openapi.yaml", "account: {operation: who", "account: {operation: whom"),
        ("openapi.yaml", "x-provider/account", "there is no operation whom; write who"),
    ),
    "account-field": (
        ("openapi.yaml", "expires: until", "expires: till"),
        ("openapi.yaml", "x-provider/account", "who has no field till"),
    ),
    "usual-plan": (
        ("openapi.yaml", "usual-plan: crew", "usual-plan: cook"),
        ("openapi.yaml", "x-provider/usual-plan", "cook is not a plan"),
    ),
    "rule-unreachable": (
        (
            "refusals.yaml",
            "  - {id: busy,",
            (
                "  - {id: late, when: {content: json, words: [do ask the purser]}, verdict: bad_request}\n"
                "  - {id: busy,"
            ),
        ),
        ("refusals.yaml", "rules/late", "can never decide: plan holds whenever it does"),
    ),
    "rule-id-twice": (
        ("refusals.yaml", "id: broken,", "id: busy,"),
        ("refusals.yaml", "rules/busy", "two rules have this id"),
    ),
    "last-rule-with-condition": (
        ("refusals.yaml", "{id: unknown, when: {}", "{id: unknown, when: {http: 4xx}"),
        ("refusals.yaml", "", "the last rule must hold for everything"),
    ),
    "verdict-unknown": (
        ("refusals.yaml", "verdict: not_found", "verdict: lost"),
        ("refusals.yaml", "", "rule gone: 'lost' is not a valid Verdict"),
    ),
    "answer-misread": (
        ("refusals.yaml", "msg: Ask the purser}", "msg: Pay more}"),
        (
            "refusals.yaml",
            "answers/plan",
            "with status 402 expected plan_gated, found unreadable (rule unknown)",
        ),
    ),
    "answer-misread-with-200": (
        ("refusals.yaml", "{http: 500, code: broken,", '{http: 500, code: "0",'),
        ("refusals.yaml", "answers/server", "with status 200 expected server_error, found unreadable"),
    ),
    "answer-absent": (
        ("refusals.yaml", "  rate: {http: 429, code: busy, msg: Slower}\n", ""),
        ("refusals.yaml", "answers/rate", "expected this answer, found none"),
    ),
    "rates-not-rising": (
        ("plans.yaml", "requests_per_minute: 60", "requests_per_minute: 10"),
        ("plans.yaml", "crew/requests_per_minute", "expected more than the plan below; crew has 10, deck 10"),
    ),
    "floor-coarser-on-dearer": (
        ("plans.yaml", "requests_per_minute: 60,", "requests_per_minute: 60, interval_floor: 1d,"),
        ("plans.yaml", "crew/interval_floor", "crew begins at 1d, deck at 1h"),
    ),
    "history-shorter-on-dearer": (
        ("plans.yaml", "1h: 60d", "1h: 20d"),
        ("plans.yaml", "crew/history/1h", "cannot reach back less than deck does"),
    ),
    "history-below-floor": (
        ("plans.yaml", "history: {1h: 30d,", "history: {10m: 1d, 1h: 30d,"),
        ("plans.yaml", "deck/history/10m", "finer than the floor of 1h"),
    ),
    "plan-twice": (
        ("plans.yaml", "name: bridge", "name: crew"),
        ("plans.yaml", "crew", "the plan is listed twice"),
    ),
    "legacy-target": (
        ("legacy.yaml", "also: [/v1/sea/gauges]", "also: [/v1/sea/gauge]"),
        (
            "legacy.yaml",
            "routes/v0//v0/level/{gauge}",
            "/v1/sea/gauge is not a path of openapi.yaml; write /v1/sea/gauges",
        ),
    ),
    "legacy-twice": (
        (
            "legacy.yaml",
            "    - {path: /v0/moon,",
            "    - {path: /v0/Moon/, now: null, confidence: none, note: no}\n    - {path: /v0/moon,",
        ),
        ("legacy.yaml", "routes/v0//v0/moon", "listed twice"),
    ),
    "legacy-none-with-target": (
        ("legacy.yaml", "now: null", "now: /v1/sea/storms"),
        ("legacy.yaml", "routes/v0//v0/moon", "confidence none does not go with"),
    ),
    "legacy-without-note": (
        ("legacy.yaml", ", note: look at the sky", ""),
        ("legacy.yaml", "routes/v0//v0/moon", "needs a note"),
    ),
    "legacy-stray-exists": (
        ("legacy.yaml", "path: /v1/sea/waves", "path: /v1/sea/storms"),
        ("legacy.yaml", "undocumented//v1/sea/storms", "openapi.yaml has this path"),
    ),
    "legacy-version": (
        ("legacy.yaml", "  v0:\n    - {", "  v9:\n    - {"),
        ("legacy.yaml", "", "routes/v9: not a version"),
    ),
    "provider-incomplete": (
        ("openapi.yaml", "  key-variable: TIDES_KEY\n", ""),
        ("openapi.yaml", "", "is incomplete (KeyError('key-variable'))"),
    ),
}
