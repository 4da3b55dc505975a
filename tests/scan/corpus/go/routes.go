package main

// CoinGlass cache
func main() {
	mux.HandleFunc("/api/futures/open-interest/history", handler)
	path := "internal/futures/history.go"
}
