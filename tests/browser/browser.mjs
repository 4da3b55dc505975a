// What the scripts beside this one share: a browser that fetches nothing of its own.
import { chromium } from "playwright-core";

const QUIET = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM, args: QUIET });

// Opens the page and writes down everything it says or asks for.
export const open = async (browser, address, options, heard) => {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on("console", (message) => heard.console.push(message.text()));
  page.on("pageerror", (error) => heard.console.push(String(error)));
  page.on("request", (request) => heard.requests.push(request.url()));
  await page.goto(address);
  return page;
};
