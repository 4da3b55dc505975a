export class LiquidationFeed {
  private ws?: WebSocket;
  private names = new Set<string>();
  constructor(private readonly key: string) {}

  connect(): void {
    this.ws = new WebSocket(`wss://open-ws.coinglass.com/ws?cg-api-key=${this.key}`);
    this.ws.onopen = () => this.restore();
    this.ws.onclose = () => setTimeout(() => this.connect(), 2000);
  }

  private restore(): void {
    this.ws?.send(JSON.stringify({ type: "subscribe", channel: "liquidationOrders" }));
  }

  beat(): void {
    this.ws?.send(JSON.stringify({ type: "ping" }));
  }
}
