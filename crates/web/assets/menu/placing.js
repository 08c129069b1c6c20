// Where it is, and in which colours: as the page has it, which may have a theme of its own.

var CONTROLS = 'a[href], button, input, select, textarea, summary, [role=button], [role=link], [role=tab], [role=menuitem]';

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
