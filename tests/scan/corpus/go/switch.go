package market

const base = "https://open-api-v4.coinglass.com"

func url(kind string) string {
	var path string
	switch kind {
	case "interest":
		path = "/api/futures/openInterest/ohlc-history"
	default:
		path = "/api/futures/supported-coins"
	}
	return base + path
}
