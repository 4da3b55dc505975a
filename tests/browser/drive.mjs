// Uses the page as people do, by mouse and by keyboard, and prints as JSON what came of it.
//   CHROMIUM=/usr/bin/chromium node drive.mjs file:///…/signoff.html
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { launch, open } from "./browser.mjs";

const address = process.argv[2];
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf-8");
const heard = { console: [], requests: [] };
const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
// An A4 page without its margins, in CSS pixels.
const PRINT = { width: 695, height: 1009 };

const wide = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
const openAll = (page) => page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
const shown = (page, selector) => page.locator(selector).filter({ visible: true }).count();

const violations = async (page) => {
  // The page's own policy refuses foreign scripts; the browser's debugger does not ask it.
  await page.evaluate(axe);
  const { violations: found } = await page.evaluate(() => globalThis.axe.run());
  return found.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
};

const browser = await launch();
const result = { heard, overflow: {}, axe: {} };

for (const [name, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE, print: PRINT })) {
  for (const colorScheme of ["light", "dark"]) {
    const page = await open(browser, address, { viewport, colorScheme }, heard);
    if (name === "print") await page.emulateMedia({ media: "print", colorScheme });
    result.overflow[`${name} ${colorScheme} closed`] = await wide(page);
    await openAll(page);
    result.overflow[`${name} ${colorScheme} open`] = await wide(page);
    result.axe[`${name} ${colorScheme}`] = await violations(page);
    if (name === "print") {
      const bytes = await page.pdf({ preferCSSPageSize: true });
      result.pdf = bytes.subarray(0, 5).toString();
    }
    await page.context().close();
  }
}

const byMouse = async () => {
  const permissions = ["clipboard-read", "clipboard-write"];
  const page = await open(browser, address, { viewport: DESKTOP, permissions }, heard);
  const told = {};
  const search = page.getByRole("search", { name: "Operations" });
  const rows = "#matrix tbody tr";
  told.operations = await page.locator(rows).count();
  await search.getByLabel("Search").fill("depth book");
  await page.waitForTimeout(50);
  told.searched = await shown(page, `${rows} code`);
  told.found = await search.locator(".found").textContent();
  await search.getByLabel("Search").fill("");
  await page.waitForTimeout(50);
  await search.getByLabel("Show").selectOption("broken");
  told.filtered = await shown(page, `${rows} code`);
  told.broken = await page.locator(`${rows}.broken`).count();
  await search.getByLabel("Show").selectOption("");
  await search.getByRole("button", { name: "Open all" }).click();
  told.opened = await shown(page, `${rows} code`);
  await search.getByRole("button", { name: "Close all" }).click();
  told.closed = await shown(page, `${rows} code`);
  await page.locator("#matrix summary").first().click();
  told.one = await shown(page, `${rows} code`);
  const findings = page.getByRole("search", { name: "Findings" });
  await findings.getByLabel("Show").selectOption("note");
  told.notes = await shown(page, ".finding");
  await findings.getByLabel("Show").selectOption("");
  await page.locator("#found .copy").first().click();
  told.copied = await page.evaluate(() => navigator.clipboard.readText());
  told.curl = await page.locator("#found .curl").first().textContent();
  told.said = await page.locator("#told").textContent();
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const colours = [await paper()];
  for (let turn = 0; turn < 3; turn += 1) {
    await page.locator("#theme").click();
    colours.push(await paper());
  }
  told.themes = colours;
  await page.context().close();
  return told;
};

const byKeyboard = async () => {
  const permissions = ["clipboard-read", "clipboard-write"];
  const page = await open(browser, address, { viewport: DESKTOP, permissions }, heard);
  const press = (...keys) => keys.reduce((done, key) => done.then(() => page.keyboard.press(key)), Promise.resolve());
  const focused = () => page.evaluate(() => document.activeElement.outerHTML.slice(0, 80));
  // Tab until an element is reached, as somebody without a mouse does.
  const tabTo = async (selector) => {
    for (let step = 0; step < 300; step += 1) {
      await press("Tab");
      if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return true;
    }
    return false;
  };
  const told = { reached: {} };
  await press("Tab");
  told.first = await focused();
  told.reached.theme = await tabTo("#theme");
  await press("Enter");
  told.theme = await page.evaluate(() => document.documentElement.dataset.theme);
  told.reached.search = await tabTo("#plans ~ .tools input");
  await page.keyboard.type("depth");
  await page.waitForTimeout(50);
  told.searched = await shown(page, "#matrix tbody tr code");
  await press("Control+A", "Delete");
  told.reached.state = await tabTo("#plans ~ .tools select");
  await page.keyboard.type("not as");
  told.state = await page.evaluate(() => document.activeElement.value);
  await press("Home");
  told.reached.fold = await tabTo("#plans ~ .tools button");
  await press("Space");
  told.opened = await shown(page, "#matrix tbody tr code");
  await press("Space");
  told.reached.group = await tabTo("#matrix summary");
  await press("Enter");
  told.one = await shown(page, "#matrix tbody tr code");
  told.reached.copy = await tabTo("#found .copy");
  await press("Enter");
  await page.waitForTimeout(100);
  told.copied = await page.evaluate(() => navigator.clipboard.readText());
  await page.context().close();
  return told;
};

const withoutScript = async () => {
  const page = await open(browser, address, { viewport: DESKTOP, javaScriptEnabled: false }, heard);
  const told = {
    decision: await page.locator("h1").textContent(),
    tools: await shown(page, ".script"),
    closed: await shown(page, "#matrix tbody tr code"),
  };
  const shut = page.locator("#matrix details:not([open]) > summary");
  while (await shut.count()) await shut.first().click();
  told.opened = await shown(page, "#matrix tbody tr code");
  await page.context().close();
  return told;
};

result.mouse = await byMouse();
result.keyboard = await byKeyboard();
result.plain = await withoutScript();
await browser.close();
console.log(JSON.stringify(result, null, 1));
