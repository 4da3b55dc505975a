const axios = require("axios");
class Worker {
  get url() {
    return `https://open-api-v4.coinglass.com/api/option/info?symbol=${this.symbol}`;
  }
  async update() {
    const answer = await axios.get(this.url);
    return answer.data.data;
  }
}
