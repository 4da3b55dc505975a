package cg

import "net/http"

const base = "https://open-api-v4.coinglass.com"

func Coins() (*http.Response, error) {
	return http.Get(base + "/api/futures/supported-coins")
}

func OI() (*http.Request, error) {
	url := fmt.Sprintf("%s/api/futures/openInterest/ohlc-history?exchange=%s&symbol=%s&interval=4h", base, "Binance", "BTCUSDT")
	return http.NewRequest("GET", url, nil)
}
