import axios from "axios";
const http = axios.create({ baseURL: "https://open-api-v4.coinglass.com", timeout: 5000 });
export const coins = () => http.get("/api/futures/supported-coins").then((r) => {
  if (r.data.code !== "0") throw new Error(r.data.msg);
  return r.data.data;
});
