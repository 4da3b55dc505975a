websocat "wss://open-ws.coinglass.com/ws-api?cg-api-key=$COINGLASS_API_KEY" <<< '{"method":"subscribe","channels":["liquidationOrders"]}'
wscat -c "wss://open-api-v4.coinglass.com/ws?cg-api-key=$COINGLASS_API_KEY" -x '{"op":"subscribe","args":["liquidationOrders"]}'
