const HOST = "https://open-api-v4.coinglass.com";
export async function load(kind: string): Promise<Response> {
  let url = HOST;
  let options: RequestInit = {};
  if (kind === "coins") {
    url = HOST + "/api/futures/supported-coins";
    options = { signal: AbortSignal.timeout(5000) };
  } else {
    const url = HOST + "/api/futures/coins-markets";
    for (const attempt of [1, 2]) {
      const params = new URLSearchParams({ page: "1" });
      const res = await fetch(`${url}?${params}`, { signal: AbortSignal.timeout(attempt * 1000) });
      if (res.ok) return res;
    }
  }
  return fetch(url, options);
}
