// The status page in a real browser, with a real server and a real daemon behind it.
//
//   node --test tests/page/page_test.mjs             what ctest runs (label long)
//   ROOMKEEPER_UPDATE_SCREENSHOTS=1 node --test ...  also writes docs/images/*.png
//
// Needs ROOMKEEPER_BIN_DIR and ROOMKEEPER_TOOLS_DIR; `tools/deps browser` gets the rest.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { eventually, Installation } from './installation.mjs';

const need = createRequire(path.join(process.env.ROOMKEEPER_TOOLS_DIR, 'page', 'package.json'));
const { chromium } = need('playwright-core');
const axeSource = need('axe-core').source;
const images = fileURLToPath(new URL('../../docs/images', import.meta.url));
const update = process.env.ROOMKEEPER_UPDATE_SCREENSHOTS === '1';

const rooms = `
templates:
  default:
    storage: memory
    stream: { max_messages: 1000 }
    retention: { until: midnight, days: 0, timezone: Asia/Seoul }
  archive: { storage: memory, stream: { max_bytes: 1MiB }, retention: { until: midnight, days: 30, timezone: Europe/Lisbon } }
rooms:
  - { id: general, title: 전체 대화, topic: 누구나 }
  - { id: support, title: 고객 지원 }
  - { id: hostile, title: "<img src=x onerror=alert(1)><b>bold</b>" }
  - { id: history, template: archive, title: Archive }
  - { range: "game-{1..250}" }
`;

let installed;
let browser;

before(async () => {
  installed = await Installation.start(rooms);
  for (let i = 0; i < 12; i += 1) await installed.publish('chat.general.bob', `message ${i}`);
  await installed.publish('chat.history.bob', 'old');
  installed.roomctl('purge', '--room', 'history', '--all', '--yes');
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
});

after(async () => {
  await browser?.close();
  await installed?.stop();
});

/** A page that keeps account of what should not happen. */
async function open(options = {}, address = installed.url) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB',
    timezoneId: 'Asia/Seoul', ...options });
  const page = await context.newPage();
  const errors = [];
  const strangers = [];
  page.on('console', (message) => { if (message.type() === 'error') errors.push(message.text()); });
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('dialog', (dialog) => { errors.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(address).origin) strangers.push(request.url());
  });
  const response = await page.goto(address);
  if (response.status() === 200) await page.waitForSelector('#rooms tbody tr');
  return { page, context, errors, strangers, response };
}

/** No error on the console, and nothing was asked for elsewhere. */
async function close({ context, errors, strangers }) {
  await context.close();
  assert.deepEqual(errors, []);
  assert.deepEqual(strangers, []);
}

const texts = (page, selector) => page.locator(selector).allInnerTexts();
const rowIds = (page) => page.locator('#rooms tbody tr').evaluateAll((rows) => rows.map((row) => row.dataset.room));
const note = (page) => page.locator('#rooms-note').innerText();

