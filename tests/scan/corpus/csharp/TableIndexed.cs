var root = "https://open-api-v4.coinglass.com/api/futures/";
var paths = new Dictionary<string, string> { ["oi"] = "openInterest/ohlc-history", ["coins"] = "supported-coins" };
var json = await client.GetStringAsync(root + paths[kind]);
