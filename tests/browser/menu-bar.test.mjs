// The line with which the menu tells that the session has ended or the rights have changed: also for the keyboard, and what is left of it once
// it is closed.

import test from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { DOOR } from './door.mjs';
import { atDagster, endSessions } from './ending.mjs';
import { banner, face, panel } from './menu.mjs';

const doorward = (...words) => execFileSync(process.env.DOORWARD_TEST_BINARY, words);
const reads = (page) => page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));

test('closed, the line leaves a menu that says that nobody is signed in, and leads to sign-in', async () => {
  const page = await atDagster('a-viewer', '/runs');
  await endSessions(page, 'a-viewer');
  await reads(page);
  await banner(page).getByRole('button', { name: 'Close' }).click();
  assert.equal(await face(page).getAttribute('aria-label'), 'Doorward: signed out');
  await face(page).click();
  await panel(page).getByText('Signed out').waitFor();
  assert.equal(await panel(page).getByRole('button', { name: 'Sign out' }).count(), 0);
  await panel(page).getByRole('button', { name: 'Sign in again' }).click();
  await page.waitForURL(/\/_doorward\/login/);
  await page.context().close();
});

test('by the keyboard, signing in again is one step back from the page, and Escape closes the line', async () => {
  const page = await atDagster('a-viewer', '/runs');
  await endSessions(page, 'a-viewer');
  await reads(page);
  await banner(page).waitFor();
  await page.evaluate(() => { if (document.activeElement) document.activeElement.blur(); });
  await page.keyboard.press('Shift+Tab');
  assert.equal(await page.evaluate(() => document.activeElement.shadowRoot?.activeElement.textContent), 'Sign in again');
  await page.keyboard.press('Escape');
  assert.equal(await banner(page).isVisible(), false);
  await page.context().close();

  const another = await atDagster('a-viewer', '/runs');
  await endSessions(another, 'a-viewer');
  await reads(another);
  await banner(another).waitFor();
  await another.evaluate(() => { if (document.activeElement) document.activeElement.blur(); });
  await another.keyboard.press('Shift+Tab');
  await another.keyboard.press('Enter');
  await another.waitForURL(/\/_doorward\/login/);
  await another.context().close();
});

test('a role or a grant on single things that changes or goes while the page is open is told, once', async () => {
  const page = await atDagster('a-operator', '/runs');
  await face(page).and(page.locator('[aria-label*="role operator"]')).waitFor();
  const tells = async (sentence) => {
    for (let tries = 0; tries < 40 && !(await banner(page).isVisible()); tries += 1) {
      await reads(page);
      await page.waitForTimeout(250);
    }
    await banner(page).getByText(sentence).waitFor();
    await banner(page).getByRole('button', { name: 'Reload' }).waitFor();
    await banner(page).getByRole('button', { name: 'Close' }).click();
    await reads(page);
    await page.waitForTimeout(500);
    assert.equal(await banner(page).isVisible(), false, 'what was closed stays closed');
  };
  doorward('user', 'set-role', 'a-operator', 'viewer');
  await tells('Your role here is now viewer.');
  doorward('user', 'set-role', 'a-operator', 'none');
  await tells('You no longer hold a role here.');
  doorward('grant', 'add', 'a-operator', '--role', 'operator', '--app', 'tool', '--resource', 'job:nightly_*');
  await tells('Your role here is now operator on parts of this app.');
  // The role stays, but not what it is held on.
  doorward('grant', 'add', 'a-operator', '--role', 'viewer', '--app', 'tool', '--resource', 'job:daily_*');
  await tells('What you may do here has changed.');
  assert.ok((await page.url()).startsWith(DOOR));
  await page.context().close();
});

test('that Doorward does not answer is said when it has not twice, until it does', async () => {
  const page = await atDagster('a-viewer', '/runs');
  await reads(page);
  await page.waitForResponse('**/auth/status');
  await page.route('**/auth/status', (route) => route.abort());
  const unanswered = async () => {
    const failed = page.waitForEvent('requestfailed');
    await reads(page);
    await failed;
  };
  await unanswered();
  assert.equal(await banner(page).isVisible(), false, 'once may be chance');
  await unanswered();
  await banner(page).getByText('Doorward does not answer.').waitFor();
  await page.unroute('**/auth/status');
  await banner(page).getByRole('button', { name: 'Try again' }).click();
  await banner(page).waitFor({ state: 'hidden' });
  await page.context().close();
});
