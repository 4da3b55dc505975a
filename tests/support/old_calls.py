"""Writes code as it was written against earlier versions: one call of every route, in several manners.

Only the table's old side is read here: where a version was served, how it took the key, a route's path
and the old names of its parameters. What replaces them is for the rewrite to know.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from audit.spec.legacy import Legacy, Version

SURE = ("documented", "same-resource")

# What people sent: by the old name of a parameter.
SENT = {
    "symbol": "BTC",
    "coin": "BTC",
    "pair": "BTCUSDT",
    "ex": "Binance",
    "exName": "Binance",
    "exchange": "Binance",
    "exchanges": "Binance,OKX,Bybit",
    "exchange_list": "Binance,OKX",
    "interval": "h4",
    "time_type": "h4",
    "range": "1d",
    "limit": "50",
    "ticker": "GBTC",
    "currency": "USD",
    "unit": "USD",
    "type": "futures",
    "usd": "10000",
    "minUsd": "10000",
    "minLiquidationAmount": "10000",
    "pageNum": "1",
    "pageSize": "20",
    "state": "1",
}
# Where a route took another value than its name tells: by the end of its path.
OTHERWISE = {
    "heatmap": {"range": "3d"},
    "/liquidation/order": {"symbol": "BTC"},
    "/borrowInterestRate/history": {"symbol": "BTC"},
    "/option/max-pain": {"symbol": "BTC", "exName": "Deribit"},
    "/option/v2/exchange-oi-history": {"range": "all"},
    "/openInterest/exchange-history-chart": {"range": "4h"},
    "/liquidation/exchange-list": {"range": "24h"},
    "/takerBuySellVolume/exchange-list": {"range": "h1"},
    "/orderbook/aggregated-history": {"range": "1"},
    "/futures/orderbook/history": {"range": "1"},
    "/spot/orderbook/history": {"range": "1"},
    "/spot/aggregatedTakerBuySellVolume/history": {"unit": "usd"},
    "/grayscale/premium-history": {"symbol": "ETC"},
    "/public/v2/liqMap": {"symbol": "Binance_BTCUSDT", "interval": "1d"},
}
# These counted in milliseconds when their siblings counted in seconds.
MILLISECONDS = ("/liquidation/order", "/exchange/chain/tx/list")


@dataclass(frozen=True)
class OldCall:
    """One call of an earlier route, as it was sent."""

    name: str
    version: Version
    path: str
    parameters: Mapping[str, str]

    @property
    def below(self) -> str:
        """The path below its version's prefix."""
        return self.path.removeprefix(self.version.prefix)

    @property
    def base(self) -> str:
        """Where the version is served, with its prefix."""
        return f"{self.version.url}{self.version.prefix}"


def old_calls(legacy: Legacy, now: int) -> Iterator[OldCall]:
    """Yield a call of every certain route; ``now`` in seconds ends the stretch of time that is asked for."""
    for number, route in enumerate(legacy.routes):
        version = legacy.versions[route.version]
        if route.confidence not in SURE:
            continue
        if version.url is None:
            # A router of somebody's own, asked as if the API had those paths: on the host of today.
            today = next(one for one in legacy.versions.values() if one.current)
            version = replace(today, name=version.name, prefix="")
        path = route.path.replace("{...}", "").replace("{symbol}", "BTCUSDT").replace("{coin}", "BTC")
        name = f"{route.version}_{number:03}_" + re.sub(r"\W+", "_", path).strip("_").lower()
        names = [name for name in route.params if name.isidentifier()]
        yield OldCall(name, version, path, _sent(version, path, names, now))


def _sent(version: Version, path: str, names: Iterable[str], now: int) -> dict[str, str]:
    values, names = dict(SENT), sorted(names)
    if "exchange" in names or "exName" in names:
        values["symbol"] = "BTCUSDT"
    for end, other in OTHERWISE.items():
        if path.endswith(end):
            values |= other
    unit = 1 if version.name == "v3" and not path.endswith(MILLISECONDS) else 1000
    times = {"startTime": now - 3 * 86_400, "endTime": now}
    values |= {name: str(moment * unit) for name, moment in times.items()}
    values |= {"start_time": values["startTime"], "end_time": values["endTime"]}
    return {name: values[name] for name in names}


def _query(call: OldCall) -> str:
    sent = "&".join(f"{name}={value}" for name, value in call.parameters.items())
    return f"?{sent}" if sent else ""


def _python_params(call: OldCall) -> str:
    """A base constant, an f-string, and the parameters at the call."""
    sent = f"    params={json.dumps(call.parameters)},\n" if call.parameters else ""
    return (
        f'import json\nimport os\n\nimport requests\n\nBASE = "{call.base}"\n'
        f'HEADERS = {{"{call.version.header}": os.environ["OLD_KEY"], "accept": "application/json"}}\n\n'
        f'answer = requests.get(\n    f"{{BASE}}{call.below}",\n    headers=HEADERS,\n{sent}'
        "    timeout=30,\n)\n"
        f'print(json.dumps(["{call.name}", answer.status_code, answer.json()]))\n'
    )


def _python_wrapper(call: OldCall) -> str:
    """A client class whose method takes path and parameters."""
    sent = ", ".join(f"'{name}': '{value}'" for name, value in call.parameters.items())
    given = f", {{{sent}}}" if sent else ""
    return (
        "import json\nimport os\nimport requests\n\n\nclass Client:\n"
        f"    HOST = '{call.version.url}'\n\n"
        "    def __init__(self, key):\n        self.session = requests.Session()\n"
        f"        self.session.headers.update({{'{call.version.header}': key}})\n\n"
        "    def _get(self, path, params=None):\n"
        "        return self.session.get(self.HOST + path, params=params, timeout=30)\n\n"
        f"    def ask(self):\n        return self._get('{call.path}'{given})\n\n\n"
        "answer = Client(os.environ['OLD_KEY']).ask()\n"
        f"print(json.dumps(['{call.name}', answer.status_code, answer.json()]))\n"
    )


