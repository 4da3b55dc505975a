from fastapi.testclient import TestClient

from app import app  # serves what CoinGlass says under the same paths

client = TestClient(app)


def test_history():
    assert client.get("/api/futures/open-interest/history?symbol=BTC").status_code == 200
