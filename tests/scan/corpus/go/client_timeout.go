package market

func load() {
	client := &http.Client{Timeout: 10 * time.Second}
	request, _ := http.NewRequest("GET", "https://open-api-v4.coinglass.com/api/futures/supported-coins", nil)
	answer, _ := client.Do(request)
}
