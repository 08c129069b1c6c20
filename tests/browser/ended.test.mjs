// A session that is ended while Dagster is open, in Dagster itself: one is told, and every click leads to sign-in and on.

import test from 'node:test';
import assert from 'node:assert/strict';
import { DOOR, fillIn } from './door.mjs';
import { PARTS, atDagster, endSessions, endsAndKnows, isWanted, leadsBack, nextRefusal, saysSo, shows } from './ending.mjs';

const NAME = 'a-viewer';

test('ended from the command line, the page says so, and each part of the navigation leads to sign-in and back', async () => {
  const page = await atDagster(NAME, '/runs');
  for (const path of Object.keys(PARTS)) {
    const refusal = nextRefusal(page);
    await endSessions(page, NAME);
    await saysSo(page, await refusal);
    await leadsBack(page, NAME, path);
  }
  await page.context().close();
});

test('a click before the page says so leads to sign-in and back too', async () => {
  const page = await atDagster(NAME, '/jobs');
  for (const path of ['/automation', '/runs', '/assets']) {
    await endSessions(page, NAME);
    await leadsBack(page, NAME, path);
  }
  await page.context().close();
});

test('signed out in another tab, the page says so and leads to sign-in and back', async () => {
  const page = await atDagster(NAME, '/runs');
  for (const path of ['/assets', '/deployment']) {
    const refusal = nextRefusal(page);
    const other = await page.context().newPage();
    await other.goto('/_doorward/logout');
    await other.getByRole('button', { name: /sign out/i }).click();
    await other.waitForURL(/\/_doorward\/login/);
    await other.close();
    await saysSo(page, await refusal);
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

test('a click on the part where one is leads to sign-in and back too', async () => {
  const page = await atDagster(NAME, '/runs');
  for (const path of Object.keys(PARTS)) {
    await page.goto(path);
    await shows(page, path);
    await endsAndKnows(page, NAME);
    await leadsBack(page, NAME, path);
  }
  await page.context().close();
});

test('a tab that changes only what stands behind the ? leads to sign-in, and from there to it', async () => {
  const page = await atDagster(NAME, '/runs');
  for (const [tab, wanted] of [['Backfills', /view=backfills/], ['Queued', /QUEUED/], ['Failed', /FAILURE/]]) {
    await page.goto('/runs');
    await shows(page, '/runs');
    await endsAndKnows(page, NAME);
    await page.getByRole('tab', { name: tab }).click();
    const next = await isWanted(page);
    assert.match(decodeURIComponent(next), wanted, tab);
    await fillIn(page, NAME);
    await page.waitForURL((url) => url.pathname.startsWith('/runs') && wanted.test(decodeURIComponent(url.search)));
  }
  await page.context().close();
});

test('a button that moves on by script alone leads to sign-in, whatever of the address it changes', async () => {
  const page = await atDagster(NAME, '/jobs');
  for (const [how, to] of [['pushState', '/jobs?page=2'], ['replaceState', '/jobs?sort=name#top'], ['pushState', '/jobs#part']]) {
    await page.goto('/jobs');
    await shows(page, '/jobs');
    await endsAndKnows(page, NAME);
    await page.evaluate(([how, to]) => {
      const button = Object.assign(document.createElement('button'), { textContent: 'Onward', style: 'position:fixed;top:200px;left:600px;z-index:99' });
      button.onclick = () => history[how](history.state, '', to);
      document.body.append(button);
    }, [how, to]);
    await page.getByRole('button', { name: 'Onward' }).click();
    assert.equal(await isWanted(page), to, how);
    await fillIn(page, NAME);
    await page.waitForURL(`${DOOR}${to}`, { waitUntil: 'commit' });
  }
  await page.context().close();
});

test('a link leads to sign-in with all of its address; what the tool notes by itself, and what a script clicks, leads nowhere', async () => {
  const page = await atDagster(NAME, '/jobs');
  await endsAndKnows(page, NAME);
  await page.evaluate(() => {
    history.replaceState(history.state, '', '/jobs?noted=1');
    const link = Object.assign(document.createElement('a'), { href: '/assets?filter=a%20b#part/two?y=z', textContent: 'Away', style: 'position:fixed;top:200px;left:600px;z-index:99' });
    const other = Object.assign(document.createElement('a'), { href: '#made', id: 'made' });
    document.body.append(link, other);
    other.click();
  });
  await page.waitForTimeout(1_500);
  assert.equal(new URL(page.url()).pathname, '/jobs');
  const opened = page.context().waitForEvent('page');
  await page.getByRole('link', { name: 'Away' }).click({ modifiers: ['ControlOrMeta'] });
  await (await opened).waitForURL(/\/_doorward\/login/);
  assert.equal(new URL(page.url()).pathname, '/jobs', 'another tab is another matter');
  await page.getByRole('link', { name: 'Away' }).click();
  assert.equal(await isWanted(page), '/assets?filter=a%20b#part/two?y=z');
  await page.context().close();
});

test('a browser that does not tell how requests were answered is told as soon, and asks no more often than each three seconds', async () => {
  const page = await atDagster(NAME, '/_doorward/apps');
  await page.addInitScript(() => { delete PerformanceResourceTiming.prototype.responseStatus; });
  let asked = 0;
  page.on('request', (request) => { if (request.url().endsWith('/auth/status')) asked += 1; });
  await page.goto('/runs');
  await shows(page, '/runs');
  assert.equal(await page.evaluate(() => performance.getEntriesByType('resource').some((entry) => 'responseStatus' in entry)), false);
  asked = 0;
  await page.evaluate(async () => {
    for (let times = 0; times < 90; times += 1) {
      await fetch('/server_info');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
  assert.ok(asked >= 1 && asked <= 4, `asked ${asked} times in nine seconds`);
  const refusal = nextRefusal(page);
  await endSessions(page, NAME);
  await saysSo(page, await refusal);
  await page.context().close();
});
