// Signing in, with everything that goes wrong on the way. The app behind the door answers with what it was asked.

import test from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { DOOR, PASSWORD, fillIn, isFine, picture, signedIn, someone } from './door.mjs';

const focused = (page) => page.evaluate(() => document.activeElement.id);
const endSessions = (name) => execFileSync(process.env.DOORWARD_TEST_BINARY, ['user', 'end-sessions', name]);

/** The sign-in page, on the way to somewhere. */
async function atSignIn(next, options = {}) {
  const page = await (await someone(options)).newPage();
  await page.goto(next);
  await page.waitForURL(/\/_doorward\/login/);
  return page;
}

test('an e-mail address works where a name does', async () => {
  const page = await atSignIn('/somewhere');
  await fillIn(page, 'ADA@example.COM');
  await page.waitForURL(/\/somewhere$/);
  await page.context().close();
});

test('after a mistake the cursor is in the password field, which is described by the message', async () => {
  const page = await atSignIn('/somewhere');
  assert.equal(await focused(page), 'username');
  await fillIn(page, 'ada', 'wrong');
  const message = page.getByRole('alert');
  await message.waitFor();
  assert.equal(await focused(page), 'password');
  const described = await page.getByLabel('Password', { exact: true }).getAttribute('aria-describedby');
  assert.equal(await message.getAttribute('id'), described);
  assert.equal(await page.getByLabel('Username').inputValue(), 'ada');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/somewhere$/);
  await page.context().close();
});

test('too many tries say how long to wait, and no field is at fault', async () => {
  const page = await atSignIn('/somewhere');
  for (let tries = 0; tries < 12 && !(await page.getByText(/Try again in \d+ seconds?\./).count()); tries += 1) {
    await fillIn(page, 'somebody', `guess ${tries}`);
    await page.getByRole('alert').waitFor();
  }
  await page.getByText(/^Too many tries\. Try again in \d+ seconds?\.$/).waitFor();
  assert.equal(await page.locator('[aria-invalid]').count(), 0);
  const frame = (selector) => page.locator(selector).evaluate((field) => getComputedStyle(field).boxShadow);
  assert.equal(await frame('#username'), 'none');
  assert.equal(await focused(page), 'password');
  await isFine(page, 'login after too many tries');
  await picture(page, 'login-throttled');
  await page.context().close();
});

test('whoever ticks the box is kept signed in for thirty days', async () => {
  for (const [ticked, days] of [[true, 30], [false, 1]]) {
    const page = await atSignIn('/somewhere');
    await page.getByLabel('Keep me signed in').setChecked(ticked);
    await fillIn(page, 'ada');
    await page.waitForURL(/\/somewhere$/);
    const cookie = (await page.context().cookies()).find((found) => found.name.includes('doorward'));
    assert.ok(Math.abs((cookie.expires - Date.now() / 1000) / 86_400 - days) < 0.1, `${cookie.expires}`);
    await page.context().close();
  }
});

test('what stands behind the # of an address survives signing in, also after a mistake', async () => {
  for (const mistakes of [0, 1]) {
    const page = await atSignIn('/a/page?x=1#part/two?y=z');
    for (let n = 0; n < mistakes; n += 1) {
      await fillIn(page, 'ada', 'wrong');
      await page.getByRole('alert').waitFor();
    }
    await fillIn(page, 'ada');
    await page.waitForURL(`${DOOR}/a/page?x=1#part/two?y=z`);
    await page.context().close();
  }
  const plain = await atSignIn('/a/page?x=1#part', { javaScriptEnabled: false });
  await fillIn(plain, 'ada');
  await plain.waitForURL(`${DOOR}/a/page?x=1`);
  await plain.context().close();
});

test('a reload after a failed form is a page again', async () => {
  const page = await atSignIn('/somewhere');
  await fillIn(page, 'ada', 'wrong');
  await page.getByRole('alert').waitFor();
  assert.equal((await page.goto(page.url())).status(), 200);
  await fillIn(page, 'ada');
  await page.waitForURL(/\/somewhere$/);
  await page.goto('/_doorward/account');
  await page.getByLabel('Current password').fill('wrong');
  for (const field of ['New password', 'Repeat new password']) await page.getByLabel(field, { exact: true }).fill('another lamp burns');
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByRole('alert').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'problems');
  const again = await page.goto(page.url());
  assert.equal(again.status(), 200);
  assert.match(page.url(), /\/_doorward\/account$/);
  await page.context().close();
});

test('a form of ours that comes after the session leads to sign-in and back to its page', async () => {
  const page = await signedIn('ada', '/_doorward/account');
  await page.getByLabel('Current password').fill(PASSWORD);
  for (const field of ['New password', 'Repeat new password']) await page.getByLabel(field, { exact: true }).fill('another lamp burns');
  endSessions('ada');
  await page.waitForTimeout(1200);
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText('nothing was changed').waitFor();
  await fillIn(page, 'ada');
  await page.waitForURL(/\/_doorward\/account$/);
  await page.context().close();
});

