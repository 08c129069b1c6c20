// Sent in place of a script that was asked for without a session: the page is loaded again, which leads to sign-in and back.
(function () {
  'use strict';
  var MOST = 3, WITHIN = 600000, KEY = 'doorward.reloads';
  if (typeof document === 'undefined') throw new Error('Doorward: you are signed out.');
  try {
    // A page that loads without a session again and again stays as it is, so that nothing goes round in circles.
    var now = Date.now();
    var before = JSON.parse(sessionStorage.getItem(KEY) || '[]').filter(function (at) { return now - at < WITHIN; });
    if (before.length && now - before[before.length - 1] < 2000) return;
    if (before.length >= MOST) return;
    sessionStorage.setItem(KEY, JSON.stringify(before.concat(now)));
    // Of a frame, the page around it: the sign-in page is never shown inside another.
    (window.top || window).location.reload();
  } catch (error) {
    // Without a memory of its own the page might go round in circles; a page of another site is none of our business.
  }
})();
