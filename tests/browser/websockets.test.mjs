// A page of a tool opens WebSockets through the door: a Jupyter kernel's and a compressed one.

import test from 'node:test';
import assert from 'node:assert/strict';
import { signedIn } from './door.mjs';

/** In the page: opens a socket, says something, and gives back what came until `isEnough`. */
const talk = ({ path, protocols, says, until }) => new Promise((resolve) => {
  const socket = new WebSocket(new URL(path, location.href.replace(/^http/, 'ws')), protocols);
  const heard = [];
  socket.binaryType = 'arraybuffer';
  const end = (more) => resolve({ heard, protocol: socket.protocol, extensions: socket.extensions, ...more });
  socket.onopen = () => socket.send(says);
  socket.onmessage = (event) => {
    const data = typeof event.data === 'string' ? event.data : new TextDecoder().decode(event.data);
    heard.push(data);
    if (data.includes(until)) { end({ opened: true }); socket.close(1000); }
  };
  setTimeout(() => end({ opened: heard.length > 0, silent: true }), 60_000);
  socket.onclose = ({ code }) => end({ opened: heard.length > 0, code });
});

test('a page runs code in a kernel', async () => {
  const page = await signedIn('a-developer', '/echo/page');
  const kernel = await page.evaluate(async () => (await (await fetch('/api/kernels', {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"name":"python3"}',
  })).json()).id);
  const header = { msg_id: 'm1', msg_type: 'execute_request', session: 's', username: '', version: '5.3', date: '2026-01-01T00:00:00Z' };
  const content = { code: 'print("browser", 6 * 7)', silent: false, store_history: false, user_expressions: {}, allow_stdin: false };
  const says = JSON.stringify({ header, parent_header: {}, metadata: {}, content, channel: 'shell', buffers: [] });
  const said = await page.evaluate(talk, { path: `/api/kernels/${kernel}/channels`, protocols: [], says, until: '"browser 42' });
  assert.ok(said.opened, JSON.stringify(said));
  await page.context().close();
});

test('sub-protocol and compression are agreed between page and tool', async () => {
  const page = await signedIn('a-developer', '/echo/page');
  const says = 'x'.repeat(200_000) + 'end';
  const said = await page.evaluate(talk, { path: '/echo/', protocols: ['other', 'chat'], says, until: 'end' });
  assert.equal(said.heard[0], says);
  assert.match(said.extensions, /permessage-deflate/);
  assert.ok(['other', 'chat'].includes(said.protocol), said.protocol);
  await page.context().close();
});

test('a viewer opens none', async () => {
  const page = await signedIn('a-viewer', '/echo/page');
  const said = await page.evaluate(talk, { path: '/echo/', protocols: [], says: 'x', until: 'x' });
  assert.deepEqual({ opened: said.opened, code: said.code }, { opened: false, code: 1006 });
  await page.context().close();
});
