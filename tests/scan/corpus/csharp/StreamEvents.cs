var uri = new Uri($"wss://open-ws.coinglass.com/ws-api?cg-api-key={key}");
using var client = new WebsocketClient(uri) { ReconnectTimeout = TimeSpan.FromSeconds(60) };
client.ReconnectionHappened.Subscribe(_ => client.Send("{\"method\":\"subscribe\",\"channels\":[\"liquidationOrders\"]}"));
using var timer = new Timer(_ => client.Send("ping"), null, 20000, 20000);
await client.Start();
