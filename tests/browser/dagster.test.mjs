// Dagster's own pages, untouched, show each role what it may do.

import test from 'node:test';
import assert from 'node:assert/strict';
import { pointAt, signedIn, settled } from './door.mjs';

const LAUNCHPAD = '/locations/definitions.py/jobs/maintenance_job/playground';

test('a viewer sees greyed buttons and the reason in our words', async () => {
  const page = await signedIn('a-viewer', '/locations/definitions.py/asset-groups/orders/lineage');
  const [reload, materialize] = ['Reload definitions', /Materialize all/].map((name) => page.getByRole('button', { name }));
  await materialize.waitFor();
  await page.waitForFunction(() => [...document.querySelectorAll('button')].some((b) => b.innerText.includes('Materialize') && b.disabled));
  assert.ok(await reload.isDisabled(), 'Reload definitions is greyed');
  await pointAt(page, reload);
  await page.getByText('This needs the role developer; you are signed in as a-viewer (viewer).').waitFor();
  await page.goto(LAUNCHPAD);
  await page.waitForURL((url) => !url.pathname.endsWith('/playground'));
  assert.equal(await page.getByRole('button', { name: 'Launch Run' }).count(), 0, 'Dagster itself leads away from the launchpad');
  await page.context().close();
});

test('a viewer whose page is older than the refusal still reads our sentence', async () => {
  const page = await signedIn('a-viewer', LAUNCHPAD);
  // As if the page had been opened with more rights: it believes that it may launch, the door knows better.
  await page.route(/op=(PermissionsQuery|JobPermissionsQuery|LaunchpadRootQuery|LocationWorkspaceQuery)/, async (route) => {
    const answer = await route.fetch();
    const body = (await answer.text())
      .replaceAll('"value": false', '"value": true').replaceAll('"value":false', '"value":true')
      .replaceAll(/"(has\w+Permissions?)": ?false/g, '"$1":true');
    await route.fulfill({ response: answer, body });
  });
  // Not what is shown now: Dagster may have led away from the launchpad already.
  await page.goto(LAUNCHPAD);
  const launch = page.getByRole('button', { name: 'Launch Run' });
  await launch.waitFor();
  await page.waitForFunction(() => [...document.querySelectorAll('button')].some((b) => b.innerText.includes('Launch Run') && !b.disabled));
  await launch.click();
  await page.getByText('You are signed in as a-viewer (viewer). Launching runs needs the role operator.').waitFor();
  await page.context().close();
});

test('an operator launches a run, and the list shows who launched it', async () => {
  const page = await signedIn('a-operator', LAUNCHPAD);
  const launch = page.getByRole('button', { name: 'Launch Run' });
  await launch.waitFor();
  await page.waitForFunction(() => [...document.querySelectorAll('button')].some((b) => b.innerText.includes('Launch Run') && !b.disabled));
  await launch.click();
  await page.waitForURL(/\/runs\/[0-9a-f-]{36}/);
  await page.goto('/runs');
  await page.getByText('a-operator', { exact: true }).first().waitFor();
  await page.context().close();
});

test('a viewer browses everything without an error in sight', async () => {
  const page = await signedIn('a-viewer', '/overview');
  const failures = [];
  page.on('response', (answer) => {
    if (answer.status() >= 400) failures.push(`${answer.status()} ${answer.url()}`);
  });
  for (const path of ['/runs', '/jobs', '/assets', '/automation', '/deployment/locations', '/locations/definitions.py/jobs/maintenance_job']) {
    await page.goto(path);
    await settled(page);
    assert.equal(await page.getByText('Unexpected GraphQL error').count(), 0, path);
  }
  assert.deepEqual(failures, []);
  await page.context().close();
});
