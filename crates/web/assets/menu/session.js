// Whether the session lives, and with which rights: asking the desk, and saying so to the other tabs and to whoever reads.

function api(path, options) {
  var common = { credentials: 'same-origin', cache: 'no-store', redirect: 'error', headers: { Accept: 'application/json' } };
  return ask(desk + 'api/v1/auth/' + path, Object.assign(common, options));
}

/** What is answered to whoever is signed in; null for nobody. Throws when that cannot be told. */
async function told(path) {
  var answer = await api(path);
  if (answer.status === 401) return null;
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

/** Who is signed in, by name. */
function whoAmI() {
  return told('menu?app=' + encodeURIComponent(app));
}

/** Asks whether the session still lives. This does not count as using it. */
async function check() {
  asked = Date.now();
  later();
  try {
    var answer = await api('status').catch(unheard);
    if (!answer) return;
    heard();
    var status = answer.ok ? await answer.json() : {};
    if (typeof status.signed_in !== 'boolean') return;
    tell(status.signed_in);
    if (!status.signed_in) return ended();
    lives();
    var me = await whoAmI();
    if (me) show(me);
  } catch (error) { /* Nothing is known, and nothing is said. */ }
}

/** No answer: once may be chance. Where none ever came, the page's policy forbids asking. */
function unheard() {
  silent += 1;
  if (hasHeard && silent === 2) say('Doorward does not answer. What you see may be out of date.', 'Try again', check);
}

function heard() {
  // What is to be said of the session is said anew.
  if (hasHeard && silent > 1) {
    closeBar();
    isEnded = false;
  }
  hasHeard = true;
  silent = 0;
}

/** Not more often than each `pause`: a page may be refused things again and again, for reasons of its own. */
function checkSoon(pause) {
  if (document.visibilityState !== 'visible') return;
  clearTimeout(soon);
  soon = setTimeout(check, Math.max(0, asked + pause - Date.now()));
}

function later() {
  clearTimeout(timer);
  if (document.visibilityState === 'visible') timer = setTimeout(check, EVERY);
}

function tell(isSignedIn) {
  if (channel) channel.postMessage({ isSignedIn: isSignedIn });
}

function lives() {
  if (isEnded && banner) banner.hidden = true;
  isEnded = false;
}

function ended() {
  if (isEnded) return;
  isEnded = true;
  // Who has just moved on in a page without a session waits for what will never come.
  if (Date.now() - moved < JUST_NOW) return signIn();
  close();
  showNobody();
  say('You are signed out. What you see may be out of date.', 'Sign in again', signIn);
}

/** In the bar, with one thing to do about it. */
function say(sentence, label, act) {
  banner.querySelector('span').textContent = sentence;
  Object.assign(banner.querySelector('.act'), { textContent: label, onclick: act });
  if (root) root.append(banner);
  banner.hidden = false;
}
