<?php
use GuzzleHttp\Client;
$client = new Client(["base_uri" => "https://open-api-v4.coinglass.com"]);
$response = $client->request("GET", "/api/futures/supported-coins", ["headers" => ["CG-API-KEY" => $key]]);
$body = json_decode($response->getBody(), true);
if ($body["code"] !== "0") { throw new Exception($body["msg"]); }
$rows = $body["data"];
