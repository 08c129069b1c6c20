// Who has signed out leaves no page of a tool's behind: Back leads to the sign-in page, also where browsers keep whole pages. Before
// Dagster, and under /pages before a tool that says nothing about keeping its pages.

import test from 'node:test';
import assert from 'node:assert/strict';
import { DOOR, PLAIN, keeper } from './door.mjs';
import { atDagster, shows } from './ending.mjs';

const NAME = 'a-viewer';
const browser = await keeper();

/** Presses Back again and again: each time it is the sign-in page. */
async function findsNothing(page) {
  for (let times = 0; times < 3; times += 1) {
    const before = page.url();
    await page.evaluate(() => { setTimeout(() => history.back()); });
    await page.waitForURL((url) => url.href !== before && url.pathname === '/_doorward/login');
    await page.getByLabel('Username').waitFor();
    assert.equal(await page.locator('#root, doorward-menu, h1:has-text("kept")').count(), 0, 'nothing of the tool is there');
  }
}

const OUT = {
  'by the menu': async (page) => {
    await page.getByRole('button', { name: /^Doorward: / }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(/\/_doorward\/login/);
  },
  'by the desk': async (page) => {
    await page.goto('/_doorward/logout');
    await page.getByRole('button', { name: /sign out/i }).click();
    await page.waitForURL(/\/_doorward\/login/);
  },
};

for (const [how, signOut] of Object.entries(OUT)) {
  for (const [where, baseURL] of [['on this machine', DOOR], ['over plain http', PLAIN]]) {
    test(`signed out ${how}, Back shows nothing of Dagster ${where}`, async () => {
      const page = await atDagster(NAME, '/runs', { baseURL, browser });
      await page.goto('/automation');
      await shows(page, '/automation');
      await signOut(page);
      await findsNothing(page);
      await page.context().close();
    });

    test(`signed out ${how}, Back shows no page that the browser would have kept ${where}`, async () => {
      const page = await atDagster(NAME, '/pages/1', { baseURL, browser });
      for (const path of ['/pages/2', '/pages/3']) await page.goto(path);
      await page.getByRole('button', { name: /^Doorward: / }).waitFor();
      await signOut(page);
      await findsNothing(page);
      await page.context().close();
    });
  }
}

test('before that, the browser does keep them', async () => {
  const page = await atDagster(NAME, '/pages/1', { browser });
  await page.goto('/pages/2');
  const [again] = await Promise.all([
    page.waitForEvent('console', (message) => message.text().startsWith('shown ')),
    page.evaluate(() => { setTimeout(() => history.back()); }),
  ]);
  assert.equal(again.text(), 'shown again');
  await page.context().close();
});
