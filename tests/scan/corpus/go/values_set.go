package market

func load() {
	params := url.Values{}
	params.Set("symbol", "BTC")
	params.Add("interval", "h4")
	endpoint := "https://open-api-v4.coinglass.com/api/futures/open-interest/aggregated-history?" + params.Encode()
	client := &http.Client{}
	request, _ := http.NewRequest(http.MethodGet, endpoint, nil)
	answer, _ := client.Do(request)
}
