// The menu in the pages of another tool, whose own policies forbid almost everything.

import test from 'node:test';
import assert from 'node:assert/strict';
import { signedIn } from './door.mjs';
import { face, panel } from './menu.mjs';

/** What the browser refused, in its words. */
function refusals(page) {
  const heard = [];
  page.on('console', (message) => { if (message.text().includes('Content Security Policy')) heard.push(message.text()); });
  return heard;
}

test('where a page lets no script but its own ask for anything, the menu leads out by Doorward’s own pages', async () => {
  const page = await signedIn('a-viewer', '/strict/nonce', { seesInside: true });
  await page.getByText('The page itself').waitFor();
  const box = await face(page).boundingBox();
  assert.deepEqual([box.width, box.height, box.x, box.y], [32, 32, 1280 - 16 - 32, 800 - 16 - 32], 'it looks as it does elsewhere');
  await face(page).click();
  assert.equal(await panel(page).getByRole('link', { name: 'Account' }).getAttribute('href'), new URL('/_doorward/account', page.url()).href);
  await panel(page).getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(/\/_doorward\/logout$/);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(/\/_doorward\/login/);
  await page.context().close();
});

test('where a page leaves no way there is no menu, and nothing that the browser has to refuse', async () => {
  const page = await signedIn('a-viewer', '/strict/nothing', { seesInside: true });
  const heard = refusals(page);
  await page.reload();
  await page.getByText('The page itself').waitFor();
  assert.equal(await page.locator('doorward-menu').count(), 0);
  assert.deepEqual(heard, []);
  await page.context().close();
});

test('no element of a page is taken for our script, whatever its name', async () => {
  const page = await signedIn('a-viewer', '/strict/misnamed', { seesInside: true });
  await page.getByText('The page itself').waitFor();
  assert.equal(await page.evaluate(() => document.currentScript?.tagName), 'IMG', 'the page has such an element');
  await face(page).click();
  assert.equal(await panel(page).getByRole('link', { name: 'Account' }).getAttribute('href'), new URL('/_doorward/account', page.url()).href);
  await panel(page).locator('.name').getByText('a-viewer').waitFor();
  await page.context().close();
});

/** How every element of the page itself is drawn: all that the browser computed. */
const drawn = (page) => page.evaluate(() => [...document.querySelectorAll('html, head, style, body, p')].map((element) => {
  const style = getComputedStyle(element);
  return Object.fromEntries([...style].map((name) => [name, style.getPropertyValue(name)]));
}));

test('in the corner that the app says, a page that would hide and bend everything leaves the menu as it is, and the menu the page', async () => {
  const page = await signedIn('a-viewer', '/cornered/hostile', { seesInside: true, reducedMotion: 'reduce' });
  await page.getByText('The page itself').waitFor();
  assert.deepEqual(await face(page).boundingBox(), { x: 16, y: 16, width: 32, height: 32 });
  await face(page).click();
  await panel(page).locator('.name').getByText('a-viewer').waitFor();
  const looks = await panel(page).evaluate((element) => {
    const { color, backgroundColor, direction, colorScheme } = getComputedStyle(element);
    const { opacity, filter } = getComputedStyle(element.getRootNode().host);
    return { color, backgroundColor, direction, colorScheme, opacity, filter };
  });
  assert.deepEqual(looks, {
    color: 'rgb(29, 28, 26)', backgroundColor: 'rgb(255, 255, 255)', direction: 'ltr', colorScheme: 'light', opacity: '1', filter: 'none',
  });
  const box = await panel(page).boundingBox();
  assert.ok(box.width > 150 && box.height > 100 && box.x >= 0 && box.y > 40, JSON.stringify(box));
  const withMenu = await drawn(page);
  await panel(page).getByRole('link', { name: 'Account' }).click();
  await page.waitForURL(/\/_doorward\/account$/);
  await page.goto('/bare/hostile');
  await page.getByText('The page itself').waitFor();
  assert.equal(await page.locator('doorward-menu').count(), 0);
  assert.deepEqual(await drawn(page), withMenu);
  await page.context().close();
});

test('a menu that is open for long has nothing of its own under way', async () => {
  const page = await signedIn('a-viewer', '/cornered/hostile', { seesInside: true });
  const [underWay, asked] = [new Set(), []];
  const isOurs = (request) => request.url().includes('/_doorward/api/');
  page.on('request', (request) => { if (isOurs(request)) { underWay.add(request); asked.push(request.resourceType()); } });
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => underWay.delete(request));
  page.on('websocket', () => assert.fail('the menu opens no socket'));
  await page.reload();
  await face(page).click();
  await panel(page).locator('.name').getByText('a-viewer').waitFor();
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await page.waitForTimeout(1_500);
  assert.ok(asked.length >= 2 && asked.every((kind) => kind === 'fetch'), asked.join(', '));
  assert.deepEqual([...underWay].map((request) => request.url()), []);
  await page.context().close();
});
