// CoinGlass proxy
app.get("/api/futures/open-interest/history", handler);
router.get("/api/futures/openInterest/ohlc-history", handler);
const t = i18n.t("futures/open-interest/title");
