const axios = require("axios");
const BASE = "https://open-api-v3.coinglass.com/api";
async function rates() {
  const res = await axios.get(BASE + "/futures/fundingRate/exchange-list");
  return res.data.data;
}
