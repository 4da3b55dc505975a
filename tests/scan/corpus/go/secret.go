package cg

const apiKey = "9f3b1c77a0de4a6bb2c85d10e4f6a913" // coinglass

func set(req *http.Request) {
	req.Header.Set("CG-API-KEY", "9f3b1c77a0de4a6bb2c85d10e4f6a913")
	req.Header.Set("X-Trace", "9f3b1c77a0de4a6bb2c85d10e4f6a913")
}
