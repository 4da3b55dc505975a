"""Prices to go with CoinGlass data."""
import httpx
httpx.get("https://fapi.binance.com/futures/data/openInterestHist")
httpx.get("https://www.okx.com/api/v5/public/funding-rate/history")
httpx.get("https://api.bybit.com/v5/market/open-interest")
BYBIT = "https://api.bybit.com"
httpx.get(BYBIT + "/api/futures/open-interest/history")
