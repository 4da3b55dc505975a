async function load() {
  for (let n = 0; n < 3; n++) {
    const wait = 2 ** n * 100 + Math.random() * 50;
    const res = await call("https://open-api-v4.coinglass.com/api/futures/supported-coins", { headers: { "X-Id": Math.random().toString(36) } });
    if (res) return res;
    await new Promise((done) => setTimeout(done, wait));
  }
  return [];
}
const color = "#" + Math.floor(Math.random() * 16777215).toString(16);
