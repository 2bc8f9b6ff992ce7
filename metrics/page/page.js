// Asks Roomkeeper every few seconds and shows what it says. Nothing here changes anything.
import { roomsQuery, showRooms, showRoomsError, showStates, watchSearch } from './rooms.js';
import { bytes, duration, element, moment, number, secondsBetween, show, timeElement, until } from './texts.js';

const byId = (id) => document.getElementById(id);
const refreshEvery = 5000;
const soon = 1000;
const giveUpAfter = 4000;

let timer = 0;
let asked = 0;  // of the rooms: only the newest question's answer is shown

async function fetchJson(path) {
  let response;
  try {
    response = await fetch(path, { cache: 'no-store', signal: AbortSignal.timeout(giveUpAfter) });
  } catch {
    throw new Error('Roomkeeper does not answer: the program has stopped, or the network between here and it fails.');
  }
  if (response.status === 401) throw new Error('Roomkeeper asks for a login: reload this page.');
  let body;
  try {
    body = await response.json();
  } catch {
    throw new Error(`Roomkeeper answers ${response.status} ${response.statusText}`);
  }
  if (!response.ok) throw new Error(body.error ?? `Roomkeeper answers ${response.status}`);
  return body;
}

function showAlarm(text) {
  const alarm = byId('alarm');
  show(alarm, text);
  alarm.hidden = text === '';
  document.body.classList.toggle('stale', text !== '');
}

function verdictOf(status) {
  if (!status.connected) return ['bad', 'Not connected to NATS'];
  if (!status.ready) return ['warn', 'Connected; the first look at all rooms has not ended yet'];
  if (status.overdue_seconds > 60) return ['bad', `Messages are overdue since ${duration(status.overdue_seconds)}`];
  if (!status.leader) return ['good', 'Standby: this replica watches, another one acts'];
  return ['good', 'Healthy: this replica leads and acts'];
}

function troublesOf(status) {
  const troubles = [];
  const note = (wanted, text) => { if (wanted) troubles.push(text); };
  note(status.nats_error && status.connected, status.nats_error);
  note(!status.leader && status.connected && status.leader_note, `This replica does not lead: ${status.leader_note}`);
  note(status.config_error, `The last read of the configuration failed, the one before is in force: ${status.config_error}`);
  for (const doubt of status.doubts ?? []) troubles.push(doubt);
  note(status.removals_blocked > 0, `${number(status.removals_blocked)} removals wait for the removal guard`);
  note(status.overdue_seconds > 0, `The oldest overdue message is ${duration(status.overdue_seconds)} late`);
  note(Math.abs(status.clock_skew_seconds) > 5, `The server's clock and ours differ by ${duration(Math.abs(status.clock_skew_seconds))}`);
  note(status.limits_note, `Connection limits: ${status.limits_note}`);
  note(status.identities_over_limit > 0, `${number(status.identities_over_limit)} users have too many connections`);
  return troubles;
}

function figuresOf(status, now) {
  const total = (status.rooms ?? []).reduce((sum, count) => sum + count.rooms, 0);
  const figures = [
    ['Rooms', number(total)], ['Messages', number(status.messages)], ['Stored', bytes(status.bytes)],
    ['Waiting changes', number(status.pending_changes)],
    ['NATS server', status.server_name ? `${status.server_name} ${status.server_version}` : 'none'],
    ['Last pass', status.last_pass ? `${duration(secondsBetween(status.last_pass, now))} ago` : 'none yet'],
    ['Version', status.version], ['Runs for', duration(secondsBetween(status.started, now))],
    ['Configuration read', moment(status.config_loaded)], ['Bans', number(status.bans)],
  ];
  for (const limit of status.limits ?? []) {
    if (limit.headroom !== undefined && limit.headroom !== null)
      figures.push([`Headroom of ${limit.limit}`, number(limit.headroom)]);
  }
  return figures;
}

function showHealth(status, now) {
  const [mood, text] = verdictOf(status);
  const verdict = byId('verdict');
  verdict.className = `verdict ${mood}`;
  show(verdict, status.connected || !status.nats_error ? text : `${text}: ${status.nats_error}`);
  show(byId('troubles'), ...troublesOf(status).map((trouble) => element('li', {}, trouble)));
  show(byId('figures'), ...figuresOf(status, now).map(([name, value]) =>
    element('div', {}, element('dt', {}, name), element('dd', {}, value))));
}

