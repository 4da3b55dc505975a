class Stream extends WebSocketListener {
    private final OkHttpClient client = new OkHttpClient.Builder().pingInterval(20, TimeUnit.SECONDS).build();
    void connect() {
        Request request = new Request.Builder().url("https://open-ws.coinglass.com/ws-api?cg-api-key=" + System.getenv("COINGLASS_API_KEY")).build();
        client.newWebSocket(request, this);
    }
    @Override public void onOpen(WebSocket ws, Response response) {
        ws.send(new JSONObject().put("op", "subscribe").put("args", new JSONArray().put("liquidationOrders")).toString());
    }
    @Override public void onFailure(WebSocket ws, Throwable error, Response response) {
        timer.schedule(this::connect, 5, TimeUnit.SECONDS);
    }
}
