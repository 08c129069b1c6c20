// A session that is ended while Dagster is open, where nothing is put into its pages (`menu: false`): Dagster says what it can, and
// what it still has to ask for leads to sign-in and back.

import test from 'node:test';
import assert from 'node:assert/strict';
import { DOOR, fillIn } from './door.mjs';
import { PARTS, atDagster, click, endSessions, leadsBack, nextRefusal, signsInTo } from './ending.mjs';

const NAME = 'a-viewer';
const OURS = 'You are signed out. Reload this page to sign in again.';

test('a part that the page has yet to ask for leads to sign-in and back, as often as it happens', async () => {
  const page = await atDagster(NAME, '/runs');
  assert.equal(await page.locator('doorward-menu').count(), 0);
  for (const path of ['/jobs', '/automation', '/jobs', '/automation', '/jobs']) {
    // As on a visit for the first time: nothing is kept by the browser.
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Network.clearBrowserCache');
    await endSessions(page, NAME);
    await leadsBack(page, NAME, path);
  }
  await page.context().close();
});

test('no part is a blank page: it leads to sign-in, or says that something is wrong and leads there when loaded again', async () => {
  const page = await atDagster(NAME, '/jobs');
  for (const path of Object.keys(PARTS)) {
    await endSessions(page, NAME);
    await click(page, path);
    await page.getByText('View error info').or(page.getByLabel('Username')).first().waitFor();
    if (!page.url().includes('/_doorward/login')) await page.reload();
    await signsInTo(page, NAME, path);
  }
  await page.context().close();
});

test('what is open stays, with an error in which our sentence stands', async () => {
  const page = await atDagster(NAME, '/runs');
  const refusal = nextRefusal(page);
  await endSessions(page, NAME);
  await refusal;
  await page.getByText('View error info').first().click();
  await page.getByText(OURS).waitFor();
  await page.reload();
  await page.waitForURL(/\/_doorward\/login\?next=\/runs$/);
  await page.context().close();
});

test('what stands behind ? and # of the page survives being led to sign-in', async () => {
  const page = await atDagster(NAME, '/jobs');
  await endSessions(page, NAME);
  await page.evaluate(() => {
    history.pushState(history.state, '', '/jobs?filter=a%20b#part/two?y=z');
    document.head.append(Object.assign(document.createElement('script'), { src: '/_next/static/chunks/another.js' }));
  });
  await page.waitForURL(/\/_doorward\/login/);
  await fillIn(page, NAME);
  await page.waitForURL(`${DOOR}/jobs?filter=a%20b#part/two?y=z`, { waitUntil: 'commit' });
  await page.context().close();
});
