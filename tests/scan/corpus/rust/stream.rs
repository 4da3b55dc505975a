use tokio_tungstenite::{connect_async, tungstenite::Message};

async fn run(key: &str) -> Result<(), Error> {
    loop {
        let (mut ws, _) = connect_async(format!("wss://open-ws.coinglass.com/ws-api?cg-api-key={key}")).await?;
        let body = json!({"method": "subscribe", "channels": ["liquidationOrders"]});
        ws.send(Message::Text(body.to_string())).await?;
        ws.send(Message::Ping(b"ping".to_vec())).await?;
        while let Some(frame) = ws.next().await { println!("{frame:?}"); }
    }
}
