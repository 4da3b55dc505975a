const url = "https://" + path.join("open-api-v4.coinglass.com", "/api/futures/supported-coins");
