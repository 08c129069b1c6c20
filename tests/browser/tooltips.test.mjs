// What Dagster's own buttons say to somebody who may not press them: our reason wherever Dagster can show one. The documents' pictures
// are made here, before a Dagster in which nothing has happened but what they show.

import test from 'node:test';
import assert from 'node:assert/strict';
import { picture, pointAt, signedIn, someone } from './door.mjs';
import { face, panel } from './menu.mjs';

const LINEAGE = '/locations/definitions.py/asset-groups/orders/lineage';
const JOB = '/locations/definitions.py/jobs/maintenance_job';
const ours = (role, name, held) => `This needs the role ${role}; you are signed in as ${name} (${held}).`;

/** Waits until nothing on the page is still loading. */
async function loaded(page) {
  await page.waitForLoadState('networkidle');
  await page.waitForFunction(() => !/Loading|Refreshing/.test(document.body.innerText));
}

/** Points at something and waits for what it then says. */
async function says(page, target, sentence) {
  await target.waitFor();
  await page.mouse.move(5, 790);
  await pointAt(page, target);
  await page.getByText(sentence, { exact: true }).first().waitFor({ timeout: 10_000 })
    .catch(async () => assert.fail(`no “${sentence}”, but: ${(await page.locator('[class*=popover i], [class*=tooltip i]').allInnerTexts()).join(' | ')}`));
}

const button = (page, name) => page.getByRole('button', { name });

test('a viewer reads our reason wherever Dagster can show one, and Dagster’s own elsewhere', async () => {
  const page = await signedIn('vera', LINEAGE);
  await loaded(page);
  await says(page, button(page, /Materialize all/), 'You do not have permission to materialize assets');
  await says(page, button(page, 'Reload definitions'), ours('developer', 'vera', 'viewer'));
  await picture(page, 'viewer');

  await page.goto(JOB);
  await loaded(page);
  await says(page, page.getByRole('tab', { name: 'Launchpad' }), 'Insufficient permissions');

  await page.goto('/deployment/locations');
  await loaded(page);
  await says(page, button(page, 'Reload all'), ours('developer', 'vera', 'viewer'));
  await says(page, button(page, 'Reload').last(), 'You do not have permission to reload this code location');

  const toggle = page.locator('label:has(input:disabled)').first();
  await page.goto('/locations/definitions.py/sensors/quiet_sensor');
  await loaded(page);
  await says(page, toggle, ours('developer', 'vera', 'viewer'));
  await page.goto('/locations/definitions.py/schedules/hourly_maintenance');
  await loaded(page);
  await says(page, toggle, 'Insufficient permissions');
  await page.context().close();
});

test('the way in names Dagster, and the menu in its pages says who one is', async () => {
  const context = await someone({ viewport: { width: 720, height: 560 } });
  const entrance = await context.newPage();
  await entrance.goto(LINEAGE);
  await entrance.getByRole('heading', { name: 'Sign in to Dagster' }).waitFor();
  await picture(entrance, 'login');
  await context.close();

  const page = await signedIn('vera', LINEAGE, { seesInside: true });
  await loaded(page);
  await face(page).click();
  await panel(page).getByText('Role: viewer').waitFor();
  await picture(page, 'menu', { clip: { x: 0, y: 340, width: 480, height: 460 } });
  await page.context().close();
});

test('an operator may launch, and reads what the rest needs', async () => {
  const page = await signedIn('olga', LINEAGE);
  await loaded(page);
  assert.ok(await button(page, /Materialize all/).isEnabled());
  await says(page, button(page, 'Reload definitions'), ours('developer', 'olga', 'operator'));
  await page.goto(`${JOB}/playground`);
  const launch = button(page, 'Launch Run');
  await page.waitForFunction(() => [...document.querySelectorAll('button')].some((b) => b.innerText.includes('Launch Run') && !b.disabled));
  await launch.click();
  await page.waitForURL(/\/runs\/[0-9a-f-]{36}/);
  await page.context().close();
});

test('the list of runs shows who launched which', async () => {
  const page = await signedIn('bob', `${JOB}/playground`);
  await page.waitForFunction(() => [...document.querySelectorAll('button')].some((b) => b.innerText.includes('Launch Run') && !b.disabled));
  await button(page, 'Launch Run').click();
  await page.waitForURL(/\/runs\/[0-9a-f-]{36}/);
  await page.goto('/runs');
  for (const name of ['olga', 'bob']) await page.getByText(name, { exact: true }).first().waitFor();
  await page.waitForFunction(() => document.body.innerText.match(/Success/g)?.length === 2, null, { timeout: 60_000 });
  await loaded(page);
  await page.mouse.move(5, 790);
  await picture(page, 'launched-by');
  await page.context().close();
});
