const BASE = "https://open-api-v4.coinglass.com";
function check(body) { if (String(body.code) !== "0") throw new Error(body.msg); return body; }
async function coins() {
  const body = check(await (await fetch(BASE + "/api/futures/supported-coins", { signal })).json());
  return body.data;
}
