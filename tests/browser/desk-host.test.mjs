// The desk at a host of its own, in a real browser: hosts are names below one domain, as close to one another as they can be.

import test from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { ADMIN, DOOR, fillIn, isFine, someone } from './door.mjs';

const at = (host) => DOOR.replace('127.0.0.1', `${host}.door.test`);
const [DESK, WIKI, SHOP] = ['auth', 'wiki', 'shop'].map(at);

/** At a page of the wiki, signed in on the way. */
async function signedIn(path = '/a/page?x=1#part/two?y=z') {
  const page = await (await someone({ baseURL: WIKI })).newPage();
  await page.goto(path);
  await page.waitForURL(`${DESK}/_doorward/login?**`);
  await fillIn(page, ADMIN);
  await page.waitForURL(`${WIKI}${path}`);
  return page;
}

/** What a script of the open page gets: the status, `opaque`, or that the browser keeps it from it. */
const asked = (page, url, options = {}) => page.evaluate(async ([to, how]) => {
  try {
    const answer = await fetch(to, { credentials: 'include', ...how });
    return answer.type === 'opaque' ? 'opaque' : `${answer.status} ${(await answer.text()).includes('csrf_token') ? 'told' : ''}`.trim();
  } catch {
    return 'kept away';
  }
}, [url, options]);

test('one signs in at the desk and is at the page one wanted, with what stood behind the #, then at every app', async () => {
  const page = await signedIn();
  await page.getByRole('heading', { name: 'A page of the tool' }).waitFor();
  await page.goto(`${SHOP}/other#there`);
  await page.waitForURL(`${SHOP}/other#there`);
  const cookies = (await page.context().cookies()).filter((cookie) => /^doorward-\d+$/.test(cookie.name));
  assert.deepEqual(cookies.map((cookie) => `${cookie.domain} ${cookie.value.slice(0, 4)} ${cookie.httpOnly}`).sort(), [
    'auth.door.test dws_ true', 'shop.door.test dwe_ true', 'wiki.door.test dwe_ true',
  ]);
  await page.context().close();
});

test('two tabs that wait for the same sign-in both get where they wanted', async () => {
  const context = await someone({ baseURL: WIKI });
  const [one, other] = [await context.newPage(), await context.newPage()];
  await one.goto('/one#a');
  await other.goto('/two#b');
  await fillIn(one, ADMIN);
  await one.waitForURL(`${WIKI}/one#a`);
  await fillIn(other, ADMIN);
  await other.waitForURL(`${WIKI}/two#b`);
  // The first tab's session was the same browser's, and ended with the second sign-in; it is handed over without a form.
  await one.reload();
  await one.waitForURL(`${WIKI}/one#a`);
  await one.getByRole('heading', { name: 'A page of the tool' }).waitFor();
  await context.close();
});

test("a script in a tool's page reads and changes nothing of the desk's", async () => {
  const page = await signedIn('/attack');
  const api = '/_doorward/api/v1/';
  for (const path of ['auth/me', 'users', 'sessions', 'audit']) {
    assert.equal(await asked(page, DESK + api + path), 'kept away', `${path} at the desk`);
    assert.ok(!(await asked(page, DESK + api + path, { mode: 'no-cors' })).includes('told'));
    assert.equal(await asked(page, WIKI + api + path), '404', `${path} at its own host`);
  }
  assert.equal(await asked(page, `${DESK}/_doorward/login?next=${encodeURIComponent(`${WIKI}/`)}&seal=${'A'.repeat(43)}`), 'kept away');
  const write = { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: '{}' };
  assert.equal(await asked(page, `${DESK}${api}auth/logout`, write), 'kept away');
  assert.equal(await asked(page, `${DESK}/_doorward/logout`, { ...write, mode: 'no-cors' }), 'kept away');
  const known = await page.evaluate(async () => Object.keys(await (await fetch('/_doorward/api/v1/auth/menu?app=wiki')).json()));
  assert.deepEqual(known, ['user', 'role', 'role_on_parts', 'held', 'is_admin'], 'names, roles and a digest, and no more');
  // No page of the desk is in a frame, and a window of its own cannot be reached into.
  const reached = await page.evaluate(async (url) => {
    const frame = Object.assign(document.createElement('iframe'), { src: url });
    const loaded = new Promise((resolve) => { frame.onload = resolve; frame.onerror = resolve; });
    document.body.append(frame);
    await loaded;
    try { return frame.contentDocument.body.innerText; } catch { return null; }
  }, `${DESK}/_doorward/account`);
  assert.ok(!reached, `${reached}`);
  // The session is as it was.
  await page.goto(`${DESK}/_doorward/account`);
  await page.getByRole('heading', { name: 'Where you are signed in' }).waitFor();
  await page.getByText('this browser', { exact: true }).waitFor();
  await page.context().close();
});

test("signing out leads from a tool's page to the desk, and ends every app's", async () => {
  const page = await signedIn('/before');
  const other = await page.context().newPage();
  await other.goto(`${SHOP}/open`);
  await other.getByRole('heading', { name: 'A page of the tool' }).waitFor();
  await page.goto('/_doorward/logout');
  await page.waitForURL(`${DESK}/_doorward/logout`);
  await isFine(page, 'signing out at the desk');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('You have signed out.').waitFor();
  assert.equal(await asked(other, '/open'), '401');
  await other.reload();
  await other.waitForURL(`${DESK}/_doorward/login?**`);
  await page.goto('/before');
  await page.waitForURL(`${DESK}/_doorward/login?**`);
  await page.context().close();
});

test('when the session ends elsewhere a page of a tool leads to the desk and back', async () => {
  const page = await signedIn('/before#here');
  execFileSync(process.env.DOORWARD_TEST_BINARY, ['user', 'end-sessions', ADMIN]);
  const until = Date.now() + 10_000;
  while ((await asked(page, '/before')) !== '401') assert.ok(Date.now() < until, 'never refused');
  await page.reload();
  await page.waitForURL(`${DESK}/_doorward/login?**`);
  await fillIn(page, ADMIN);
  await page.waitForURL(`${WIKI}/before#here`);
  await page.context().close();
});

test('a way back that was used already is a page that leads on', async () => {
  const page = await (await someone({ baseURL: WIKI })).newPage();
  await page.goto('/_doorward/enter?code=used&next=/there');
  await page.getByRole('heading', { name: 'You are not signed in here yet' }).waitFor();
  await isFine(page, 'not signed in here yet');
  await page.getByRole('link', { name: 'Try again' }).click();
  await fillIn(page, ADMIN);
  await page.waitForURL(`${WIKI}/there`);
  await page.context().close();
});
