COINGLASS_API_KEY = "fa4efa4efa4efa4efa4efa4efa4efa4e"
