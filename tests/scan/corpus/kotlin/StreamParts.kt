// CoinGlass, by ktor.
suspend fun listen(client: HttpClient, key: String) {
    client.wss(host = "open-ws.coinglass.com", path = "/ws-api?cg-api-key=$key") {
        send("""{"method":"subscribe","channels":["futures_trades@Binance_BTCUSDT@10000"]}""")
        for (frame in incoming) println(frame)
    }
}
