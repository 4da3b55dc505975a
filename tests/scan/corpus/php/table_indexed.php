<?php
$base = 'https://open-api-v4.coinglass.com/api/futures/';
$paths = ['oi' => 'openInterest/ohlc-history', 'coins' => 'supported-coins'];
$body = file_get_contents($base . $paths[$kind]);
