"""Loads what the CoinGlass job stored."""
SQL = "select * from futures.open_interest where path = 'futures/history'"
DOCS = "https://docs.coinglass.com/reference/open-interest"
SITE = "https://www.coinglass.com/LiquidationData"
REPO = "https://github.com/someone/coinglass-api/tree/main/api"
FILE = "data/futures/open_interest/history.parquet"
KEY = "dashboard.futures.open_interest.title"
import futures.history
