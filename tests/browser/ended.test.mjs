// A session that is ended while Dagster is open, in Dagster itself: one is told, and every click leads to sign-in and on.

import test from 'node:test';
import assert from 'node:assert/strict';
import { DOOR, fillIn } from './door.mjs';
import { PARTS, atDagster, endSessions, leadsBack, nextRefusal, saysSo, shows, staysAWhile } from './ending.mjs';

const NAME = 'a-viewer';

test('ended from the command line, the page says so, and each part of the navigation leads to sign-in and back', async () => {
  const page = await atDagster(NAME, '/runs');
  for (const path of Object.keys(PARTS)) {
    await staysAWhile(page);
    const refusal = nextRefusal(page);
    await endSessions(page, NAME);
    await saysSo(page, await refusal);
    await leadsBack(page, NAME, path);
  }
  await page.context().close();
});

test('a click before the page says so leads to sign-in and back too', async () => {
  const page = await atDagster(NAME, '/jobs');
  for (const path of ['/automation', '/overview', '/asset-groups']) {
    await endSessions(page, NAME);
    await leadsBack(page, NAME, path);
  }
  await page.context().close();
});

test('who comes back to the tab is told at once, whatever the page asks for', async () => {
  const page = await atDagster(NAME, '/runs');
  await page.route(/\/graphql/, (route) => route.abort());
  await endSessions(page, NAME);
  const back = Date.now();
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await saysSo(page, back);
  await page.context().close();
});

test('the sign-in page of another tab tells, whatever the page asks for', async () => {
  const page = await atDagster(NAME, '/runs');
  await page.route(/\/graphql/, (route) => route.abort());
  await endSessions(page, NAME);
  const other = await page.context().newPage();
  await other.goto('/assets');
  await other.waitForURL(/\/_doorward\/login/);
  await saysSo(page, Date.now());
  await page.context().close();
});

test('a page that has been open for long is told as soon as one that has not', async () => {
  const page = await atDagster(NAME, '/_doorward/apps');
  await page.clock.install();
  await page.goto('/runs');
  await shows(page, '/runs');
  for (let half = 0; half < 8; half += 1) {
    const asked = page.waitForResponse(/\/auth\/status$/);
    await page.clock.fastForward(31_000);
    await asked;
  }
  let asks = 0;
  page.on('request', (request) => { if (request.url().endsWith('/auth/status')) asks += 1; });
  const isSeen = (state) => page.evaluate((state) => {
    Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, state);
  await isSeen('hidden');
  for (let half = 0; half < 3; half += 1) await page.clock.fastForward(31_000);
  await page.waitForTimeout(500);
  assert.equal(asks, 0, 'nobody looks, and nothing is asked');
  await isSeen('visible');
  await page.waitForTimeout(500);
  assert.ok(asks >= 1, 'seen again, it asks at once');
  const refusal = nextRefusal(page);
  await endSessions(page, NAME);
  await saysSo(page, await refusal);
  await page.context().close();
});

test('what stands behind ? and # of the page survives signing in again', async () => {
  const page = await atDagster(NAME, '/jobs');
  await page.evaluate(() => { history.replaceState(history.state, '', '/jobs?filter=a%20b#part/two?y=z'); });
  await endSessions(page, NAME);
  await page.getByRole('button', { name: 'Sign in again' }).click();
  await fillIn(page, NAME);
  await page.waitForURL(`${DOOR}/jobs?filter=a%20b#part/two?y=z`, { waitUntil: 'commit' });
  await page.context().close();
});
