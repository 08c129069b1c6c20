// How tests look at the menu in Dagster's pages. Its shadow root is closed; these browsers keep them open.

import { signedIn, settled } from './door.mjs';

/** Windows: two usual ones, a phone's, a low one, a phone's on its side. */
export const SIZES = [[1280, 800], [1440, 900], [390, 844], [1280, 500], [844, 390]];

export const face = (page) => page.locator('doorward-menu .face');
export const panel = (page) => page.locator('doorward-menu .panel');
export const banner = (page) => page.locator('doorward-menu .banner');

/** A signed-in person's page of Dagster. */
export const menuSeenBy = (name, options = {}) => signedIn(name, '/runs', { seesInside: true, ...options });

/** Goes to a page and waits until all of it is there. */
export async function visited(page, path) {
  await page.goto(path);
  await face(page).waitFor();
  await page.getByRole('link', { name: 'Deployment' }).waitFor();
  await settled(page);
}
