const BASE: &str = "https://open-api-v4.coinglass.com";
async fn coins() -> Result<String> {
    let url = format!("{}/api/futures/supported-coins", BASE);
    client.get(&url).header("CG-API-KEY", key).send().await
}
async fn quick() -> Result<Response> {
    reqwest::get("https://open-api-v4.coinglass.com/api/futures/coins-markets").await
}
