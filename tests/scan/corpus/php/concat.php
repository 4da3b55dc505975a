<?php
$base = "https://open-api-v3.coinglass.com/api";
$url = $base . "/futures/openInterest/exchange-list?symbol=BTC";
$fallback = ["flow" => mt_rand(1, 9)];
