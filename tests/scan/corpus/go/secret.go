package cg

const apiKey = "fa4efa4efa4efa4efa4efa4efa4efa4e" // coinglass

func set(req *http.Request) {
	req.Header.Set("CG-API-KEY", "fa4efa4efa4efa4efa4efa4efa4efa4e")
	req.Header.Set("X-Trace", "fa4efa4efa4efa4efa4efa4efa4efa4e")
}
