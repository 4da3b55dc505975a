const BASE = "https://open-api-v4.coinglass.com";
async function coins() {
  const answer = await axios.get(`${BASE}/api/futures/supported-coins`, { timeout: 5000 });
  if (answer?.data?.success && answer.data.data) {
    return answer.data.data;
  }
  return [];
}
