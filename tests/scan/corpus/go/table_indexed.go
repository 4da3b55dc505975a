package main

const base = "https://open-api-v4.coinglass.com/api/futures/"

var paths = map[string]string{
	"oi":    "openInterest/ohlc-history",
	"coins": "supported-coins",
}

func load(client *http.Client, kind string) (*http.Response, error) {
	return client.Get(base + paths[kind])
}
