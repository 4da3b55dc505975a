api_key = "9f3b1c77a0de4a6bb2c85d10e4f6a913"
