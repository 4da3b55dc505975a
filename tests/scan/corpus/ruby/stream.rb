EM.run do
  def listen
    ws = Faye::WebSocket::Client.new("wss://open-ws.coinglass.com/ws-api?cg-api-key=#{ENV['COINGLASS_API_KEY']}")
    ws.on :open do |event|
      ws.send({ method: "subscribe", channels: ["liquidationOrders"] }.to_json)
      EM.add_periodic_timer(20) { ws.send("ping") }
    end
    ws.on :close do |event|
      EM.add_timer(5) { listen }
    end
  end
  listen
end
