public class CoinglassClient {
    private const string Base = "https://open-api-v4.coinglass.com";
    public string Oi(string symbol) => Get($"{Base}/api/futures/open-interest/history?exchange=Binance&symbol={symbol}&interval=1h");
    public string Old() => Get($"{Base}/api/futures/fundingRate/exchange-list");
    private const string ApiKey = "fa4efa4efa4efa4efa4efa4efa4efa4e";
}
