package main

import (
	"net/url"
	"os"

	"github.com/gorilla/websocket"
)

func main() {
	u := url.URL{Scheme: "wss", Host: "open-api-v4.coinglass.com", Path: "/ws", RawQuery: "cg-api-key=" + os.Getenv("COINGLASS_API_KEY")}
	rest := url.URL{Scheme: "https", Host: "open-api-v4.coinglass.com"}
	c, _, _ := websocket.DefaultDialer.Dial(u.String(), nil)
	c.WriteMessage(websocket.TextMessage, []byte(`{"method":"subscribe","channels":["liquidationOrders"]}`))
	c.WriteMessage(websocket.TextMessage, []byte("ping"))
	println(rest.String())
}
