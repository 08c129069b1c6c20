// Over plain http under a name that is not this machine's: browsers say less there, and heed less of what they are told.

import test from 'node:test';
import assert from 'node:assert/strict';
import { PLAIN, signedIn } from './door.mjs';
import { endSessions, leadsBack, shows } from './ending.mjs';

const NAME = 'a-viewer';

test('a part that the page has yet to ask for leads to sign-in and back, also without the menu', async () => {
  const page = await signedIn(NAME, '/_doorward/account', { baseURL: PLAIN });
  await page.route(/\/assets\/menu-/, (route) => route.abort());
  await page.goto('/runs');
  await shows(page, '/runs');
  for (const path of ['/jobs', '/automation']) {
    await endSessions(page, NAME);
    const [asked] = await Promise.all([page.waitForRequest(/\/chunks\/.*\.js$/), leadsBack(page, NAME, path)]);
    const said = Object.keys(await asked.allHeaders()).filter((name) => name.startsWith('sec-fetch-'));
    assert.deepEqual(said, [], 'browsers say more over plain http than was thought');
  }
  await page.context().close();
});
