api_key = "fa4efa4efa4efa4efa4efa4efa4efa4e"
