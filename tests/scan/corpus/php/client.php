<?php
function coins() {
    $ch = curl_init("https://open-api-v4.coinglass.com/api/futures/supported-coins");
    curl_setopt($ch, CURLOPT_RETURNTRANSFER, true);
    $body = json_decode(curl_exec($ch), true);
    return $body["data"];
}
function pairs() {
    $ch = curl_init("https://open-api-v4.coinglass.com/api/futures/supported-exchange-pairs");
    curl_setopt($ch, CURLOPT_TIMEOUT, 5);
    return curl_exec($ch);
}
