async fn session(key: &str) -> Result<()> {
    let (stream, _) = tokio_tungstenite::connect_async(format!("wss://open-ws.coinglass.com/ws-api?cg-api-key={key}")).await?;
    let (mut write, mut read) = stream.split();
    write.send(Message::Text(json!({"method": "subscribe", "channels": ["liquidationOrders"]}).to_string())).await?;
    loop {
        tokio::select! {
            _ = beat.tick() => write.send(Message::Text("ping".to_string())).await?,
            Some(frame) = read.next() => println!("{frame:?}"),
        }
    }
}

async fn run(key: &str) {
    loop { let _ = session(key).await; }
}
