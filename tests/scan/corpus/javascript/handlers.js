const axios = require("axios");
const BASE = "https://open-api-v4.coinglass.com";
app.get("/coins", async (req, res) => {
  const answer = await axios.get(`${BASE}/api/futures/supported-coins`, { timeout: 5000 });
  res.json(answer.data.data);
});
app.get("/ranks", async (req, res) => {
  try {
    const answer = await axios.get(`${BASE}/api/futures/exchange-rank`, { timeout: 5000 });
    res.json(answer.data.data);
  } catch (error) {
    res.status(error.code === "ECONNABORTED" ? 504 : 500).end();
  }
});
