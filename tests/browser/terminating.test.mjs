// What Dagster's dialogs say of runs and backfills that somebody may no longer end, though their page believes that they may.

import test from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { signedIn } from './door.mjs';

const WHERE = { repositoryName: '__repository__', repositoryLocationName: 'definitions.py' };
const NO = 'You are signed in as a-viewer (viewer). Terminating runs needs the role operator.';

/** Asks Dagster as its pages do. */
const graphql = (page, query, variables) => page.evaluate(async (body) => {
  const answer = await fetch('/graphql', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
  return (await answer.json()).data;
}, JSON.stringify({ query, variables }));

/** Runs that go on until they are terminated. */
async function launched(count) {
  const page = await signedIn('a-operator', '/jobs');
  const launch = 'mutation($p: ExecutionParams!) { launchRun(executionParams: $p) { ... on LaunchRunSuccess { run { runId } } } }';
  const runConfigData = JSON.stringify({ ops: { vacuum: { config: { seconds: 300 } } } });
  const runs = [];
  for (let n = 0; n < count; n += 1) {
    const answer = await graphql(page, launch, { p: { selector: { ...WHERE, jobName: 'maintenance_job' }, runConfigData } });
    runs.push(answer.launchRun.run.runId);
  }
  return { page, runs };
}

/** Ends what was begun here. */
async function ended({ page, runs }) {
  await graphql(page, 'mutation($r: [String!]!) { terminateRuns(runIds: $r, terminatePolicy: MARK_AS_CANCELED_IMMEDIATELY) { __typename } }', { r: runs });
  await page.context().close();
}

/** As if the page had been opened with more rights: it believes that it may do all, the door knows better. */
const believing = (page) => page.route('**/graphql*', async (route) => {
  if (route.request().postData()?.includes('mutation ')) return route.continue();
  const answer = await route.fetch();
  const body = (await answer.text()).replaceAll(/"(has\w+Permissions?|canTerminate|canBulkTerminate)": ?false/g, '"$1":true')
    .replaceAll('"value": false', '"value": true').replaceAll('"value":false', '"value":true');
  return route.fulfill({ response: answer, body });
});

/** Leaves such a page, whatever it is asking just now. */
async function left(page) {
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.context().close();
}

const dialog = (page) => page.getByRole('dialog').filter({ hasText: 'Terminate runs' });
/** What the dialog's button says: for some runs Dagster offers nothing but force. */
const PRESS = /^(Terminate|Force termination for) \d+ runs?$/;
const button = (page, name) => page.getByRole('button', { name });

/** Presses on in the dialog, and waits until it is over. */
async function confirmed(page) {
  await button(page, PRESS).click();
  await button(page, 'Done').waitFor();
}

test('of runs that a viewer may not terminate the dialog says so for each', async () => {
  const going = await launched(2);
  const page = await signedIn('a-viewer', '/jobs');
  await believing(page);
  await page.goto(`/runs/${going.runs[0]}`);
  await button(page, 'Terminate').click();
  await confirmed(page);
  assert.equal(await page.getByText(NO).count(), 1);
  await button(page, 'Done').click();

  await page.goto('/runs');
  for (const run of going.runs) await page.getByText(run.slice(0, 8)).first().waitFor();
  for (const run of going.runs) {
    await page.locator('[class*=rowGrid]').filter({ hasText: run.slice(0, 8) }).locator('label').first().click();
  }
  await button(page, /^Actions/).click();
  await page.locator('[role=menuitem], [class*=menu-item i]').filter({ hasText: /erminat/ }).last().click();
  await confirmed(page);
  assert.equal(await page.getByText(NO).count(), 2, 'beside each run');
  await left(page);
  await ended(going);
});

test('of a backfill that a viewer may not cancel Dagster shows that something went wrong, and our sentence', async () => {
  const operator = await signedIn('a-operator', '/jobs');
  const launch = 'mutation($b: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $b) { ... on LaunchBackfillSuccess { backfillId } } }';
  const { launchPartitionBackfill: { backfillId } } = await graphql(operator, launch, { b: { assetSelection: [{ path: ['daily_events'] }], partitionNames: ['2026-01-01', '2026-01-02'] } });
  const page = await signedIn('a-viewer', '/jobs');
  await believing(page);
  await page.goto('/runs?view=backfills');
  await page.locator('[class*=rowGrid]').filter({ hasText: backfillId }).getByRole('button').last().click();
  await page.locator('[role=menuitem], [class*=menu-item i]').filter({ hasText: /^Cancel backfill$/ }).last().click();
  await button(page, 'Cancel backfill').last().click();
  await page.getByText('View error info').click();
  await page.getByText('Cancelling backfills needs the role operator').waitFor();
  await left(page);
  await graphql(operator, 'mutation($b: String!) { cancelPartitionBackfill(backfillId: $b) { __typename } }', { b: backfillId });
  await operator.context().close();
});

test('where rights end while Dagster terminates, the dialog says that it may have been done', async () => {
  const going = await launched(1);
  const page = await signedIn('a-operator', '/jobs');
  await believing(page);
  await page.goto(`/runs/${going.runs[0]}`);
  await button(page, 'Terminate').click();
  const is = (request) => request.postData()?.includes('mutation Terminate');
  const [asked] = await Promise.all([page.waitForRequest(is), button(page, PRESS).click()]);
  execFileSync(process.env.DOORWARD_TEST_BINARY, ['user', 'set-role', 'a-operator', 'viewer']);
  await button(page, 'Done').waitFor();
  assert.equal((await asked.response()).status(), 200);
  assert.equal(await dialog(page).getByText('look there before you send it again').count(), 1);
  execFileSync(process.env.DOORWARD_TEST_BINARY, ['user', 'set-role', 'a-operator', 'operator']);
  await left(page);
  await ended(going);
});
