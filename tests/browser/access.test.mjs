// Asking for access where it was refused, answering, and being let in: with any device, with or without JavaScript.

import test from 'node:test';
import assert from 'node:assert/strict';
import { ADMIN, fillIn, hasNoHoles, isFine, picture, signedIn, someone } from './door.mjs';

const LOOKS = {
  ada: { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  eve: { colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  ann: { colorScheme: 'light', viewport: { width: 390, height: 844 } },
  zoe: { colorScheme: 'dark', viewport: { width: 390, height: 844 } },
};
const REASON = 'The nightly load fails and I am on call this week.\n<script>document.title = "taken"</script>';
const whole = { fullPage: true };

/** The page of the tool, which this person is refused, and what was asked for on it. */
async function asks(page, name, look) {
  const shows = (words) => page.getByRole('heading', { name: words }).waitFor();
  await shows('You don’t have access');
  await isFine(page, 'the refusal');
  await hasNoHoles(page, 'the refusal');
  await picture(page, `access-refused-${look}`, whole);
  await page.getByLabel('Why do you need it?').fill(REASON);
  await page.getByRole('button', { name: 'Ask for access' }).click();
  await page.waitForURL(/\/_doorward\/denied\//);
  await shows('Waiting for an answer');
  assert.equal(await page.getByRole('button', { name: 'Ask for access' }).count(), 0);
  await isFine(page, 'the refusal that was asked about');
  await picture(page, `access-waiting-${look}`, whole);
  assert.notEqual(await page.title(), 'taken');
}

/** A call of the API by whoever is on this page, whose policy lets no script do it. */
async function api(page, method, path, data) {
  const { request } = page.context();
  const { csrf_token: token } = await (await request.get('/_doorward/api/v1/auth/me')).json();
  const answer = await request.fetch(`/_doorward/api/v1/${path}`, { method, headers: { 'X-CSRF-Token': token }, data });
  return answer.json();
}

for (const [name, look] of Object.entries(LOOKS)) {
  const named = `${look.colorScheme}-${look.viewport.width}`;

  test(`who is refused asks, is given it, and is in (${named})`, async () => {
    const page = await signedIn(name, '/', look);
    await asks(page, name, named);

    const boss = await signedIn('max', '/_doorward/apps', { ...look, timezoneId: 'Asia/Tokyo', locale: 'en-GB' });
    await boss.getByRole('link', { name: /request.* for access/i }).click();
    await boss.getByRole('heading', { name: `${name}: viewer on all of Wiki` }).waitFor();
    await isFine(boss, 'the requests');
    await hasNoHoles(boss, 'the requests');
    await picture(boss, `access-requests-${named}`, whole);
    const { items } = await api(boss, 'GET', 'access-requests?state=open');
    const hers = items.find((item) => item.user.username === name);
    const until = new Date(Date.now() + 3_600_000);
    const approved = await api(boss, 'POST', `access-requests/${hers.id}/approve`, { until: until.toISOString() });
    assert.equal(approved.state, 'approved', JSON.stringify(approved));
    await boss.goto(`/_doorward/access?done=approved&id=${hers.id}`);
    const end = boss.getByRole('status').locator('time.date');
    const inTokyo = new Date(until.valueOf() + 9 * 3_600_000).toISOString().slice(11, 16);
    assert.match(await end.innerText(), new RegExp(`^\\d+ \\w+ 20\\d\\d, ${inTokyo}$`));
    assert.match(await end.getAttribute('title'), /^in (1 hour|\d+ minutes), .*(GMT\+9|JST)/);
    await boss.context().close();

    await page.reload();
    await page.getByRole('heading', { name: 'Approved by max' }).waitFor();
    await isFine(page, 'the refusal that was approved');
    await picture(page, `access-approved-${named}`, whole);
    await page.goto('/_doorward/account');
    await page.getByText('Access you asked for').waitFor();
    await isFine(page, 'the account');
    await picture(page, `access-account-${named}`, whole);
    await page.goto('/');
    await page.getByRole('heading', { name: 'A page of the tool' }).waitFor();
    await page.context().close();
  });
}

test('all of it works without JavaScript, also the answer that says no', async () => {
  const options = { javaScriptEnabled: false };
  const page = await signedIn('bob', '/', options);
  await page.getByLabel('Why do you need it?').fill('please');
  await page.getByRole('button', { name: 'Ask for access' }).click();
  await page.waitForURL(/\/_doorward\/denied\//);
  const refusal = page.url();

  const boss = await signedIn('max', '/_doorward/access', options);
  const request = boss.getByRole('listitem').filter({ hasText: 'bob: viewer on all of Wiki' });
  await request.getByLabel('Or say why not').fill('Not before June');
  await request.getByRole('button', { name: /^Decline/ }).click();
  await boss.waitForURL(/done=declined/);
  await boss.context().close();

  await page.goto(refusal);
  await page.getByRole('heading', { name: 'Declined by max' }).waitFor();
  await page.getByText('Not before June').waitFor();
  await page.getByRole('button', { name: 'Ask for access' }).click();
  await page.getByRole('heading', { name: 'Waiting for an answer' }).waitFor();

  const admin = await signedIn(ADMIN, '/_doorward/access', options);
  const again = admin.getByRole('listitem').filter({ hasText: 'bob: viewer on all of Wiki' });
  await again.getByLabel('Give it for').selectOption('a day');
  await again.getByRole('button', { name: /^Approve/ }).click();
  await admin.waitForURL(/done=approved/);
  await admin.context().close();
  await page.goto('/');
  await page.getByRole('heading', { name: 'A page of the tool' }).waitFor();
  await page.context().close();
});

test('a request is nobody else’s to see', async () => {
  const context = await someone();
  const page = await context.newPage();
  await page.goto('/_doorward/login?next=/_doorward/access');
  await fillIn(page, 'bob');
  await page.getByRole('heading', { name: 'Not found' }).waitFor();
  await context.close();
});
