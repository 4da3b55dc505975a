const PATHS = ["/api/pro/v1/futures/squeeze", "/api/pro/v1/futures/squeeze-rate?limit=1"];
function build(path) {
  const base = "https://open-api-v4.coinglass.com";
  return `${base}${path}`;
}
for (const path of PATHS) {
  console.log(build(path));
}
