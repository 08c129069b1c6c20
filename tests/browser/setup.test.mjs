// The first administrator, made on the setup page.

import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PASSWORD, someone } from './door.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

test('the printed link leads to a form that makes the administrator', async () => {
  const log = readFileSync(join(dirname(process.env.DOORWARD_CONFIG), 'doorward.log'), 'utf8');
  const token = /setup\?token=([\w-]+)/.exec(log)?.[1];
  assert.ok(token, log);
  const context = await someone({ javaScriptEnabled: true });
  const page = await context.newPage();
  await page.goto(`/_doorward/setup?token=${token}`);
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => window.axe.run());
    assert.deepEqual(violations.map((v) => v.id), []);
  }
  await page.getByLabel('Username').fill('ada');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  const again = page.getByLabel('Repeat password');
  await again.fill('something else');
  await page.getByRole('button', { name: 'Create administrator' }).click();
  await page.getByText('not the same').waitFor();
  await page.goto(page.url());
  await page.getByLabel('Username').fill('ada');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await again.fill(PASSWORD);
  await page.getByRole('button', { name: 'Create administrator' }).click();
  await page.waitForURL((url) => !url.pathname.includes('/setup'));
  await page.waitForURL(/\/_doorward\/welcome$/);
  for (const words of [/^Open /, 'What each role may do', 'Sign out']) await page.getByText(words).first().waitFor();
  await page.getByText(/user add NAME/).waitFor();
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run());
  assert.deepEqual(violations.map((v) => v.id), [], 'the welcome page');
  await page.goto('/_doorward/account');
  await page.getByText('ada').first().waitFor();
  await page.goto(`/_doorward/setup?token=${token}`);
  assert.equal(await page.getByLabel('Username').count(), 0, 'the link works once');
  await context.close();
});
