// Names are as long as people and tools make them: no page of Doorward gets wider than its window for it, and none of its words leaves it.

import test from 'node:test';
import assert from 'node:assert/strict';
import { ADMIN, isFine, picture, signedIn } from './door.mjs';

// As the product test made them: a username of 128 letters, a full name of 110, a page of 152 that they hold, an app with a long title.
const LONG = `l${'o'.repeat(126)}g`;
const MINE = `m${'i'.repeat(150)}e`;
/** A page that nobody holds: another one for each look, as what is asked for is asked for once. */
const other = (letter) => `p${letter.repeat(150)}h`;

const LOOKS = [
  { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { colorScheme: 'dark', viewport: { width: 390, height: 844 } },
];

/** Nothing that is shown stands outside of the part of the page it belongs to. */
async function fits(page, what) {
  await isFine(page, what);
  const over = await page.evaluate(() => [...document.querySelectorAll('.panel, .card')].flatMap((part) => {
    const room = part.getBoundingClientRect();
    return [...part.querySelectorAll('h1, h2, p, dd, dt, li, a, button, select, textarea, input, blockquote, code, span, bdi')]
      .filter((shown) => !shown.closest('.hidden') && shown.getBoundingClientRect().right > room.right + 1)
      .map((shown) => `${shown.tagName}: ${shown.textContent.slice(0, 40)}`);
  }));
  assert.deepEqual(over, [], what);
}

for (const look of LOOKS) {
  const named = `${look.colorScheme}-${look.viewport.width}`;

  test(`no name is too long for a page (${named})`, async () => {
    const page = await signedIn(LONG, `/pages/${other(look.colorScheme[0])}`, look);
    const shows = async (what) => {
      await fits(page, what);
      await picture(page, `long-${what}-${named}`, { fullPage: true });
    };
    await page.getByRole('heading', { name: 'You don’t have access' }).waitFor();
    await shows('refused');
    await page.getByLabel('Why do you need it?').fill('w'.repeat(300));
    await page.getByRole('button', { name: 'Ask for access' }).click();
    await page.waitForURL(/\/_doorward\/denied\//);
    await page.getByRole('heading', { name: 'Waiting for an answer' }).waitFor();
    await shows('denied');
    for (const path of ['account', 'apps', 'welcome']) {
      await page.goto(`/_doorward/${path}`);
      await page.getByText(MINE).first().waitFor();
      await shows(path);
    }
    await page.context().close();

    const boss = await signedIn(ADMIN, '/_doorward/access', look);
    await boss.getByText(LONG).first().waitFor();
    await fits(boss, 'requests');
    await picture(boss, `long-requests-${named}`, { fullPage: true });
    await boss.goto('/_doorward/people');
    await boss.getByText(LONG).first().waitFor();
    await fits(boss, 'people');
    await picture(boss, `long-people-${named}`, { fullPage: true });
    await boss.context().close();
  });
}

test('the time that was chosen is the time that is shown', async () => {
  const page = await signedIn(ADMIN, '/_doorward/account');
  const told = await page.evaluate(() => {
    const after = (seconds) => {
      const time = document.createElement('time');
      time.dateTime = new Date(Date.now() + seconds * 1000).toISOString();
      return document.querySelector('main').appendChild(time);
    };
    const [hour, day, week] = [3600, 86_400, 604_800];
    window.times = [8 * hour - 2, week - 20, hour + 10, day - 60, 90 * 60 - 1, 45, -(40 * 60), -3].map(after);
  }).then(() => page.waitForFunction(() => window.times.every((time) => time.textContent) && window.times.map((time) => time.textContent), null, { timeout: 40_000 }));
  const words = await told.jsonValue();
  assert.match(words.splice(5, 1)[0], /^in \d+ seconds$/, 'what is to come is never just now');
  assert.deepEqual(words, ['in 8 hours', 'in 1 week', 'in 1 hour', 'in 1 day', 'in 1 hour', '40 minutes ago', 'just now']);
  await page.context().close();
});
