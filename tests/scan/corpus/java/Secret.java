class Secret {
    // coinglass
    private final String token = System.getenv("COINGLASS_API_KEY");
    Request r = new Request.Builder().url("https://open-api-v4.coinglass.com/api/futures/coins-markets").addHeader("CG-API-KEY", "9f3b1c77a0de4a6bb2c85d10e4f6a913").build();
}
