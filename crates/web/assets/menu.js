// Doorward's menu in a tool's page: who is signed in, the way to their account and apps, and the way out. Put into pages by the door.
//
// It lives in a closed shadow root, so that neither side's style touches the other. It holds no secret, patches nothing of the page,
// acts only when somebody clicks, and asks only whether the session still lives, and with which role: each half minute while the page is
// seen, when it is seen again, when another tab says so, when the person moves on, and when something the page asked for was refused, or,
// where the browser does not tell that, may have been.
(function () {
  'use strict';
  // Asked of the prototype: an element of the page may bear any name, `currentScript` too, and would be taken for the document's own.
  var own = Object.getOwnPropertyDescriptor(Document.prototype, 'currentScript').get.call(document);
  var EVERY = 30000, PAUSE = 2000, GUESS = 3000, FORBIDDEN = 5000, JUST_NOW = 4000, CLICK = 1000, SENTENCE = 4096, LARGE = 32, SMALL = 24;
  var once = Symbol.for('doorward.menu');
  if (!own || window.top !== window || window[once] || !('adoptedStyleSheets' in Document.prototype)) return;
  window[once] = true;
  var desk = new URL('../', own.src).href;
  var app = own.dataset.app;
  var places = own.dataset.place.split(', ').map(function (text, index) {
    var words = text.split(' '), edges = words[0].split('-');
    return { corner: words[0], row: edges[0], column: edges[1], x: Number(words[1]), y: Number(words[2]), size: index ? SMALL : LARGE };
  });
  var ask = window.fetch.bind(window);
  own.remove();

  var host, root, nav, face, panel, people, banner, channel, sheets, settling = 0;
  // The role here as it was told last; undefined before that.
  var role;
  var isEnded = false, isOut = false, asked = 0, timer = 0, soon = 0, moved = 0, clicked = 0, here = location.href;

  // ---- What is known ----

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
      var answer = await api('status');
      var status = answer.ok ? await answer.json() : {};
      if (typeof status.signed_in !== 'boolean') return;
      tell(status.signed_in);
      if (!status.signed_in) return ended();
      lives();
      var me = await whoAmI();
      if (me) show(me);
    } catch (error) { /* No network, or the page's policy forbids asking: then nothing is known, and nothing is said. */ }
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

  // ---- What one can do ----

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
    var before = role;
    role = me.role;
    panel.querySelector('.name').textContent = name;
    Object.assign(panel.querySelector('.out'), { textContent: 'Sign out', onclick: signOut });
    panel.querySelector('.role').textContent = (name === me.user.username ? '' : me.user.username + ' \u00b7 ') + (role ? 'Role: ' + role : 'No role here');
    people.hidden = !me.is_admin;
    face.textContent = Array.from(name)[0].toUpperCase();
    face.setAttribute('aria-label', 'Doorward: signed in as ' + me.user.username + (role ? ', role ' + role : ''));
    if (before === undefined || before === role) return;
    say(role ? 'Your role here is now ' + role + '. What you see may be out of date.' : 'You no longer hold a role here. What you see may be out of date.',
      'Reload', function () { location.reload(); });
  }

  /** Nobody is signed in, also once the bar is closed. */
  function showNobody() {
    role = undefined;
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
    people = link('People', 'people');
    people.hidden = true;
    panel = make('div', { id: 'panel', className: 'panel', hidden: true }, [
      make('p', { className: 'name', textContent: 'Doorward' }),
      make('p', { className: 'role' }),
      make('ul', {}, [link('Account', 'account'), link('Apps', 'apps'), people]),
      make('button', { type: 'button', className: 'out', textContent: 'Sign out', onclick: signOut })
    ]);
    nav = make('nav', {}, [face, panel]);
    nav.setAttribute('aria-label', 'Doorward');
    banner = make('div', { className: 'banner', hidden: true }, [
      make('span', {}),
      make('button', { type: 'button', className: 'act' }),
      // For the keyboard there is Escape, so that the way on is the last thing in the page and the first from behind.
      make('button', { type: 'button', className: 'away', tabIndex: -1, textContent: '×', ariaLabel: 'Close', onclick: closeBar })
    ]);
    banner.addEventListener('keydown', function (event) { if (event.key === 'Escape') closeBar(); });
    banner.setAttribute('role', 'alert');
    sheets = STYLES.map(function (text) {
      var sheet = new CSSStyleSheet();
      sheet.replaceSync(text);
      return sheet;
    });
    host = document.createElement('doorward-menu');
    root = host.attachShadow({ mode: 'closed' });
    root.append(nav, banner);
    settle();
  }

  // ---- Where it is, and in which colours: as the page has it, which may have a theme of its own ----

  /** Takes the first place where nothing is that one could click; the last where all are taken. */
  function settle() {
    settling = 0;
    var place = places.find(isFree) || places[places.length - 1];
    nav.className = place.corner;
    nav.style.cssText = place.row + ':min(' + place.y + 'px, calc(100vh - 48px));' + place.column + ':' + place.x + 'px;--away:' + place.y + 'px;--size:' + place.size + 'px';
    root.adoptedStyleSheets = isDark(middle(place)) ? sheets : sheets.slice(0, 1);
  }

  function settleSoon() { settling = settling || setTimeout(settle, 150); }

  function middle(place) {
    var page = document.documentElement, half = place.size / 2;
    return {
      x: place.column === 'left' ? place.x + half : page.clientWidth - place.x - half,
      y: place.row === 'top' ? place.y + half : page.clientHeight - place.y - half
    };
  }

  function isFree(place) {
    var at = middle(place), far = place.size / 2 + 1;
    return [-far, 0, far].every(function (dx) {
      return [-far, 0, far].every(function (dy) {
        return document.elementsFromPoint(at.x + dx, at.y + dy).every(function (element) { return element === host || !element.closest(CONTROLS); });
      });
    });
  }

  /** Whether what is behind a point of the page is dark; what nobody painted has the colour of the page's own scheme. */
  function isDark(at) {
    var under = document.elementsFromPoint(at.x, at.y).concat(document.body || [], document.documentElement);
    for (var element of under) {
      var colour = /^rgba?\((\d+), (\d+), (\d+)(?:, ([\d.]+))?\)$/.exec(element === host ? '' : getComputedStyle(element).backgroundColor);
      if (colour && (colour[4] === undefined || Number(colour[4]) > 0.9)) return colour[1] * 0.299 + colour[2] * 0.587 + colour[3] * 0.114 < 128;
    }
    var scheme = getComputedStyle(document.documentElement).colorScheme;
    return scheme.includes('dark') && (!scheme.includes('light') || matchMedia('(prefers-color-scheme: dark)').matches);
  }

  function watchThePage() {
    window.addEventListener('resize', settleSoon);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', settleSoon);
    var themes = new MutationObserver(settleSoon);
    document.querySelectorAll('html, body').forEach(function (element) { themes.observe(element, { attributes: true }); });
  }

  function listen() {
    face.onclick = function () { if (panel.hidden) open(); else close(); };
    // The tool's own shortcuts are not meant here.
    host.addEventListener('keydown', function (event) { event.stopPropagation(); });
    // From wherever: a dialog of the tool's may have taken the focus back.
    window.addEventListener('keydown', function (event) {
      if (event.key !== 'Escape' || panel.hidden) return;
      event.stopPropagation();
      close();
      face.focus();
    }, true);
    document.addEventListener('pointerdown', function (event) { if (event.target !== host) close(); }, true);
    document.addEventListener('visibilitychange', function () { later(); if (document.visibilityState === 'visible') check(); });
    window.addEventListener('pageshow', function (event) { if (event.persisted) comeBack(); });
    window.addEventListener('pagehide', leave);
    if (window.navigation) window.navigation.addEventListener('currententrychange', look);
    window.addEventListener('click', clickedOn, true);
    window.addEventListener('popstate', function () { clicked = Date.now(); }, true);
    ['click', 'keyup', 'popstate'].forEach(function (kind) {
      window.addEventListener(kind, function () { look(); setTimeout(look, 50); setTimeout(look, 500); }, true);
    });
    watchRefusals();
    watchThePage();
    join();
  }

  function leave() {
    // Open, it would keep the page from being kept for the way back.
    if (channel) channel.close();
    channel = null;
    if (isOut) document.documentElement.style.setProperty('display', 'none', 'important');
  }

  /** Shown again as the browser has kept it: whoever is signed out finds sign-in in its place. */
  function comeBack() {
    var giveWay = function () { location.replace(signInAddress()); };
    join();
    if (isOut) giveWay();
    else check().then(function () { if (isEnded) giveWay(); });
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

  /** A page that moves on without being loaded anew. What a tool notes behind `?` or `#` by itself is no moving on; what follows a click is. */
  function look() {
    settleSoon();
    if (location.href === here) return;
    var isAnother = location.pathname !== new URL(here).pathname || Date.now() - clicked < CLICK;
    here = location.href;
    if (!isAnother) return;
    moved = Date.now();
    if (isEnded) signIn(); else if (moved - asked > 1000) check();
  }

  /** Some browsers do not tell how a request was answered. There, whatever a script asked for and that is short may be a refusal. */
  function mayBeRefused(entry) {
    return entry.responseStatus === undefined && /^(fetch|xmlhttprequest)$/.test(entry.initiatorType) && !(entry.decodedBodySize > SENTENCE);
  }

  function watchRefusals() {
    if (!window.PerformanceObserver || !PerformanceObserver.supportedEntryTypes.includes('resource')) return;
    new PerformanceObserver(function (list) {
      // What has come may have been drawn.
      settleSoon();
      var refused = list.getEntries().filter(function (entry) { return entry.name.startsWith(location.origin + '/') && !entry.name.startsWith(desk); });
      var isRefused = refused.some(function (entry) { return entry.responseStatus === 401; });
      // A role may have gone; but it may also never have been enough for what a page asks again and again.
      var isForbidden = refused.some(function (entry) { return entry.responseStatus === 403; });
      if (isRefused) checkSoon(PAUSE);
      else if (isForbidden && Date.now() - asked > FORBIDDEN) checkSoon(PAUSE);
      else if (!isEnded && refused.some(mayBeRefused)) checkSoon(GUESS);
    }).observe({ type: 'resource' });
  }

  var CONTROLS = 'a[href], button, input, select, textarea, summary, [role=button], [role=link], [role=tab], [role=menuitem]';
  var STYLES = `/* menu.css */`.split('/* dark */');

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
