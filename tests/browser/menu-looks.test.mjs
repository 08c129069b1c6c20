// How the menu looks in Dagster: in its theme, whatever the system's; for everybody.

import test from 'node:test';
import assert from 'node:assert/strict';
import { findings, picture } from './door.mjs';
import { endSessions } from './ending.mjs';
import { SIZES, banner, face, menuSeenBy, panel, visited } from './menu.mjs';

const [PALE, DARK] = ['rgb(255, 255, 255)', 'rgb(30, 32, 33)'];

for (const colorScheme of ['light', 'dark']) {
  test(`the menu is as light or dark as Dagster, and nobody is kept out of it (${colorScheme} system)`, async () => {
    const page = await menuSeenBy('a-operator', { colorScheme });
    for (const theme of [undefined, 'Light', 'Dark']) {
      if (theme) await page.evaluate((name) => localStorage.setItem('dagster-theme', JSON.stringify(name)), theme);
      await visited(page, '/runs');
      assert.deepEqual(await findings(page, 'doorward-menu'), [], `closed, ${theme}`);
      await face(page).click();
      await panel(page).getByText('Role: operator').waitFor();
      await panel(page).evaluate((element) => Promise.all(element.getAnimations().map((animation) => animation.finished)));
      assert.deepEqual(await findings(page, 'doorward-menu'), [], `open, ${theme}`);
      const isDark = (theme ?? colorScheme).toLowerCase() === 'dark';
      assert.equal(await panel(page).evaluate((element) => getComputedStyle(element).backgroundColor), isDark ? DARK : PALE, `${theme}`);
      await picture(page, `menu-${colorScheme}-${theme ?? 'system'}`);
    }
    await page.context().close();
  });
}

const apart = (one, other) =>
  one.right <= other.left || other.right <= one.left || one.bottom <= other.top || other.bottom <= one.top;

/** Where our sentence, our button and a message of Dagster's are, once there is one; Dagster's come and go. */
const whereAll = async (page) => (await page.waitForFunction(() => {
  const ours = (part) => document.querySelector('doorward-menu').shadowRoot.querySelector(part);
  const parts = [ours('.banner'), ours('.face'), document.querySelector('[class*=Toaster_toastContainer]')];
  return parts.every(Boolean) && parts.map((part) => part.getBoundingClientRect().toJSON());
})).jsonValue();

test('what says that one is signed out and what Dagster says do not cover each other, nor the button', async () => {
  const page = await menuSeenBy('a-viewer');
  await visited(page, '/runs');
  await endSessions(page, 'a-viewer');
  await banner(page).waitFor({ timeout: 60_000 });
  assert.deepEqual(await findings(page, 'doorward-menu'), []);
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    const [sentence, button, message] = await whereAll(page);
    const seen = JSON.stringify({ sentence, button, message, width, height });
    assert.ok(apart(sentence, message) && apart(sentence, button) && apart(message, button), seen);
    assert.ok(sentence.left >= 0 && sentence.top >= 0 && sentence.right <= width && sentence.bottom <= height, seen);
  }
  await page.context().close();
});

test('nothing moves for those who do not want it', async () => {
  const page = await menuSeenBy('a-operator');
  for (const [reducedMotion, animation] of [['reduce', 'none'], ['no-preference', 'come']]) {
    await page.emulateMedia({ reducedMotion });
    await visited(page, '/runs');
    await face(page).click();
    assert.equal(await panel(page).evaluate((element) => getComputedStyle(element).animationName), animation, reducedMotion);
  }
  await page.context().close();
});
