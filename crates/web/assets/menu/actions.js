// What one can do: sign in and out, open and close; and what is shown of whoever is signed in.

function signInAddress(to) {
  var wanted = to || location, isHere = new URL(desk).origin === location.origin;
  var path = isHere ? wanted.pathname + wanted.search : wanted.href.split('#')[0];
  return desk + 'login?next=' + encodeURIComponent(path) + wanted.hash;
}

function signIn() {
  location.assign(signInAddress());
}

/** The page of this tool that a plain click would open in this window; undefined for what else one clicks. */
function wantedBy(event) {
  if (!event.isTrusted || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  var link = event.composedPath().find(function (element) { return element instanceof Element && element.matches('a[href], area[href]'); });
  if (!link || !/^(_self|_top|_parent)?$/i.test(link.getAttribute('target') || '')) return;
  try {
    var to = new URL(link.getAttribute('href'), document.baseURI);
  } catch (error) { return; }
  if (to.origin !== location.origin || to.href.startsWith(desk)) return;
  // A file would come after signing in, and leave one there.
  return link.hasAttribute('download') ? location : to;
}

/** What one clicks in a page without a session shows nothing any more, whether the address would change or not: sign-in comes first. */
function clickedOn(event) {
  if (event.isTrusted && event.target !== host) clicked = Date.now();
  var to = wantedBy(event);
  if (!to) return;
  if (!isEnded) {
    moved = clicked;
    // A link to where one is moves nothing that could be seen.
    setTimeout(function () { if (location.href === here && moved - asked > 1000) check(); }, 100);
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  location.assign(signInAddress(to));
}

async function signOut() {
  try {
    var me = await told('me');
    if (me) {
      var answer = await api('logout', { method: 'POST', headers: { 'X-CSRF-Token': me.csrf_token } });
      if (!answer.ok) throw new Error(String(answer.status));
    }
    isOut = true;
    tell(false);
    location.assign(desk + 'login?signed_out=1');
  } catch (error) {
    // The page's policy may forbid asking, and where the desk has a host of its own nobody is told here; its own page can always do it.
    location.assign(desk + 'logout');
  }
}

async function open() {
  panel.hidden = false;
  face.setAttribute('aria-expanded', 'true');
  panel.querySelector('a').focus();
  try {
    var me = await whoAmI();
    if (me) show(me); else ended();
  } catch (error) { /* The links work all the same. */ }
}

function close() {
  if (!panel || panel.hidden) return;
  panel.hidden = true;
  face.setAttribute('aria-expanded', 'false');
}

function show(me) {
  var name = me.user.full_name || me.user.username;
  var before = role, heldBefore = held;
  held = me.held;
  role = me.role || (me.role_on_parts ? me.role_on_parts + ' on parts of this app' : null);
  panel.querySelector('.name').textContent = name;
  Object.assign(panel.querySelector('.out'), { textContent: 'Sign out', onclick: signOut });
  panel.querySelector('.role').textContent = (name === me.user.username ? '' : me.user.username + ' \u00b7 ') + (role ? 'Role: ' + role : 'No role here');
  people.hidden = !me.is_admin;
  face.textContent = Array.from(name)[0].toUpperCase();
  face.setAttribute('aria-label', 'Doorward: signed in as ' + me.user.username + (role ? ', role ' + role : ''));
  if (before === undefined || (before === role && heldBefore === held)) return;
  var what = before === role ? 'What you may do here has changed.' : role ? 'Your role here is now ' + role + '.' : 'You no longer hold a role here.';
  say(what + ' What you see may be out of date.', 'Reload', function () { location.reload(); });
}

/** Nobody is signed in, also once the bar is closed. */
function showNobody() {
  role = held = undefined;
  panel.querySelector('.name').textContent = 'Signed out';
  panel.querySelector('.role').textContent = '';
  people.hidden = true;
  face.textContent = '\u2022';
  face.setAttribute('aria-label', 'Doorward: signed out');
  Object.assign(panel.querySelector('.out'), { textContent: 'Sign in again', onclick: signIn });
}

function closeBar() {
  banner.hidden = true;
}
