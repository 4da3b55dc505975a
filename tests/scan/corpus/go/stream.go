package main

import (
	"os"
	"time"

	"github.com/gorilla/websocket"
)

type request struct {
	Method   string   `json:"method"`
	Channels []string `json:"channels"`
}

func main() {
	for {
		c, _, err := websocket.DefaultDialer.Dial("wss://open-ws.coinglass.com/ws-api?cg-api-key="+os.Getenv("COINGLASS_API_KEY"), nil)
		if err != nil {
			time.Sleep(time.Second)
			continue
		}
		c.WriteJSON(request{Method: "subscribe", Channels: []string{"liquidationOrders"}})
		c.WriteMessage(websocket.PingMessage, []byte("ping"))
		read(c)
	}
}
