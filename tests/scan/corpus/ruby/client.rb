BASE = "https://open-api-v4.coinglass.com"
def coins
  get("#{BASE}/api/futures/supported-coins")
end
HEADERS = { "coinglassSecret" => ENV["KEY"] }
