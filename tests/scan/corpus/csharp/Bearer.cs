var client = new HttpClient { BaseAddress = new Uri("https://open-api-v4.coinglass.com") };
client.DefaultRequestHeaders.Add("coinglassSecret", key);
var json = await client.GetStringAsync("/api/futures/supported-coins");
