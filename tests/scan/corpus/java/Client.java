public class Client {
    static final String BASE = "https://open-api-v4.coinglass.com";
    String coins() { return get(BASE + "/api/futures/supported-coins"); }
    String old() { return get(String.format("%s/api/futures/globalLongShortAccountRatio/history", BASE)); }
    @GetMapping("/api/futures/supported-coins")
    String mine() { return ""; }
}
