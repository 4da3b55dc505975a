const KEY = process.env.COINGLASS_API_KEY || "fa4efa4efa4efa4efa4efa4efa4efa4e";
const OTHER = process.env.CG_API_KEY ?? "";
