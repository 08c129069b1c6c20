// Clicks in Dagster after the session has ended: those that lead to another part of a page, or to the one that is open, lead to sign-in too.

import test from 'node:test';
import assert from 'node:assert/strict';
import { DOOR, fillIn } from './door.mjs';
import { atDagster, endSessions, endsAndKnows, isWanted, leadsBack, nextRefusal, saysSo, shows } from './ending.mjs';

const NAME = 'a-viewer';

test('a click on the part where one is leads to sign-in and back too', async () => {
  const page = await atDagster(NAME, '/runs');
  for (const path of ['/runs', '/assets', '/automation']) {
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
  const seconds = await page.evaluate(async () => {
    const began = performance.now();
    for (let times = 0; times < 90; times += 1) {
      await fetch('/server_info');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return (performance.now() - began) / 1000;
  });
  assert.ok(asked >= 1 && asked <= seconds / 3 + 1, `asked ${asked} times in ${seconds} seconds`);
  const refusal = nextRefusal(page);
  await endSessions(page, NAME);
  await saysSo(page, await refusal);
  await page.context().close();
});
