var client = new HttpClient();
client.BaseAddress = new Uri("https://open-api-v4.coinglass.com/");
client.DefaultRequestHeaders.Add("Authorization", $"Bearer {key}");
var own = new HttpClient();
own.DefaultRequestHeaders.Add("Authorization", $"Bearer {token}");
var body = await client.GetStringAsync("api/futures/coins-markets");
var mine = await own.GetStringAsync("https://backend.example.com/api/alerts");