async function violations(page) {
  await page.evaluate(axeSource);
  const found = await page.evaluate(() => globalThis.axe.run(document));
  return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join(', ')}`);
}

test('the page says what roomctl says', async () => {
  await eventually('the count of messages',
    () => installed.json('room', 'show', 'general').messages === 12);
  const opened = await open();
  const { page } = opened;
  const status = installed.json('status');
  await eventually('the verdict', async () => (await texts(page, '#verdict'))[0].includes('Healthy'));
  assert.equal(await page.locator('h1').innerText(), 'Roomkeeper seoul');
  const figures = (await page.locator('#figures').innerText()).replaceAll('\n', ' ');
  const total = status.rooms.reduce((sum, count) => sum + count.rooms, 0);
  assert.match(figures, new RegExp(`Rooms ${total} Messages ${status.messages} `));
  assert.match(figures, new RegExp(`NATS server nats-1 ${status.server_version}`));
  assert.deepEqual((await texts(page, '#replicas tbody th'))[0].split('\n')[0], status.replica);
  assert.match((await texts(page, '#replicas tbody'))[0], /leads/);
  assert.deepEqual(await texts(page, '#zones tbody th'), status.zones.map((zone) => zone.timezone));
  const listed = installed.json('room', 'ls', '--limit', '100');
  assert.deepEqual(await rowIds(page), listed.rooms.map((room) => room.id));
  assert.equal(await note(page), `100 of ${listed.total} rooms are shown.`);
  await page.fill('#match', 'general');
  await eventually('the room', async () => (await rowIds(page)).join() === 'general');
  const general = (await texts(page, 'tr[data-room=general]'))[0];
  assert.match(general, /전체 대화/);
  assert.match(general, /ready/);
  assert.match(general, /\b12\b/);
  assert.match(general, /988 messages left \(1 % used\)/);
  await eventually('the audit', async () => (await texts(page, '#audit li')).length > 0);
  assert.ok((await texts(page, '#audit li')).some((line) => line.includes('daemon started')));
  await eventually('the purge', async () => (await texts(page, '#purges li')).some((line) => line.includes('1 messages')));
  assert.match(await page.locator('#as-of').innerText(), /\d{2}:\d{2}:\d{2}/);
  await page.fill('#match', '');
  await page.selectOption('#sort', '-messages');
  await eventually('all rooms again', async () => (await rowIds(page)).length === 100);
  if (update) {
    mkdirSync(images, { recursive: true });
    await page.evaluate(() => document.activeElement.blur());
    writeFileSync(path.join(images, 'page-desktop-light.png'), await page.screenshot());
  }
  await close(opened);
});

test('texts of others are only texts', async () => {
  const opened = await open();
  const title = opened.page.locator('tr[data-room=hostile] td').first();
  await opened.page.fill('#match', 'hostile');
  await eventually('the search', async () => (await rowIds(opened.page)).join() === 'hostile');
  assert.equal(await title.innerText(), '<img src=x onerror=alert(1)><b>bold</b>');
  assert.equal(await opened.page.locator('main img, main b').count(), 0);
  await close(opened);
});

test('rooms are searched, sorted and paged by Roomkeeper', async () => {
  const opened = await open();
  const { page } = opened;
  await page.fill('#match', '고객');
  await eventually('the Korean title', async () => (await rowIds(page)).join() === 'support');
  assert.equal(await note(page), '1 room.');
  await page.fill('#match', 'game-*');
  await eventually('the first page', async () => (await note(page)) === '100 of 250 rooms are shown.');
  const first = await rowIds(page);
  await page.click('#next');
  await eventually('the second page', async () => (await texts(page, '#page-number'))[0] === 'Page 2' &&
    (await rowIds(page))[0] !== first[0]);
  await page.click('#next');
  await eventually('the last page', async () => (await rowIds(page)).length === 50);
  assert.ok(await page.isDisabled('#next'));
  await page.click('#previous');
  await page.click('#previous');
  await eventually('the first page again', async () => (await rowIds(page)).join() === first.join());
  await page.fill('#match', '');
  await page.selectOption('#sort', '-messages');
  await eventually('the largest first', async () => (await rowIds(page))[0] === 'general');
  await page.selectOption('#state', 'ready');
  await eventually('a state', async () => (await note(page)).startsWith('100 of'));
  await page.fill('#match', 'no such room');
  await eventually('nothing', async () => (await note(page)) === '0 rooms.');
  await close(opened);
});

test('a telephone needs no sideways scrolling, and the dark is dark', async () => {
  const opened = await open({ viewport: { width: 360, height: 740 }, colorScheme: 'dark', deviceScaleFactor: 2 });
  const { page } = opened;
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= 360, `${width} pixels wide`);
  const brightness = await page.evaluate(() => {
    const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
    return (red + green + blue) / 3;
  });
  assert.ok(brightness < 60, `background of brightness ${brightness}`);
  if (update) writeFileSync(path.join(images, 'page-phone-dark.png'), await page.screenshot());
  await close(opened);
});

for (const colorScheme of ['light', 'dark']) {
  for (const width of [1280, 360]) {
    test(`axe finds nothing: ${colorScheme}, ${width} pixels`, async () => {
      const opened = await open({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true });
      assert.deepEqual(await violations(opened.page), []);
      await close(opened);
    });
  }
}

test('everything is reached by the keyboard, and what has the focus is seen', async () => {
  const opened = await open();
  const { page } = opened;
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to rooms');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'rooms-heading');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'match');
  assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), 'none');
  await page.keyboard.type('general');
  await page.keyboard.press('Enter');
  await eventually('the search', async () => (await rowIds(page)).join() === 'general');
  const reached = new Set();
  for (let i = 0; i < 12; i += 1) {
    await page.keyboard.press('Tab');
    reached.add(await page.evaluate(() => document.activeElement.id));
  }
  assert.ok(reached.has('state') && reached.has('sort'));
  await close(opened);
});

test('it refreshes itself', async () => {
  const opened = await open();
  const { page } = opened;
  const shown = await page.locator('#as-of').getAttribute('datetime');
  await installed.publish('chat.support.bob', 'help');
  await eventually('a newer picture', async () => (await page.locator('#as-of').getAttribute('datetime')) !== shown);
  await page.uncheck('#refresh');
  await close(opened);
});

test('off the loopback interface it asks for a login, and without one is off', async () => {
  const bare = await Installation.start('rooms: []\n', { host: '0.0.0.0' });
  try {
    const opened = await open({}, bare.url);
    assert.equal(opened.response.status(), 403);
    assert.match(await opened.page.locator('body').innerText(), /http\.basic_auth_file/);
    assert.match(bare.log, /http\.page_off/);
    await opened.context.close();
    assert.equal((await fetch(`${bare.url}/metrics`)).status, 200);
    await bare.killKeeper();
    const file = path.join(bare.folder, 'logins');
    writeFileSync(file, 'admin:opensesame\n', { mode: 0o600 });
    bare.http.settings = { basic_auth_file: file };
    bare.write('rooms: []\n');
    await bare.startKeeper();
    assert.equal((await fetch(bare.url)).status, 401);
    const guarded = await open({ httpCredentials: { username: 'admin', password: 'opensesame' } }, bare.url);
    assert.equal(guarded.response.status(), 200);
    await eventually('the verdict', async () => (await texts(guarded.page, '#verdict'))[0].includes('Healthy'));
    await guarded.context.close();
    const wrong = await fetch(bare.url, { headers: { authorization: `Basic ${btoa('admin:wrong')}` } });
    assert.equal(wrong.status, 401);
    assert.match(wrong.headers.get('www-authenticate'), /^Basic realm=/);
  } finally {
    await bare.stop();
  }
});

test('it says when Roomkeeper has lost NATS, and when it does not answer', async () => {
  const own = await Installation.start('rooms: [ {id: general} ]\n');
  try {
    const { page, context } = await open({}, own.url);
    await eventually('a quiet page', () => page.locator('#alarm').isHidden());
    await own.stopServer();
    await eventually('no NATS', async () => (await page.locator('#alarm').innerText()).includes('not connected to NATS'));
    await eventually('the verdict', async () => (await texts(page, '#verdict'))[0].startsWith('Not connected to NATS'));
    await own.killKeeper();
    await eventually('no answer', async () => (await page.locator('#alarm').innerText()).includes('does not answer'));
    assert.match(await page.locator('#alarm').innerText(), /What is shown is as of/);
    assert.equal((await rowIds(page)).join(), 'general');
    await context.close();
  } finally {
    await own.stop();
  }
});
