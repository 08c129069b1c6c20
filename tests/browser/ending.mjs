// A session that ends while Dagster is open: what the person sees, and where a click leads.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fillIn, signedIn, settled } from './door.mjs';

/** Parts of Dagster's navigation, and something that each shows when it has what it asks for. */
export const PARTS = {
  '/jobs': 'maintenance_job',
  '/automation': 'hourly_maintenance',
  '/assets': 'daily_events',
  '/deployment': 'Code locations',
  '/runs': 'Launched by',
};

/** The same of those that few go to. */
const SHOWN = { ...PARTS, '/overview': '24hr', '/asset-groups': 'reports' };

/** What the menu says; the longest it may take from when the page was first refused something, in milliseconds. */
const SENTENCE = 'You are signed out.';
const SOON = 5_000;

/** Ends all sessions of somebody from the command line, and waits until the door has heard of it. */
export async function endSessions(page, name) {
  execFileSync(process.env.DOORWARD_TEST_BINARY, ['user', 'end-sessions', name]);
  await isOver(page);
}

/** Waits until nobody is signed in with this browser's cookie. */
export async function isOver(page) {
  for (let tries = 0; tries < 240; tries += 1) {
    const status = await page.evaluate(async () => (await fetch('/_doorward/api/v1/auth/status')).json());
    if (!status.signed_in) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  assert.fail('the session did not end');
}

/** Dagster's page, with the menu's shadow root open for the test to look into; nothing else is changed. */
export async function atDagster(name, path, options = {}) {
  const page = await signedIn(name, '/_doorward/account', { seesInside: true, ...options });
  await page.goto(path);
  await shows(page, path);
  return page;
}

/** Waits until the part that is open shows what it has, and has asked for all that it needs: the navigation names Jobs when it knows some. */
export async function shows(page, path) {
  if (path in SHOWN) {
    await page.getByText(SHOWN[path]).first().waitFor();
    await page.locator('a[href="/jobs"]').first().waitFor();
  }
  await settled(page);
}

/** When the page's next poll of the tool is refused. */
export async function nextRefusal(page) {
  const is = (answer) => answer.status() === 401 && answer.url().includes('/graphql');
  await page.waitForResponse(is, { timeout: 60_000 });
  return Date.now();
}

/** Waits for the sentence, which must not come much later than the refusal. */
export async function saysSo(page, refused) {
  await page.getByText(SENTENCE).waitFor();
  await page.getByRole('button', { name: 'Sign in again' }).waitFor();
  const took = Date.now() - refused;
  assert.ok(took <= SOON, `it took ${took} ms to say so`);
}

/** Who has only just moved on would be led to sign-in at once, without a sentence. */
export async function staysAWhile(page) {
  await page.waitForTimeout(4_100);
}

/** Ends the session, and sees to it that the page knows, whatever it asks for. */
export async function endsAndKnows(page, name) {
  await staysAWhile(page);
  await endSessions(page, name);
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await page.getByRole('button', { name: 'Sign in again' }).waitFor();
}

/** Sign-in is or will be open; the path, query and fragment that it leads to. */
export async function isWanted(page) {
  await page.waitForURL((url) => url.pathname === '/_doorward/login');
  const url = new URL(page.url());
  return url.searchParams.get('next') + url.hash;
}

/** Clicks on a part in the navigation: to sign-in, with that part wanted, and there after signing in. */
export async function leadsBack(page, name, path) {
  await click(page, path);
  await signsInTo(page, name, path);
}

export async function click(page, path) {
  await page.locator(`a[href="${path}"]`).first().click();
}

/** The sign-in page is or will be open, with that part wanted; it is there after signing in. */
export async function signsInTo(page, name, path) {
  await page.waitForURL((url) => url.pathname === '/_doorward/login');
  const wanted = new URL(page.url()).searchParams.get('next');
  assert.ok(wanted === path || wanted.startsWith(`${path}/`), `to ${path}, but next is ${wanted}`);
  await fillIn(page, name);
  await page.waitForURL((url) => url.pathname === path || url.pathname.startsWith(`${path}/`));
  await shows(page, path);
}