function showReplicas(status) {
  const rows = (status.replicas ?? []).map((replica) => {
    const role = element('td', {}, element('span', { class: replica.leader ? 'tag good' : 'tag' },
      replica.leader ? 'leads' : 'stands by'));
    if (replica.note) role.append(element('span', { class: 'detail' }, replica.note));
    const self = replica.name === status.replica;
    return element('tr', {},
      element('th', { scope: 'row' }, replica.name, ...(self ? [element('span', { class: 'detail' }, 'answers here')] : [])),
      role, element('td', {}, replica.version),
      element('td', {}, self ? 'now' : `${duration(replica.heard_seconds_ago)} ago`));
  });
  if (rows.length === 0) rows.push(element('tr', {}, element('td', { colspan: '4' }, 'None was heard of.')));
  show(byId('replicas').tBodies[0], ...rows);
}

function showZones(status, now) {
  const rows = (status.zones ?? []).map((zone) => element('tr', {},
    element('th', { scope: 'row' }, zone.timezone),
    element('td', {}, timeElement(zone.next_deadline, zone.timezone),
      element('span', { class: 'detail' }, until(now, zone.next_deadline))),
    element('td', { class: 'number' }, number(zone.rooms)),
    element('td', { class: 'number' }, number(zone.overdue_rooms))));
  if (rows.length === 0)
    rows.push(element('tr', {}, element('td', { colspan: '4' }, 'No room has retention until midnight.')));
  show(byId('zones').tBodies[0], ...rows);
}

/** "purge of general: 12 messages (midnight)". */
function sentence(entry) {
  const about = [entry.room, entry.user && `user ${entry.user}`, entry.job && `job ${entry.job}`, !entry.room && entry.stream]
    .filter(Boolean).join(', ');
  const rooms = entry.rooms ?? [];
  const many = rooms.length === 0 ? '' : `${number(rooms.length)} ${rooms.length === 1 ? 'room' : 'rooms'}`;
  const counted = [
    many, entry.messages !== undefined && entry.messages !== null && `${number(entry.messages)} messages`,
    entry.connections !== undefined && entry.connections !== null && `${number(entry.connections)} connections`,
    entry.times > 1 && `${number(entry.times)} times`,
  ].filter(Boolean).join(', ');
  return [entry.kind.replaceAll('_', ' '), about, counted].filter(Boolean).join(' · ');
}

function eventOf(entry) {
  const by = entry.actor || entry.origin || '';
  const details = [entry.reason, by && `by ${by}`, entry.text].filter(Boolean).join(' · ');
  const line = element('li', {}, timeElement(entry.at), entry.ok === false ? `failed: ${sentence(entry)}` : sentence(entry));
  if (details) line.append(element('span', { class: 'detail' }, details));
  return line;
}

function showEvents(list, note, entries, empty) {
  show(byId(list), ...entries.map(eventOf));
  const text = entries.length > 0 ? '' : empty;
  show(byId(note), text);
  byId(note).hidden = text === '';
}

function showStatus(reply) {
  const { status, now, audit } = reply;
  show(byId('instance'), status.instance);
  document.title = `Roomkeeper ${status.instance}`;
  const asOf = byId('as-of');
  asOf.dateTime = reply.as_of;
  show(asOf, moment(reply.as_of));
  showHealth(status, now);
  showReplicas(status);
  showZones(status, now);
  showStates(status.rooms ?? []);
  const empty = { reading: 'Being read…', off: 'The audit is off (audit.enabled).', missing: 'There is no audit yet.',
    read: 'Nothing yet.', unread: 'The audit could not be read.' }[audit.state] ?? '';
  showEvents('audit', 'audit-note', audit.entries, empty);
  showEvents('purges', 'purges-note', audit.purges, empty);
}

async function askForRooms() {
  asked += 1;
  const question = asked;
  try {
    const reply = await fetchJson(`/page/rooms.json?${roomsQuery()}`);
    if (question === asked) showRooms(reply);
    return '';
  } catch (error) {
    if (question === asked) showRoomsError(`The rooms are not up to date: ${error.message}`);
    return error.message;
  }
}

/** One round; the next one is set when this one has ended, so that a slow Roomkeeper is not asked more and more. */
async function round() {
  clearTimeout(timer);
  let again = refreshEvery;
  let trouble = '';
  try {
    const reply = await fetchJson('/page/status.json');
    showStatus(reply);
    if (reply.audit.state === 'reading') again = soon;
    if (!reply.status.connected) trouble = 'Roomkeeper is not connected to NATS. It tries again by itself.';
  } catch (error) {
    const last = byId('as-of').dateTime ? ` What is shown is as of ${byId('as-of').textContent}.` : '';
    trouble = `${error.message}${last}`;
  }
  await askForRooms();
  showAlarm(trouble);
  clearTimeout(timer);
  if (byId('refresh').checked && !document.hidden) timer = setTimeout(round, again);
}

watchSearch(askForRooms);
byId('refresh').addEventListener('change', round);
document.addEventListener('visibilitychange', () => { if (!document.hidden) round(); });
round();
