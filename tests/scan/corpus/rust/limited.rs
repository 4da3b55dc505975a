async fn f() { let client = reqwest::Client::builder().timeout(Duration::from_secs(5)).build()?; let r = client.get("https://open-api-v4.coinglass.com/api/futures/supported-coins").send().await?; }
