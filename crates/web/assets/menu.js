// Doorward's menu in a tool's page: who is signed in, the way to their account and apps, and the way out. Put into pages by the door.
//
// It lives in a closed shadow root, so that neither side's style touches the other. It holds no secret, patches nothing of the page,
// acts only when somebody clicks, and asks only whether the session still lives, and with which rights: each half minute while the page is
// seen, when it is seen again, when another tab says so, when the person moves on, and when something the page asked for was refused, or,
// where the browser does not tell that, may have been.
//
// It is served as one file: each comment that names a file here is where that file stands.
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
  // The role here, and what stands for all that is held, as they were told last; undefined before that.
  var role, held;
  // Whether Doorward ever answered this page, and how often it has not since.
  var hasHeard = false, silent = 0;
  var isEnded = false, isOut = false, asked = 0, timer = 0, soon = 0, moved = 0, clicked = 0, here = location.href;

  /* menu/session.js */
  /* menu/actions.js */
  /* menu/drawing.js */
  /* menu/placing.js */
  /* menu/watching.js */

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
