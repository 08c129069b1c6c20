// The menu in Dagster's own pages: two clicks, or the keyboard alone, to who one is and to the way out; never over anything of Dagster's.

import test from 'node:test';
import assert from 'node:assert/strict';
import { ADMIN } from './door.mjs';
import { SIZES, face, menuSeenBy, panel, visited } from './menu.mjs';

const JOB = '/locations/definitions.py/jobs/maintenance_job';
const PAGES = [
  '/overview', '/runs', '/jobs', '/assets', '/asset-groups', '/locations/definitions.py/asset-groups/orders/lineage', '/automation',
  '/deployment/locations', '/deployment/daemons', '/deployment/concurrency', '/deployment/config', JOB, `${JOB}/playground`,
];

/** All that can be clicked and is Dagster's under a part of the menu. */
const covered = (page, part) => page.evaluate((selector) => {
  const host = document.querySelector('doorward-menu');
  const box = host.shadowRoot.querySelector(selector).getBoundingClientRect();
  const found = new Set();
  for (let x = box.left; x <= box.right; x += 2) {
    for (let y = box.top; y <= box.bottom; y += 2) {
      for (const element of document.elementsFromPoint(x, y)) {
        const control = element.closest('a[href], button, input, select, textarea, label, [role=button], [role=tab]');
        if (control && control !== host) found.add(control.innerText || control.outerHTML.slice(0, 80));
      }
    }
  }
  return [...found];
}, part);

/** Waits until nothing is under the face; it moves when the window or the page has. */
async function coversNothing(page, where) {
  const until = Date.now() + 5_000;
  let found = await covered(page, '.face');
  while (found.length && Date.now() < until) found = await covered(page, '.face');
  assert.deepEqual(found, [], `under the face at ${where}`);
}

async function aRun(page) {
  return page.evaluate(async () => {
    const query = `mutation($params: ExecutionParams!) { launchRun(executionParams: $params) { ... on LaunchRunSuccess { run { runId } } } }`;
    const selector = { repositoryName: '__repository__', repositoryLocationName: 'definitions.py', jobName: 'maintenance_job' };
    const body = JSON.stringify({ query, variables: { params: { selector, mode: 'default' } } });
    const answer = await fetch('/graphql', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
    return (await answer.json()).data.launchRun.run.runId;
  });
}

/** Opens it, reads it, and closes it by a click elsewhere. */
async function saysWhoAndTheWayOut(page, path) {
  await face(page).click();
  await panel(page).getByText('Role: operator').waitFor();
  await panel(page).getByText('a-operator', { exact: true }).waitFor();
  for (const [name, leads] of [['Account', '/_doorward/account'], ['Apps', '/_doorward/apps']]) {
    assert.equal(await panel(page).getByRole('link', { name, exact: true }).getAttribute('href'), new URL(leads, page.url()).href, path);
  }
  await panel(page).getByRole('button', { name: 'Sign out', exact: true }).waitFor();
  assert.equal(await panel(page).getByRole('link', { name: 'People' }).count(), 0, 'for administrators alone');
  await page.mouse.click(640, 30);
  await panel(page).waitFor({ state: 'hidden' });
}

async function coversNothingAtAnySize(page, where) {
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    await coversNothing(page, `${where}, ${width}×${height}`);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

async function foldsNavigation(page, isFolded) {
  await page.locator('nav[class*=MainNavigation] button').nth(1).click();
  await page.waitForFunction((wanted) => document.querySelector('nav[class*=MainNavigation]').offsetWidth < 100 === wanted, isFolded);
  await page.mouse.move(640, 30);
}

test('two clicks lead from every page of Dagster to who one is and to the way out, and nothing of Dagster’s is under the menu', async () => {
  const page = await menuSeenBy('a-operator');
  for (const path of [...PAGES, `/runs/${await aRun(page)}`]) {
    await visited(page, path);
    await saysWhoAndTheWayOut(page, path);
    await coversNothingAtAnySize(page, path);
    await foldsNavigation(page, true);
    await coversNothingAtAnySize(page, `${path}, navigation folded`);
    await foldsNavigation(page, false);
  }
  await page.context().close();
});

test('a dialog of Dagster’s does not keep one from the menu', async () => {
  const page = await menuSeenBy('a-operator');
  await visited(page, '/runs');
  await page.getByText('Settings', { exact: true }).click();
  const dialog = page.getByText('User settings');
  await dialog.waitFor();
  await face(page).click();
  await panel(page).getByText('Role: operator').waitFor();
  await page.keyboard.press('Escape');
  await panel(page).waitFor({ state: 'hidden' });
  assert.ok(await dialog.isVisible(), 'Escape closed the menu, which is what was opened last');
  await page.context().close();
});

test('the keyboard alone opens the menu, closes it, and signs out', async () => {
  const page = await menuSeenBy('a-operator');
  await visited(page, '/jobs');
  const focused = () => page.evaluate(() => document.querySelector('doorward-menu').shadowRoot.activeElement?.textContent);
  // It is the last thing on the page, and so the first one backwards.
  for (let presses = 0; presses < 3 && (await focused()) !== 'A'; presses += 1) await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await panel(page).getByText('Role: operator').waitFor();
  assert.equal(await focused(), 'Account');
  await page.keyboard.press('Escape');
  await panel(page).waitFor({ state: 'hidden' });
  assert.equal(await focused(), 'A', 'the focus is back where it came from');
  await page.keyboard.press('Enter');
  for (const name of ['Apps', 'Sign out']) {
    await page.keyboard.press('Tab');
    assert.equal(await focused(), name);
  }
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/_doorward\/login\?signed_out=1$/);
  await page.goto('/runs');
  await page.waitForURL(/\/_doorward\/login\?next=/);
  await page.context().close();
});

test('the open menu stays in the navigation where there is room, and in the window everywhere', async () => {
  const page = await menuSeenBy('a-operator');
  await visited(page, '/runs');
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    await coversNothing(page, `${width}×${height}`);
    await face(page).click();
    await panel(page).getByText('Role: operator').waitFor();
    const box = await panel(page).boundingBox();
    assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height, JSON.stringify([box, width, height]));
    if (height >= 800) assert.deepEqual(await covered(page, '.panel'), [], `under the open menu, ${width}×${height}`);
    await page.keyboard.press('Escape');
  }
  await page.context().close();
});

test('two clicks, or the keyboard, lead an administrator to the people', async () => {
  const page = await menuSeenBy(ADMIN);
  await face(page).click();
  const people = panel(page).getByRole('link', { name: 'People', exact: true });
  await people.waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  assert.ok(await people.evaluate((link) => link.getRootNode().activeElement === link), 'after Account and Apps');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'People', exact: true }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/_doorward/people');
  await page.context().close();
});
