// What it listens to: clicks and keys, the way of the person through the page, other tabs, and what the page was refused.

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
