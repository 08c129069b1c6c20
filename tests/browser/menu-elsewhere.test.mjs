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
