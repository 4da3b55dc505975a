const base = "https://open-api-v4.coinglass.com";
Future<Response> coins() => get(Uri.parse("$base/api/futures/supported-coins"));
