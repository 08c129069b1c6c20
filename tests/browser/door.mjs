// What the browser tests stand on: one headless Chromium for a file, a fresh profile for each person.
// Run by the product tests (`cargo xtask test browser`), which say through the environment where the door is.

import { after } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

function prepared(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the browser tests with \`cargo xtask test browser\``);
  return value;
}

export const DOOR = prepared('DOOR');
/** The same under a name that is not this machine's, as far as the browser can tell. */
export const PLAIN = DOOR.replace('127.0.0.1', 'tools.test');
export const PASSWORD = prepared('PASSWORD');
export const ADMIN = prepared('ADMIN');
const IMAGES = process.env.DOORWARD_TEST_IMAGES;

const QUIET = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--host-resolver-rules=MAP *.test 127.0.0.1',
];
const launch = async (options) => {
  const launched = await chromium.launch({ executablePath: prepared('DOORWARD_TEST_CHROMIUM'), args: QUIET, ...options });
  after(() => launched.close());
  return launched;
};
const browser = await launch();

/** A browser that keeps whole pages for the way back, as people's do; Playwright's does not otherwise. */
export const keeper = () => launch({ ignoreDefaultArgs: ['--disable-back-forward-cache'] });

/** A browser profile of its own: what a person has before them. `seesInside`: the test can look into closed shadow roots. */
export async function someone({ seesInside = false, browser: other, ...options } = {}) {
  const context = await (other ?? browser).newContext({ baseURL: DOOR, viewport: { width: 1280, height: 800 }, ...options });
  if (seesInside) await context.addInitScript(() => {
    const attach = Element.prototype.attachShadow;
    Element.prototype.attachShadow = function (how) { return attach.call(this, { ...how, mode: 'open' }); };
  });
  context.setDefaultTimeout(60_000);
  asks.set(context, listening(context));
  return context;
}

const asks = new WeakMap();

/** What the pages of a browser profile ask for: what is not answered yet, and what kinds there were since the last page was opened. */
function listening(context) {
  const heard = { unanswered: new Set(), kinds: new Set() };
  const kind = (request) => `${request.method()} ${request.url()} ${request.postData()?.match(/"operationName":"\w+"/)?.[0] ?? ''}`;
  context.on('request', (request) => {
    heard.unanswered.add(request);
    heard.kinds.add(kind(request));
  });
  for (const end of ['requestfinished', 'requestfailed']) context.on(end, (request) => heard.unanswered.delete(request));
  // What a page asked for that was left: of its icon and its workers' scripts nobody is told how it ended.
  let left = false;
  context.on('response', (answer) => { left ||= answer.request().isNavigationRequest(); });
  context.on('page', (page) => page.on('framenavigated', (frame) => {
    if (!left || frame !== page.mainFrame()) return;
    left = false;
    heard.unanswered.clear();
    heard.kinds.clear();
  }));
  return heard;
}

/** Waits for half a second in which the page asks for nothing new and waits for nothing. What it asks again and again is nothing new. */
export async function settled(page) {
  const heard = asks.get(page.context());
  const names = () => [...heard.unanswered].map((request) => request.url());
  for (const until = Date.now() + 60_000; ;) {
    const [before, kinds] = [new Set(heard.unanswered), heard.kinds.size];
    await page.waitForTimeout(500);
    if (heard.kinds.size === kinds && ![...before].some((request) => heard.unanswered.has(request))) return;
    assert.ok(Date.now() < until, `the page never has all that it asks for; it waits for ${names().join(', ')}`);
  }
}

/** Fills in the sign-in page that is open. */
export async function fillIn(page, name, password = PASSWORD) {
  await page.getByLabel('Username').fill(name);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Goes to a page of the tool, signs in on the way, and is back. */
export async function signedIn(name, path = '/', options = {}) {
  const context = await someone(options);
  const page = await context.newPage();
  await page.goto(path);
  await page.waitForURL(/\/_doorward\/login/);
  await fillIn(page, name);
  await page.waitForURL((url) => !url.pathname.startsWith('/_doorward/login'));
  return page;
}

/** Keeps a picture where somebody asked for pictures (the README's are made so). */
export async function picture(page, name, options = {}) {
  if (!IMAGES) return;
  mkdirSync(IMAGES, { recursive: true });
  // What fades in has done so.
  await page.waitForTimeout(500);
  await page.screenshot({ path: `${IMAGES}/${name}.png`, ...options });
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds on the open page, or in one part of it, in words. */
export async function findings(page, part = 'html') {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate((include) => window.axe.run(include, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }), part);
  return violations.map((v) => `${v.id}: ${v.help} (${v.nodes.map((n) => n.target.join(' ')).join(', ')})`);
}

/** Nothing found, and nothing wider than the window. */
export async function isFine(page, what) {
  assert.deepEqual(await findings(page), [], what);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(overflow <= 0, `${what} is ${overflow}px wider than its window`);
}

/** There are cards; none has a hole under what it holds, and none stands far from the one before. */
export async function hasNoHoles(page, what) {
  const cards = await page.evaluate(() => [...document.querySelectorAll('main .panel, main .card')].map((card) => {
    const [box, style] = [card.getBoundingClientRect(), getComputedStyle(card)];
    const inner = [...card.children].map((child) => child.getBoundingClientRect()).filter((child) => child.height > 0);
    return {
      top: box.top, bottom: box.bottom, width: box.width, within: card.closest('main').clientWidth,
      hole: box.bottom - parseFloat(style.paddingBottom) - Math.max(...inner.map((child) => child.bottom)),
    };
  }));
  assert.ok(cards.length > 0, `${what}: no card`);
  for (const [index, card] of cards.entries()) {
    assert.ok(card.hole < 12, `${what}: ${card.hole}px are empty under what card ${index} holds`);
    if (index > 0) assert.ok(card.top - cards[index - 1].bottom < 96, `${what}: a hole above card ${index}`);
  }
  return cards;
}

/** Puts the mouse where a person would; a greyed button takes no hover of its own. */
export async function pointAt(page, button) {
  const box = await button.boundingBox();
  await page.mouse.move(box.x + box.width / 2 + 2, box.y + box.height / 2);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
}