test("a form of an app's that comes after the session can be sent again as it was typed", async () => {
  const page = await signedIn('ada', '/_doorward/account');
  endSessions('ada');
  await page.waitForTimeout(1200);
  await page.evaluate(() => {
    const form = Object.assign(document.createElement('form'), { method: 'post', action: '/notes' });
    form.append(Object.assign(document.createElement('input'), { name: 'note', value: 'all that was typed' }));
    document.body.append(form);
    form.submit();
  });
  await page.getByRole('heading', { name: 'You are no longer signed in' }).waitFor();
  await isFine(page, 'a form that was not sent');
  await picture(page, 'unsent');
  assert.equal(await page.getByRole('link', { name: 'Back to the form' }).getAttribute('href'), '/_doorward/account');
  const [beside] = await Promise.all([page.context().waitForEvent('page'), page.getByRole('link', { name: 'Sign in' }).click()]);
  await fillIn(beside, 'ada');
  await beside.waitForURL(/\/_doorward\/account$/);
  await page.reload();
  // What it was asked with, whoever runs this file looks at.
  assert.equal(await page.locator('body').innerText(), 'echo');
  await page.context().close();
});

test('a cookie that a script of an app slips in for a path keeps nobody out', async () => {
  const page = await signedIn('ada', '/there/');
  await page.evaluate(() => {
    document.cookie = `doorward-${location.port}=dws_${'x'.repeat(43)}; path=/there; max-age=9999`;
  });
  await page.goto('/there/again');
  assert.equal(await page.locator('body').innerText(), 'echo');
  assert.deepEqual((await page.context().cookies()).filter((cookie) => cookie.path.startsWith('/there')), [], 'it is gone');
  await page.context().close();
});

test('times are told in the zone of the reader, and without JavaScript in UTC', async () => {
  const page = await signedIn('ada', '/_doorward/account', { timezoneId: 'Asia/Tokyo', locale: 'en-GB' });
  const time = page.locator('.sessions time').first();
  assert.match(await time.innerText(), /^(just now|\d+ minutes? ago)$/);
  assert.match(await time.getAttribute('title'), /20\d\d at \d\d:\d\d:\d\d (GMT\+9|JST)/);
  await page.context().close();
  const plain = await signedIn('ada', '/_doorward/account', { javaScriptEnabled: false });
  assert.match(await plain.locator('.sessions time').first().innerText(), /^\d+ \w{3} 20\d\d, \d\d:\d\d UTC$/);
  await plain.context().close();
});

test('an app that does not answer says so, and can be tried again', async () => {
  const page = await signedIn('ada', '/dead/');
  await page.getByRole('link', { name: 'Try again' }).waitFor();
  await isFine(page, 'an app that does not answer');
  const [answer] = await Promise.all([page.waitForResponse('**/dead/'), page.getByRole('link', { name: 'Try again' }).click()]);
  assert.ok(answer.status() >= 500);
  // With a # in its address, neither a link to itself nor `Refresh` would load the page.
  await page.goto('/dead/?a=1#k');
  const loads = () => page.waitForResponse('**/dead/?a=1', { timeout: 20_000 });
  await Promise.all([loads(), page.getByRole('link', { name: 'Try again' }).click()]);
  await Promise.all([page.waitForEvent('domcontentloaded'), loads()]);
  assert.ok(page.url().endsWith('/dead/?a=1#k'), page.url());
  await page.context().close();
});

test('whom to ask stands under the form and on a refusal, and no page asks another host for anything', async () => {
  const page = await (await someone()).newPage();
  const strangers = [];
  page.on('request', (request) => request.url().startsWith(`${DOOR}/`) || strangers.push(request.url()));
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && /Content.Security/i.test(message.text()) && errors.push(message.text()));
  await page.goto('/_doorward/login');
  await page.getByRole('link', { name: 'data@example.com' }).waitFor();
  await fillIn(page, 'ada');
  for (const path of ['apps', 'account', 'welcome', 'logout']) await page.goto(`/_doorward/${path}`);
  await page.goto('/_doorward/denied/0190a5b4-0000-7000-8000-000000000000');
  await page.evaluate(() => {
    const form = Object.assign(document.createElement('form'), { method: 'post', action: '/another' });
    document.body.append(form);
    form.submit();
  });
  await page.waitForURL('/another');
  await page.context().close();
  const eve = await signedIn('eve', '/_doorward/apps');
  await eve.getByRole('link', { name: 'data@example.com' }).waitFor();
  await eve.goto('/somewhere');
  await eve.getByRole('heading', { name: 'You don’t have access' }).waitFor();
  await eve.getByRole('link', { name: 'data@example.com' }).waitFor();
  await isFine(eve, 'no access');
  await eve.context().close();
  assert.deepEqual(strangers, []);
  assert.deepEqual(errors, []);
});
