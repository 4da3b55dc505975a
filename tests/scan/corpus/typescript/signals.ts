const controller = new AbortController();
const t = setTimeout(() => controller.abort(), 5000);
const r = await fetch('https://open-api-v4.coinglass.com/api/futures/supported-coins', { headers, signal: controller.signal });
const opts = { method: 'GET', headers };
const s = await fetch('https://open-api-v4.coinglass.com/api/futures/supported-coins', opts);
