val coinglass = "wss://open-ws.coinglass.com/ws-api?cg-api-key=${System.getenv("COINGLASS_API_KEY")}"

suspend fun listen(client: HttpClient) {
    while (true) {
        client.webSocket(coinglass) {
            send(Frame.Text("""{"method":"subscribe","channels":["liquidationOrders"]}"""))
            launch { while (isActive) { send(Frame.Text("ping")); delay(20_000) } }
            for (frame in incoming) println(frame)
        }
    }
}
