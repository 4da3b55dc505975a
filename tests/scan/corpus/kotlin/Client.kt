const val BASE = "https://open-api-v4.coinglass.com"
class Client {
    fun coins() = get("$BASE/api/futures/supported-coins")
    fun info() = get("${BASE}/api/option/info?symbol=BTC")
}
