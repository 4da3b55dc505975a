// Measures how long a page takes to load, to search and to filter; prints milliseconds as JSON.
//   CHROMIUM=/usr/bin/chromium node measure.mjs file:///…/signoff.html
import { launch, open } from "./browser.mjs";

const browser = await launch();
const heard = { console: [], requests: [] };
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const loads = [];
const pauses = { search: [], again: [], filter: [], findings: [], open: [] };

for (let run = 0; run < 5; run += 1) {
  const page = await open(browser, process.argv[2], { viewport: { width: 1440, height: 900 } }, heard);
  loads.push(await page.evaluate(() => performance.getEntriesByType("navigation")[0].loadEventEnd));
  // From the key press to the frame that shows the result.
  const pause = (selector, value) => page.evaluate(([wanted, text]) => new Promise((done) => {
    const field = document.querySelector(wanted);
    const start = performance.now();
    field.value = text;
    field.dispatchEvent(new Event(field.matches("select") ? "change" : "input"));
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(performance.now() - start))));
  }), [selector, value]);
  const field = "#plans ~ .tools input";
  pauses.search.push(await pause(field, "market_01"));
  pauses.again.push(await pause(field, "market_01 history"));
  await pause(field, "");
  pauses.filter.push(await pause("#plans ~ .tools select", "broken"));
  await pause("#plans ~ .tools select", "");
  pauses.findings.push(await pause("#findings ~ .tools input", "thing_0012"));
  pauses.open.push(await pause("#findings ~ .tools input", ""));
  await page.context().close();
}
await browser.close();
console.log(JSON.stringify({ load: median(loads), ...Object.fromEntries(Object.entries(pauses).map(([name, all]) => [name, median(all)])) }));
