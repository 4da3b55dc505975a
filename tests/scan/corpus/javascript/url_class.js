// coinglass
const url = new URL("/api/futures/supported-coins", "https://open-api-v4.coinglass.com");
