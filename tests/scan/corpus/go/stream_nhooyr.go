package feed

import (
	"context"

	"nhooyr.io/websocket"
)

const endpoint = "wss://open-ws.coinglass.com/ws-api"

func open(ctx context.Context, key string) (*websocket.Conn, error) {
	conn, _, err := websocket.Dial(ctx, endpoint+"?cg-api-key="+key, nil)
	return conn, err
}

func run(ctx context.Context, key string) {
	conn, _ := open(ctx, key)
	conn.Write(ctx, websocket.MessageText, []byte(`{"method":"subscribe","channels":["futures_trades@OKX_BTC-USDT-SWAP@50000"]}`))
	go func() { conn.Write(ctx, websocket.MessageText, []byte("ping")) }()
	for {
		if _, _, err := conn.Read(ctx); err != nil {
			conn, _ = open(ctx, key)
		}
	}
}
