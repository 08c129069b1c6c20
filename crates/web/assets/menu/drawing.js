// What one sees: the elements, in a shadow root that is ours alone.

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
