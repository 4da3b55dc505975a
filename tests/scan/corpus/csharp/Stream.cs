class Stream {
    const string Url = "wss://open-ws.coinglass.com/ws-api";
    async Task Run(string key) {
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri(Url + "?cg-api-key=" + key), CancellationToken.None);
        var body = JsonSerializer.Serialize(new { op = "subscribe", args = new[] { "liquidationOrders" } });
        await socket.SendAsync(Encoding.UTF8.GetBytes(body), WebSocketMessageType.Text, true, CancellationToken.None);
    }
}
