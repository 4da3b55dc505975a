final channel = WebSocketChannel.connect(Uri.parse('wss://open-ws.coinglass.com/ws-api?cg-api-key=$key'));
void main() {
  channel.sink.add(jsonEncode({'method': 'subscribe', 'channels': ['liquidationOrders']}));
  Timer.periodic(Duration(seconds: 20), (_) => channel.sink.add('ping'));
}
