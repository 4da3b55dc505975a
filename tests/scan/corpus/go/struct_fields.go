package market

const defaultBase = "https://open-api-v3.coinglass.com/api"

type Client struct{ base string }

func New() *Client { return &Client{base: defaultBase} }

func (c *Client) History() { c.get(c.base + "/futures/liquidation/history?startTime=1") }
