// What Dagster's own buttons say to somebody who may not press them: our reason wherever Dagster can show one. The documents' pictures
// are made here, before a Dagster in which nothing has happened but what they show.

import test from 'node:test';
import assert from 'node:assert/strict';
import { ADMIN, picture, pointAt, signedIn, someone, settled } from './door.mjs';
import { face, panel } from './menu.mjs';

const LINEAGE = '/locations/definitions.py/asset-groups/orders/lineage';
const JOB = '/locations/definitions.py/jobs/maintenance_job';
const ours = (role, name, held) => `This needs the role ${role}; you are signed in as ${name} (${held}).`;

/** Waits until nothing on the page is still loading. */
async function loaded(page) {
  await settled(page);
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

/** Asks Dagster as its pages do. */
const graphql = (page, query, variables) => page.evaluate(async (body) => {
  const answer = await fetch('/graphql', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
  return (await answer.json()).data;
}, JSON.stringify({ query, variables }));

const WHERE = { repositoryName: '__repository__', repositoryLocationName: 'definitions.py' };

/** A run that goes on, a backfill that nobody takes up, and a schedule that is not as its code has it. */
async function underWay() {
  const olga = await signedIn('olga', '/runs');
  const launch = 'mutation($p: ExecutionParams!) { launchRun(executionParams: $p) { ... on LaunchRunSuccess { run { runId } } } }';
  const runConfigData = JSON.stringify({ ops: { vacuum: { config: { seconds: 90 } } } });
  const launched = await graphql(olga, launch, { p: { selector: { ...WHERE, jobName: 'maintenance_job' }, runConfigData } });
  const backfill = 'mutation($b: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $b) { ... on LaunchBackfillSuccess { backfillId } } }';
  await graphql(olga, backfill, { b: { assetSelection: [{ path: ['daily_events'] }], partitionNames: ['2026-01-01', '2026-01-02'] } });
  await olga.context().close();
  const admin = await signedIn(ADMIN, '/runs');
  await graphql(admin, 'mutation($s: ScheduleSelector!) { startSchedule(scheduleSelector: $s) { __typename } }', { s: { ...WHERE, scheduleName: 'hourly_maintenance' } });
  await admin.context().close();
  return launched.launchRun.run.runId;
}

test('a viewer reads Dagster’s own sentence at runs and backfills, and at what could be edited or reset', async () => {
  const run = await underWay();
  const page = await signedIn('vera', `/runs/${run}`);
  await loaded(page);
  await says(page, button(page, 'Open in Launchpad'), 'You do not have permission to launch this job');
  await says(page, button(page, /Re-execute/).first(), 'Insufficient permissions');
  await says(page, button(page, 'Terminate'), 'Insufficient permissions');

  await page.goto('/runs?view=backfills');
  await loaded(page);
  await page.locator('[class*=rowGrid]').filter({ hasText: 'daily_events' }).getByRole('button').last().click();
  const items = page.locator('[role=menuitem], [class*=menu-item i]');
  for (const item of [/^Re-execute$/, /^Resume and launch runs$/, /^Cancel backfill$/]) {
    await says(page, items.filter({ hasText: item }).last(), 'Insufficient permissions');
  }

  await page.goto('/locations/definitions.py/schedules/hourly_maintenance');
  await loaded(page);
  await says(page, button(page, 'Reset schedule status'), 'Insufficient permissions');
  await page.goto('/locations/definitions.py/sensors/quiet_sensor');
  await loaded(page);
  await says(page, button(page, 'Edit'), 'Insufficient permissions');
  await page.context().close();
});

test('an operator is refused a partition in our words', async () => {
  const page = await signedIn('olga', '/assets/region_report');
  await loaded(page);
  await button(page, /Materialize/).first().click();
  await button(page, 'Add a partition').or(button(page, 'Confirm')).first().waitFor();
  if (await button(page, 'Confirm').count()) await button(page, 'Confirm').click();
  // Dagster draws the button before it knows the partitions, and one that is drawn anew forgets that it was pressed.
  const adding = page.locator('[class*=dialog i]').filter({ has: button(page, 'Save') }).last();
  for (let tries = 0; tries < 10 && !await adding.isVisible(); tries += 1) {
    await button(page, 'Add a partition').click();
    await adding.waitFor({ timeout: 6_000 }).catch(() => {});
  }
  await adding.locator('input').last().fill('north');
  await button(page, 'Save').click();
  await page.getByText('Adding partitions needs the role developer').waitFor();
  await page.context().close();
});
