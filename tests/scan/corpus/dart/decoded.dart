import 'dart:convert';
import 'package:http/http.dart' as http;
class Repository {
  Repository({http.Client? client}) : _client = client ?? http.Client();
  final http.Client _client;
  Future<List<dynamic>> coins() async {
    final answer = await _ask(Uri.parse('https://open-api-v4.coinglass.com/api/futures/supported-coins'));
    final body = jsonDecode(answer.body) as Map<String, dynamic>;
    return body['data'];
  }
  Future<http.Response> _ask(Uri uri) async {
    return await _client.get(uri);
  }
}
