package a
type C struct { hc *http.Client }
func New(hc *http.Client) *C { if hc == nil { hc = &http.Client{} }; return &C{hc: hc} }
func (c *C) f(ctx context.Context) { ctx, cancel := context.WithTimeout(ctx, time.Second); req, _ := http.NewRequestWithContext(ctx, "GET", "https://open-api-v4.coinglass.com/api/futures/supported-coins", nil); c.hc.Do(req) }
