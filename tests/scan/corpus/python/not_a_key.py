# coinglass
token = "futures_open_interest_history"
key = "aggregated-liquidation-history-4h-24h"
cache_key = "fa4efa4efa4efa4efa4efa4efa4efa4e"
secret = load_secret_from_vault_2024_11()
api_key = settings.COINGLASS_API_KEY_2024
sort_key = "2024-01-01-2024-12-31"
