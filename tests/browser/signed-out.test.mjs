// A session that is ended by signing out in another tab while Dagster is open: the page says so, and every click leads to sign-in and on.

import test from 'node:test';
import { PARTS, atDagster, leadsBack, nextRefusal, saysSo, staysAWhile } from './ending.mjs';

const NAME = 'a-viewer';

test('signed out in another tab, the page says so, and each part of the navigation leads to sign-in and back', async () => {
  const page = await atDagster(NAME, '/runs');
  for (const path of Object.keys(PARTS)) {
    await staysAWhile(page);
    // While the other tab is busy, too.
    const said = nextRefusal(page).then((refused) => saysSo(page, refused));
    const other = await page.context().newPage();
    await other.goto('/_doorward/logout');
    await other.getByRole('button', { name: /sign out/i }).click();
    await other.waitForURL(/\/_doorward\/login/);
    await other.close();
    await said;
    await leadsBack(page, NAME, path);
  }
  await page.context().close();
});
