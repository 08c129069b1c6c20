// How the menu looks in Dagster: in its theme, whatever the system's; for everybody.

import test from 'node:test';
import assert from 'node:assert/strict';
import { findings, picture } from './door.mjs';
import { face, menuSeenBy, panel, visited } from './menu.mjs';

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
