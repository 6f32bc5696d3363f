// What headless Chromium makes of pages: pictures of them, and what axe-core has against them.
// Arguments: the folder for the pictures, or "-" for none; then the pages. $GATEKEEPER_CHROMIUM is the browser, and
// NODE_PATH has puppeteer-core and axe-core. Prints JSON: for each page and colour scheme the violations, and what the
// page asked of a network or wrote to the console; for each page how wide it is on the narrowest phone.
"use strict";
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const puppeteer = require("puppeteer-core");

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const [folder, ...pages] = process.argv.slice(2);

async function inspected(browser, file, scheme) {
  const page = await browser.newPage();
  const requests = [];
  const told = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => told.push(message.text()));
  page.on("pageerror", (error) => told.push(String(error)));
  await page.setViewport({ width: 1200, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(pathToFileURL(file).href);
  await page.evaluate(() => document.querySelectorAll("details").forEach((each) => (each.open = true)));
  // The page's own policy forbids every script: axe comes by the debugger's way, which asks no policy.
  await page.evaluate(require("axe-core").source);
  const found = await page.evaluate((rules) => axe.run({ runOnly: rules }), RULES);
  const violations = found.violations.map((each) => ({ id: each.id, nodes: each.nodes.map((node) => node.html) }));
  await page.close();
  return { violations, passes: found.passes.length, requests: requests.slice(1), told };
}

async function width(browser, file) {
  const page = await browser.newPage();
  await page.setViewport({ width: 320, height: 640 });
  await page.goto(pathToFileURL(file).href);
  const found = await page.evaluate(() => document.documentElement.scrollWidth);
  await page.close();
  return found;
}

async function pictures(browser, file) {
  const name = path.basename(file, ".html");
  const page = await browser.newPage();
  await page.goto(pathToFileURL(file).href);
  for (const [kind, scheme, wide] of [["light", "light", 1200], ["dark", "dark", 1200], ["phone", "light", 320]]) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.setViewport({ width: wide, height: 900 });
    await page.screenshot({ path: path.join(folder, `${name}-${kind}.png`), fullPage: true });
  }
  await page.pdf({ path: path.join(folder, `${name}.pdf`), preferCSSPageSize: true, printBackground: true });
  await page.close();
}

async function main() {
  const args = ["--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking"];
  const browser = await puppeteer.launch({ executablePath: process.env.GATEKEEPER_CHROMIUM, args });
  const answer = {};
  try {
    for (const file of pages) {
      const found = { light: await inspected(browser, file, "light"), dark: await inspected(browser, file, "dark") };
      answer[path.basename(file)] = { ...found, width: await width(browser, file) };
      if (folder !== "-") await pictures(browser, file);
    }
  } finally {
    await browser.close();
  }
  console.log(JSON.stringify(answer));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
