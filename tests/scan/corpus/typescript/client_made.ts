import axios, { AxiosInstance } from "axios";
export class Client {
  private readonly http: AxiosInstance;
  constructor(key: string) {
    this.http = axios.create({ baseURL: "https://open-api-v4.coinglass.com", headers: { "CG-API-KEY": key } });
    this.http.interceptors.response.use((answer) => {
      if (answer.data.code !== "0") throw new Error(answer.data.msg);
      return answer;
    });
  }
  async get<T>(path: string): Promise<T> {
    const answer = await this.http.get<T>(path);
    return answer.data.data;
  }
  squeeze() {
    return this.get("/api/futures/squeeze-list");
  }
}
