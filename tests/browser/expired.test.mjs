// A session that runs out while Dagster is open. Before a door whose sessions are short.

import test from 'node:test';
import { PARTS, atDagster, isOver, leadsBack, nextRefusal, saysSo } from './ending.mjs';

test('run out, the page says so, and each part of the navigation leads to sign-in and back', async () => {
  const page = await atDagster('a-viewer', '/runs');
  for (const path of Object.keys(PARTS)) {
    const refusal = nextRefusal(page);
    await isOver(page);
    await saysSo(page, await refusal);
    await leadsBack(page, 'a-viewer', path);
  }
  await page.context().close();
});
