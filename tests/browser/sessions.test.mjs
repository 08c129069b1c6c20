// Sessions end everywhere at once, and a page that finds itself signed out leads to sign-in and back.

import test from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fillIn, signedIn } from './door.mjs';

test('signing out in one tab stops the other', async () => {
  const one = await signedIn('a-viewer', '/runs');
  const other = await one.context().newPage();
  await other.goto('/assets');
  await one.goto('/_doorward/logout');
  await one.getByRole('button', { name: /sign out/i }).click();
  await one.waitForURL(/\/_doorward\/login/);
  // Not from within the page: it may be on its way to sign-in already, which breaks off what it asks.
  const answer = await other.request.post('/graphql', { data: { query: '{version}' } });
  assert.equal(answer.status(), 401, 'what the other tab asks is refused');
  // It may be on its way already, led there by what it was refused: then the browser breaks one of the two off.
  await other.reload().catch((error) => assert.match(error.message, /ERR_ABORTED/));
  await other.waitForURL(/\/_doorward\/login/);
  await one.context().close();
});

test('when the session ends the next page leads to sign-in and back', async () => {
  const page = await signedIn('a-viewer', '/runs');
  execFileSync(process.env.DOORWARD_TEST_BINARY, ['user', 'end-sessions', 'a-viewer']);
  await page.waitForTimeout(1200);
  await page.goto('/automation?search=hourly');
  await page.waitForURL(/\/_doorward\/login/);
  await fillIn(page, 'a-viewer');
  await page.waitForURL(/\/automation\?search=hourly/);
  await page.getByText('hourly_maintenance').first().waitFor();
  await page.context().close();
});

test('the back button shows nothing after signing out', async () => {
  const page = await signedIn('a-viewer', '/_doorward/account');
  await page.getByText('a-viewer').first().waitFor();
  await page.goto('/_doorward/logout');
  await page.getByRole('button', { name: /sign out/i }).click();
  await page.waitForURL(/\/_doorward\/login/);
  await page.goBack();
  await page.goBack();
  assert.equal(await page.getByText('Where you are signed in').count(), 0);
  await page.context().close();
});
