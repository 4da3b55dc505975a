struct Market { static let base = "https://open-api-v4.coinglass.com" // CoinGlass
    func url() -> URL { URL(string: "\(Self.base)/api/futures/openInterest/exchange-list?symbol=BTC")! } }
