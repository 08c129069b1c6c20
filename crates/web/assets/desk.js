// Everything works without this. It tells times in the reader's zone, keeps what stands behind the # of an address through signing in,
// lets other tabs know that nobody is signed in, asks anew for a page that the browser shows again as it was, and looks again for a tool at an
// address with a #.
'use strict';

(() => {
  const STEPS = [['year', 31_536_000], ['month', 2_592_000], ['week', 604_800], ['day', 86_400], ['hour', 3_600], ['minute', 60]];
  const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always' });
  const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });

  /** "3 minutes ago". */
  function ago(moment) {
    const seconds = Math.round((moment - Date.now()) / 1000);
    // To the nearest: what was given for 8 hours ends in 8 hours, and not in 7, a second later.
    const step = STEPS.find(([, size], at) => Math.abs(seconds) >= size - (STEPS[at + 1]?.[1] ?? 2) / 2);
    if (step) return relative.format(Math.round(seconds / step[1]), step[0]);
    // What is to come has not been.
    return seconds > 0 ? relative.format(seconds, 'second') : 'just now';
  }

  function tellTimes() {
    for (const time of document.querySelectorAll('time[datetime]')) {
      const moment = new Date(time.dateTime);
      if (Number.isNaN(moment.valueOf())) continue;
      // After "until" stands a date; how far off it is stands beside the exact time.
      const isDate = time.classList.contains('date');
      const told = isDate ? date.format(moment) : ago(moment);
      if (time.textContent !== told) time.textContent = told;
      time.title = isDate ? `${ago(moment)}, ${exact.format(moment)}` : exact.format(moment);
    }
  }

  function sayThatNobodyIsSignedIn() {
    // The menus in the tools' pages ask for themselves when they hear this.
    const channel = new BroadcastChannel('doorward');
    channel.postMessage({ isSignedIn: false });
    channel.close();
    // Whoever is led here does not go round in circles, however often (`crates/proxy/src/walk/signed_out.js`).
    try { sessionStorage.removeItem('doorward.reloads'); } catch { /* Nothing was kept then. */ }
  }

  tellTimes();
  setInterval(tellTimes, 5_000);

  // Browsers carry the fragment of a form's action through the redirect that answers it.
  const signIn = document.querySelector('form[data-keeps-fragment]');
  if (signIn && location.hash) signIn.action = signIn.getAttribute('action') + location.hash;
  if (signIn) sayThatNobodyIsSignedIn();

  // `Refresh` and a link to the page itself mean its address without what stands behind the #; with it, they load nothing.
  const waits = document.querySelector('[data-looks-again]');
  if (waits && location.hash) setTimeout(() => location.reload(), waits.dataset.looksAgain * 1000);
  document.querySelector('a[href=""]')?.addEventListener('click', (click) => {
    if (!location.hash || click.ctrlKey || click.metaKey || click.shiftKey) return;
    click.preventDefault();
    location.reload();
  });

  // Over plain http browsers keep a page for the way back, `no-store` or not, though its reader has signed out since.
  addEventListener('pagehide', ({ persisted }) => { document.documentElement.hidden = persisted; });
  // A path may begin with `//`, and would lead to another host: the address is taken whole.
  addEventListener('pageshow', ({ persisted }) => { if (persisted) location.replace(location.href.split('#')[0]); });
})();
