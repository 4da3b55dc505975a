<?php
define('MARKET_BASE', 'https://open-api-v3.coinglass.com/api/');
$endpoint = 'futures/liquidation/order';
$ch = curl_init();
curl_setopt($ch, CURLOPT_URL, MARKET_BASE . $endpoint . '?' . http_build_query(['symbol' => 'BTC', 'minLiquidationAmount' => 1]));
