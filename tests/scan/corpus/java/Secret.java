class Secret {
    // coinglass
    private final String token = System.getenv("COINGLASS_API_KEY");
    Request r = new Request.Builder().url("https://open-api-v4.coinglass.com/api/futures/coins-markets").addHeader("CG-API-KEY", "fa4efa4efa4efa4efa4efa4efa4efa4e").build();
}