def _python_query(call: OldCall) -> str:
    """Everything in one address."""
    return (
        "import json\nimport os\nimport requests\n\n"
        f'url = "{call.version.url}{call.path}{_query(call)}"\n'
        f'headers = {{"{call.version.header}": os.environ["OLD_KEY"]}}\n'
        "answer = requests.get(url, headers=headers, timeout=30)\n"
        f'print(json.dumps(["{call.name}", answer.status_code, answer.json()]))\n'
    )


def _python_steps(call: OldCall) -> str:
    """A function that puts its parameters together step by step, under names of its own."""
    sent = "".join(f'    params["{name}"] = "{value}"\n' for name, value in call.parameters.items())
    return (
        f'import json\nimport os\n\nimport requests\n\nAPI = "{call.base}"\n\n\n'
        f'def ask(key):\n    endpoint = "{call.below}"\n    params = {{}}\n{sent}'
        f'    headers = {{"{call.version.header}": key}}\n'
        "    return requests.get(API + endpoint, params=params, headers=headers, timeout=30)\n\n\n"
        'answer = ask(os.environ["OLD_KEY"])\n'
        f'print(json.dumps(["{call.name}", answer.status_code, answer.json()]))\n'
    )


_TELL = "console.log(JSON.stringify(['{name}', response.status, await response.json()]));\n"


def _typescript_search(call: OldCall) -> str:
    """A base constant, a template and URLSearchParams."""
    sent = "".join(f"  {name}: '{value}',\n" for name, value in call.parameters.items())
    query = f"const query: URLSearchParams = new URLSearchParams({{\n{sent}}});\n" if sent else ""
    mark = "?${query}" if sent else ""
    return (
        f"const BASE: string = '{call.base}';\n"
        f"const headers: Record<string, string> = {{ '{call.version.header}': process.env.OLD_KEY ?? '' }};\n"
        f"{query}"
        f"const response: Response = await fetch(`${{BASE}}{call.below}{mark}`, {{ headers }});\n"
        + _TELL.format(name=call.name)
    )


def _typescript_wrapper(call: OldCall) -> str:
    """A client class whose method takes path and parameters."""
    sent = ", ".join(f'{name}: "{value}"' for name, value in call.parameters.items())
    given = f", {{ {sent} }}" if sent else ""
    return (
        "class Client {\n"
        f'  host: string = "{call.version.url}";\n\n'
        "  async get(path: string, params: Record<string, string> = {}): Promise<Response> {\n"
        "    const url: URL = new URL(this.host + path);\n"
        "    url.search = new URLSearchParams(params).toString();\n"
        f'    return fetch(url, {{ headers: {{ "{call.version.header}": process.env.OLD_KEY ?? "" }} }});\n'
        "  }\n\n"
        f'  async ask(): Promise<Response> {{\n    return this.get("{call.path}"{given});\n  }}\n}}\n\n'
        "const response: Response = await new Client().ask();\n" + _TELL.format(name=call.name)
    )


def _typescript_query(call: OldCall) -> str:
    """Everything in one address."""
    return (
        f'const url: string = "{call.version.url}{call.path}{_query(call)}";\n'
        "const response: Response = await fetch(url, {\n"
        f'  headers: {{ "{call.version.header}": process.env.OLD_KEY ?? "", accept: "application/json" }},\n'
        "});\n" + _TELL.format(name=call.name)
    )


def _typescript_axios(call: OldCall) -> str:
    """An axios call with its parameters and headers in one object."""
    sent = ", ".join(f"{name}: '{value}'" for name, value in call.parameters.items())
    params = f"    params: {{ {sent} }},\n" if sent else ""
    return (
        "import axios from 'axios';\n\n"
        f"const API_URL = '{call.base}';\n\n"
        "async function ask(key: string) {\n"
        f"  return axios.get(`${{API_URL}}{call.below}`, {{\n{params}"
        f"    headers: {{ '{call.version.header}': key }},\n  }});\n}}\n\n"
        "const answer = await ask(process.env.OLD_KEY ?? '');\n"
        f"console.log(JSON.stringify(['{call.name}', answer.status, answer.data]));\n"
    )


def _typescript_steps(call: OldCall) -> str:
    """An address that gets its parameters one after the other."""
    sent = "".join(
        f'  url.searchParams.set("{name}", "{value}");\n' for name, value in call.parameters.items()
    )
    return (
        f'const HOST = "{call.version.url}";\n\n'
        f"async function ask(key: string) {{\n  const url: URL = new URL(`${{HOST}}{call.path}`);\n{sent}"
        f'  return await fetch(url, {{ headers: {{ "{call.version.header}": key }} }});\n}}\n\n'
        "const response: Response = await ask(process.env.OLD_KEY ?? '');\n" + _TELL.format(name=call.name)
    )


Written = Callable[[OldCall], str]
PYTHON: tuple[Written, ...] = (_python_params, _python_wrapper, _python_query, _python_steps)
TYPESCRIPT: tuple[Written, ...] = (
    _typescript_search,
    _typescript_wrapper,
    _typescript_query,
    _typescript_axios,
    _typescript_steps,
)
