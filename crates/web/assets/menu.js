// Doorward's menu in a tool's page: who is signed in, the way to their account and apps, and the way out. Put into pages by the door.
//
// It lives in a closed shadow root, so that neither side's style touches the other. It holds no secret, patches nothing of the page,
// acts only when somebody clicks, and asks only whether the session still lives: each half minute while the page is seen, when it is
// seen again, when another tab says so, when the person moves on, and when something the page asked for was refused with a 401.
(function () {
  'use strict';
  var own = document.currentScript;
  var once = Symbol.for('doorward.menu');
  if (!own || window.top !== window || window[once] || !('adoptedStyleSheets' in Document.prototype)) return;
  window[once] = true;
  var desk = new URL('../', own.src).href;
  var app = own.dataset.app;
  var place = own.dataset.place.split(' ');
  var ask = window.fetch.bind(window);
  own.remove();

  var EVERY = 30000, PAUSE = 2000, JUST_NOW = 4000;
  var host, root, face, panel, banner, channel;
  var isEnded = false, asked = 0, timer = 0, soon = 0, moved = 0, here = location.href;

  // ---- What is known ----

  function api(path, options) {
    var common = { credentials: 'same-origin', cache: 'no-store', redirect: 'error', headers: { Accept: 'application/json' } };
    return ask(desk + 'api/v1/auth/' + path, Object.assign(common, options));
  }

  /** Who is signed in; null for nobody. Throws when that cannot be told. */
  async function whoAmI() {
    var answer = await api('me');
    if (answer.status === 401) return null;
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  /** Asks whether the session still lives. This does not count as using it. */
  async function check() {
    asked = Date.now();
    later();
    try {
      var answer = await api('status');
      var status = answer.ok ? await answer.json() : {};
      if (typeof status.signed_in !== 'boolean') return;
      tell(status.signed_in);
      if (status.signed_in) lives(); else ended();
    } catch (error) { /* No network, or the page's policy forbids asking: then nothing is known, and nothing is said. */ }
  }

  /** Not more often than each `PAUSE`: a page may be refused things again and again, for reasons of its own. */
  function checkSoon() {
    if (document.visibilityState !== 'visible') return;
    clearTimeout(soon);
    soon = setTimeout(check, Math.max(0, asked + PAUSE - Date.now()));
  }

  function later() {
    clearTimeout(timer);
    if (document.visibilityState === 'visible') timer = setTimeout(check, EVERY);
  }

  function tell(isSignedIn) {
    if (channel) channel.postMessage({ isSignedIn: isSignedIn });
  }

  function lives() {
    isEnded = false;
    if (banner) banner.hidden = true;
  }

  function ended() {
    if (isEnded) return;
    isEnded = true;
    // Who has just moved on in a page without a session waits for what will never come.
    if (Date.now() - moved < JUST_NOW) return signIn();
    close();
    if (root) root.append(banner);
    banner.hidden = false;
  }

  // ---- What one can do ----

  function signIn() {
    var wanted = new URL(desk).origin === location.origin ? location.pathname + location.search : location.href.split('#')[0];
    location.assign(desk + 'login?next=' + encodeURIComponent(wanted) + location.hash);
  }

  async function signOut() {
    try {
      var me = await whoAmI();
      if (me) {
        var answer = await api('logout', { method: 'POST', headers: { 'X-CSRF-Token': me.csrf_token } });
        if (!answer.ok) throw new Error(String(answer.status));
      }
      tell(false);
      location.assign(desk + 'login?signed_out=1');
    } catch (error) {
      // The page's policy may forbid asking; the desk's own page can always do it.
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
    var role = me.roles[app];
    panel.querySelector('.name').textContent = name;
    panel.querySelector('.role').textContent = (name === me.user.username ? '' : me.user.username + ' \u00b7 ') + (role ? 'Role: ' + role : 'No role here');
    face.textContent = Array.from(name)[0].toUpperCase();
    face.setAttribute('aria-label', 'Doorward: signed in as ' + me.user.username + (role ? ', role ' + role : ''));
  }

  // ---- What one sees ----

  function make(name, properties, children) {
    var element = Object.assign(document.createElement(name), properties);
    (children || []).forEach(function (child) { element.append(child); });
    return element;
  }

  function link(text, page) {
    return make('li', {}, [make('a', { href: desk + page, textContent: text })]);
  }

  function draw() {
    face = make('button', { type: 'button', className: 'face', textContent: '\u2022', title: 'Your account' });
    face.setAttribute('aria-label', 'Doorward: your account');
    face.setAttribute('aria-expanded', 'false');
    face.setAttribute('aria-controls', 'panel');
    panel = make('div', { id: 'panel', className: 'panel', hidden: true }, [
      make('p', { className: 'name', textContent: 'Doorward' }),
      make('p', { className: 'role' }),
      make('ul', {}, [link('Account', 'account'), link('Apps', 'apps')]),
      make('button', { type: 'button', className: 'out', textContent: 'Sign out', onclick: signOut })
    ]);
    var nav = make('nav', {}, [face, panel]);
    nav.setAttribute('aria-label', 'Doorward');
    nav.style.setProperty(place[0].split('-')[0], 'min(' + Number(place[2]) + 'px, calc(100vh - 48px))');
    nav.style.setProperty(place[0].split('-')[1], Number(place[1]) + 'px');
    nav.className = place[0];
    banner = make('div', { className: 'banner', hidden: true }, [
      make('span', { textContent: 'You are signed out. What you see may be out of date.' }),
      make('button', { type: 'button', textContent: 'Sign in again', onclick: signIn })
    ]);
    banner.setAttribute('role', 'alert');
    var sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    host = document.createElement('doorward-menu');
    root = host.attachShadow({ mode: 'closed' });
    root.adoptedStyleSheets = [sheet];
    root.append(nav, banner);
  }

  function listen() {
    face.onclick = function () { if (panel.hidden) open(); else close(); };
    host.addEventListener('keydown', function (event) {
      // The tool's own shortcuts are not meant here.
      event.stopPropagation();
      if (event.key !== 'Escape' || panel.hidden) return;
      close();
      face.focus();
    });
    document.addEventListener('pointerdown', function (event) { if (event.target !== host) close(); }, true);
    document.addEventListener('visibilitychange', function () { later(); if (document.visibilityState === 'visible') check(); });
    window.addEventListener('pageshow', function (event) { if (event.persisted) { join(); check(); } });
    // Open, it would keep the page from being kept for the way back.
    window.addEventListener('pagehide', function () { if (channel) channel.close(); channel = null; });
    if (window.navigation) window.navigation.addEventListener('currententrychange', look);
    ['click', 'keyup', 'popstate'].forEach(function (kind) {
      window.addEventListener(kind, function () { look(); setTimeout(look, 50); setTimeout(look, 500); }, true);
    });
    watchRefusals();
    join();
  }

  /** Other tabs only say that it is time to ask; they are not believed. */
  function join() {
    if (!window.BroadcastChannel || channel) return;
    channel = new BroadcastChannel('doorward');
    channel.onmessage = function (event) {
      var isSignedIn = event.data && event.data.isSignedIn;
      if (isSignedIn === isEnded) check(); else later();
    };
  }

  /** A page that moves on without being loaded anew. */
  function look() {
    if (location.href === here) return;
    var isAnother = location.pathname !== new URL(here).pathname;
    here = location.href;
    if (!isAnother) return;
    moved = Date.now();
    if (isEnded) signIn(); else if (moved - asked > 1000) check();
  }

  function watchRefusals() {
    if (!window.PerformanceObserver || !PerformanceObserver.supportedEntryTypes.includes('resource')) return;
    new PerformanceObserver(function (list) {
      var isRefused = list.getEntries().some(function (entry) {
        return entry.responseStatus === 401 && entry.name.startsWith(location.origin + '/') && !entry.name.startsWith(desk);
      });
      if (isRefused) checkSoon();
    }).observe({ type: 'resource' });
  }

  var STYLE = `
:host { all: initial; color-scheme: light dark;
  --paper: #fff; --ink: #1d1c1a; --soft: #5c5852; --line: #dfdbd2; --edge: #878176; --sunken: #f0eee8; --accent: #0f5f55; --on-accent: #fff; }
@media (prefers-color-scheme: dark) { :host {
  --paper: #1e2021; --ink: #efedea; --soft: #aeaaa3; --line: #35383a; --edge: #7d8285; --sunken: #2a2d2f; --accent: #63c7b4; --on-accent: #08211c; } }
@media print { :host { display: none; } }
[hidden] { display: none !important; }
* { box-sizing: border-box; margin: 0; }
nav, .banner { color: var(--ink); font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; position: fixed; z-index: 2147483000; }
button, a { border-radius: 6px; color: inherit; cursor: pointer; font: inherit; text-decoration: none; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.face { align-items: center; background: var(--accent); border: 1px solid var(--paper); border-radius: 50%; color: var(--on-accent);
  display: flex; font-weight: 650; height: 32px; justify-content: center; padding: 0; width: 32px; }
.face:hover { box-shadow: 0 0 0 2px var(--accent); }
.panel { background: var(--paper); border: 1px solid var(--line); border-radius: 12px; box-shadow: 0 12px 32px -8px rgb(0 0 0 / 35%);
  max-height: calc(100vh - 96px); overflow: auto; padding: 12px; position: absolute; width: min(240px, calc(100vw - 40px)); }
.bottom-left .panel, .bottom-right .panel { bottom: 40px; }
.top-left .panel, .top-right .panel { top: 40px; }
.top-left .panel, .bottom-left .panel { left: 0; }
.top-right .panel, .bottom-right .panel { right: 0; }
.name { font-weight: 650; overflow-wrap: anywhere; padding: 0 8px; }
.role { color: var(--soft); font-size: 13px; overflow-wrap: anywhere; padding: 0 8px; }
ul { border-top: 1px solid var(--line); list-style: none; margin: 10px 0; padding: 8px 0 0; }
li a { display: block; padding: 7px 8px; }
li a:hover { background: var(--sunken); }
.panel .out { background: transparent; border: 1px solid var(--edge); padding: 7px 8px; width: 100%; }
.panel .out:hover { background: var(--sunken); }
.banner { align-items: center; background: var(--paper); border: 1px solid var(--edge); border-radius: 12px; box-shadow: 0 12px 32px -8px rgb(0 0 0 / 35%);
  display: flex; flex-wrap: wrap; gap: 8px 16px; justify-content: center; left: 50%; max-width: calc(100vw - 32px); padding: 12px 16px; top: 12px;
  transform: translateX(-50%); width: max-content; }
.banner button { background: var(--accent); border: 1px solid transparent; color: var(--on-accent); font-weight: 600; padding: 6px 14px; }
@media (prefers-reduced-motion: no-preference) { .panel:not([hidden]), .banner:not([hidden]) { animation: come .12s ease-out; } }
@keyframes come { from { opacity: 0; } }
@media (forced-colors: active) { .face, .banner button { border-color: ButtonText; } }
`;

  // ---- The beginning: when the page is there, or does not get ready ----

  var hasBegun = false;
  function begin() {
    if (hasBegun) return;
    hasBegun = true;
    draw();
    listen();
    document.documentElement.append(host);
    // Some tools write their page anew. A few times, so that nobody fights for ever.
    var times = 0;
    new MutationObserver(function () {
      if (!host.isConnected && (times += 1) < 20) document.documentElement.append(host);
    }).observe(document, { childList: true, subtree: false });
    later();
    asked = Date.now();
    whoAmI().then(function (me) { tell(Boolean(me)); if (me) show(me); else ended(); }, function () { /* Nothing is known, nothing is said. */ });
  }
  if (document.readyState === 'complete') begin();
  else { window.addEventListener('load', begin); setTimeout(begin, 3000); }
})();
