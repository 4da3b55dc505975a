async fn f() { let client = reqwest::Client::new(); let r = client.get("https://open-api-v4.coinglass.com/api/futures/supported-coins").header("CG-API-KEY", k).send().await?; }
