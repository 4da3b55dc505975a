<?php
$url = 'wss://open-api-v4.coinglass.com/ws?cg-api-key=' . getenv('COINGLASS_API_KEY');
\Ratchet\Client\connect($url)->then(function ($conn) use ($loop) {
    $conn->send(json_encode(['method' => 'subscribe', 'channels' => ['liquidationOrders']]));
    $loop->addPeriodicTimer(20, function () use ($conn) { $conn->send('ping'); });
    $conn->on('message', function ($text) { echo $text; });
});
