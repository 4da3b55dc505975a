public class Market
{
    private readonly HttpClient _http = new HttpClient { BaseAddress = new Uri("https://open-api-v4.coinglass.com") };

    public Market(string key)
    {
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public Task<string> Coins() => _http.GetStringAsync("/api/futures/supported-coins");
}

public class Backend
{
    private readonly HttpClient _own = new HttpClient();

    public Backend(string token, HttpClient plain)
    {
        _own.BaseAddress = new Uri("https://backend.example.com");
        _own.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        plain.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", token);
    }
}
