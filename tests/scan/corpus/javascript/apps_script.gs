function load() {
  var answer = UrlFetchApp.fetch('https://open-api-v4.coinglass.com/api/futures/fundingRate/oi-weight-ohlc-history?symbol=BTC&interval=1d', options);
  var body = JSON.parse(answer.getContentText());
  sheet.getRange(1, 1).setValue(body.data[0].c);
}
