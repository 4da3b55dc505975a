const BASE: &str = "https://open-api-v4.coinglass.com/api";
async fn interest(client: &Client) -> Result<Value> {
    let url = format!("{BASE}/futures/open-interest/history");
    client.get(&url).query(&[("pair", "BTCUSDT"), ("exchange", "Binance"), ("interval", "4h")]).send().await?.json().await
}
