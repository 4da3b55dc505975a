# Serves what CoinGlass says.
urlpatterns = [path("api/futures/liquidation/history", views.liquidations)]
routes = [Route("/api/futures/funding-rate/history", endpoint=funding)]
app.router.add_get("/api/futures/open-interest/history", interest)
ARCHIVE = "s3://market/coinglass/futures/open-interest/history/2024.parquet"
