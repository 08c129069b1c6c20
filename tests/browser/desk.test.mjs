// Doorward's own pages: for everybody, with any device, with or without JavaScript.

import test from 'node:test';
import assert from 'node:assert/strict';
import { ADMIN, PASSWORD, fillIn, hasNoHoles, isFine, picture, signedIn, someone } from './door.mjs';

const LOOKS = [
  { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  { colorScheme: 'light', viewport: { width: 390, height: 844 } },
  { colorScheme: 'dark', viewport: { width: 390, height: 844 } },
];

for (const look of LOOKS) {
  const named = `${look.colorScheme}, ${look.viewport.width} px`;

  test(`nobody is kept out of the sign-in pages (${named})`, async () => {
    const context = await someone(look);
    const page = await context.newPage();
    await page.goto('/runs');
    await page.waitForURL(/\/_doorward\/login/);
    await isFine(page, 'login');
    await picture(page, `login-${look.colorScheme}-${look.viewport.width}`);
    await fillIn(page, ADMIN, 'not the password');
    await page.getByText('do not match').waitFor();
    await isFine(page, 'login after a mistake');
    await page.goto('/_doorward/setup?token=wrong');
    await isFine(page, 'setup with a wrong link');
    await context.close();
  });

  test(`nobody is kept out of the pages of a signed-in person (${named})`, async () => {
    const page = await signedIn('a-viewer', '/_doorward/apps', look);
    await isFine(page, 'apps');
    const [card] = await hasNoHoles(page, 'apps');
    assert.ok(card.width > card.within * 0.85 && card.bottom - card.top > 100, `the only app is lost in the page: ${JSON.stringify(card)}`);
    await picture(page, `apps-${look.colorScheme}-${look.viewport.width}`);
    for (const path of ['account', 'welcome', 'logout']) {
      await page.goto(`/_doorward/${path}`);
      await isFine(page, path);
      await hasNoHoles(page, path);
      await picture(page, `${path}-${look.colorScheme}-${look.viewport.width}`);
    }
    await page.evaluate(() => {
      const form = Object.assign(document.createElement('form'), { method: 'post', action: '/report_asset_materialization/external_feed' });
      document.body.append(form);
      form.submit();
    });
    await page.getByRole('heading').first().waitFor();
    await page.getByText('developer').first().waitFor();
    await isFine(page, 'denied');
    await hasNoHoles(page, 'denied');
    await picture(page, `denied-${look.colorScheme}-${look.viewport.width}`);
    await page.context().close();
  });
}

for (const look of LOOKS) {
  const named = `${look.colorScheme}, ${look.viewport.width} px`;

  test(`the page of people is for everybody who administers (${named})`, async () => {
    const page = await signedIn(ADMIN, '/_doorward/people', look);
    await page.getByText('a-viewer').first().waitFor();
    await isFine(page, 'people');
    await hasNoHoles(page, 'people');
    await page.goto('/_doorward/apps');
    const cards = await hasNoHoles(page, 'apps of an administrator');
    assert.equal(cards.length, 2, 'the app, and what to do next');
    const filled = cards[1].bottom - cards[0].top;
    assert.ok(filled > look.viewport.height * 0.4, `cards take ${filled}px of ${look.viewport.height}px`);
    await page.goto('/_doorward/people');
    await page.getByText('a-viewer').first().waitFor();
    await picture(page, `people-${look.colorScheme}-${look.viewport.width}`);
    await page.getByLabel('Name or e-mail').fill('a-view');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Found' }).waitFor();
    assert.equal(await page.locator('.people li').count(), 1);
    await page.getByLabel('Name or e-mail').fill('nobody at all');
    await page.keyboard.press('Enter');
    await page.getByText('Nobody is called so.').waitFor();
    await isFine(page, 'nobody found');
    await page.context().close();
  });
}

test('the longest names stay inside the page of people, and are text', async () => {
  const page = await signedIn(ADMIN, '/_doorward/people', { viewport: { width: 390, height: 844 } });
  const api = '/_doorward/api/v1/';
  const { csrf_token: token } = await (await page.request.get(`${api}auth/me`)).json();
  const name = `<img src=x onerror="document.title='run'">${'n'.repeat(150)}`;
  const user = { username: `w${'x'.repeat(127)}`, email: `${'e'.repeat(200)}@example.com`, full_name: name, password: PASSWORD, role: 'developer' };
  const made = await page.request.post(`${api}users`, { headers: { 'X-CSRF-Token': token }, data: user });
  assert.equal(made.status(), 201);
  await page.goto('/_doorward/people?search=wxxx');
  await page.getByText('onerror').first().waitFor();
  await isFine(page, 'people with long names');
  await picture(page, 'people-long-390');
  assert.match(await page.title(), /People/);
  await page.context().close();
});

test('sign-in works without JavaScript', async () => {
  const context = await someone({ javaScriptEnabled: false });
  const page = await context.newPage();
  const answer = await page.goto('/_doorward/account');
  assert.equal(answer.status(), 200);
  await page.waitForURL(/\/_doorward\/login/);
  await fillIn(page, 'a-viewer');
  await page.waitForURL(/\/_doorward\/account/);
  await page.goto('/_doorward/logout');
  await page.getByRole('button', { name: /sign out/i }).click();
  await page.waitForURL(/\/_doorward\/login/);
  await context.close();
});

test('sign-in works with the keyboard alone', async () => {
  const context = await someone();
  const page = await context.newPage();
  await page.goto('/_doorward/login?next=/_doorward/account');
  const focused = () => page.evaluate(() => document.activeElement.getAttribute('name'));
  for (let presses = 0; presses < 8 && (await focused()) !== 'username'; presses += 1) await page.keyboard.press('Tab');
  assert.equal(await focused(), 'username');
  await page.keyboard.type('a-viewer');
  for (let presses = 0; presses < 4 && (await focused()) !== 'password'; presses += 1) await page.keyboard.press('Tab');
  assert.equal(await focused(), 'password');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/_doorward\/account/);
  await context.close();
});

test('focus can be seen', async () => {
  const context = await someone();
  const page = await context.newPage();
  await page.goto('/_doorward/login');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  const visible = await page.evaluate(() => {
    const style = getComputedStyle(document.activeElement);
    return style.outlineStyle !== 'none' || style.boxShadow !== 'none';
  });
  assert.ok(visible);
  await context.close();
});

test('a changed password is the one that counts', async () => {
  const page = await signedIn('a-operator', '/_doorward/account');
  await page.getByLabel('Current password').fill(PASSWORD);
  await page.getByLabel('New password', { exact: true }).fill('another good one');
  await page.getByLabel('Repeat new password').fill('another good one');
  await page.getByRole('button', { name: /change password/i }).click();
  await page.getByText(/changed/i).first().waitFor();
  await page.context().close();
  const context = await someone();
  const fresh = await context.newPage();
  await fresh.goto('/_doorward/login?next=/_doorward/account');
  await fillIn(fresh, 'a-operator', 'another good one');
  await fresh.waitForURL(/\/_doorward\/account/);
  await context.close();
});
