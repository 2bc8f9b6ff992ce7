// The table of rooms: searched and paged by Roomkeeper, never loaded as a whole.
import { bytes, element, number, show } from './texts.js';

const byId = (id) => document.getElementById(id);
const form = byId('search');

/** Where the pages before began; the last one is where this page begins. */
let trail = [''];
let nextCursor = '';

export function roomsQuery() {
  const query = new URLSearchParams();
  const wanted = { match: byId('match').value.trim(), state: byId('state').value, sort: byId('sort').value,
    cursor: trail[trail.length - 1] };
  for (const [key, value] of Object.entries(wanted)) {
    if (value !== '') query.set(key, value);
  }
  return query.toString();
}

const stateClass = { ready: 'good', pending: 'warn', pending_consent: 'warn', removing: 'warn', orphaned: 'warn',
  blocked: 'bad', failed: 'bad' };

function stateCell(room) {
  const cell = element('td', { 'data-label': 'State' },
    element('span', { class: `tag ${stateClass[room.state] ?? ''}` }, room.state));
  const why = [room.reason, room.detail].filter((text) => text && text !== 'ok' && text !== room.state).join(': ');
  if (why) cell.append(element('span', { class: 'detail' }, why));
  return cell;
}

function connectionsText(room) {
  if (room.connections === undefined || room.connections === null) return '';
  const used = number(room.connections);
  const most = room.connections_max;
  return most === undefined || most === null ? used : `${used} of ${number(most)}`;
}

/** What is left before a limit is reached; of a pool all its rooms use it up together. */
function headroomText(row) {
  const { stored } = row;
  const parts = [];
  const left = (used, most, name, text) => {
    if (most === null || most === undefined) return;
    const share = most > 0 ? Math.min(100, Math.round((used / most) * 100)) : 100;
    parts.push(`${text(Math.max(0, most - used))} ${name}left (${share} % used)`);
  };
  if (stored) {
    left(stored.messages, stored.max_messages, 'messages ', number);
    left(stored.bytes, stored.max_bytes, '', bytes);
    if (stored.pool && parts.length > 0) parts.unshift('pool');
  }
  const room = row.room;
  if (room.connections_max !== undefined && room.connections_max !== null && room.connections !== undefined &&
      room.connections !== null) {
    parts.push(`${number(Math.max(0, room.connections_max - room.connections))} connections left`);
  }
  return parts.length > 0 ? parts.join(', ') : 'no limit';
}

function rowOf(row) {
  const { room } = row;
  const title = element('td', { 'data-label': 'Title' });
  if (room.title) title.append(room.title);
  if (room.topic) title.append(element('span', { class: 'detail' }, room.topic));
  const messages = element('td', { class: 'number', 'data-label': 'Messages' }, number(room.messages));
  if (room.last_message) messages.title = `newest ${room.last_message}`;
  const connections = element('td', { class: 'number', 'data-label': 'Connections' });
  const used = connectionsText(room);
  if (used) connections.append(used);
  const line = element('tr', { 'data-room': room.id },
    element('th', { scope: 'row' }, room.id), title, stateCell(room), messages,
    element('td', { class: 'number', 'data-label': 'Size' }, bytes(room.bytes)), connections,
    element('td', { 'data-label': 'Headroom' }, headroomText(row)));
  return line;
}

export function showRooms(reply) {
  nextCursor = reply.next_cursor ?? '';
  const rows = reply.rooms.map(rowOf);
  if (rows.length === 0) rows.push(element('tr', {}, element('td', { colspan: '7' }, 'No room matches.')));
  show(byId('rooms').tBodies[0], ...rows);
  const page = trail.length;
  const shown = number(reply.rooms.length);
  const of = number(reply.total);
  show(byId('rooms-note'), reply.total > reply.rooms.length ? `${shown} of ${of} rooms are shown.`
    : `${of} ${reply.total === 1 ? 'room' : 'rooms'}.`);
  show(byId('page-number'), reply.total > reply.rooms.length ? `Page ${number(page)}` : '');
  byId('previous').disabled = page === 1;
  byId('next').disabled = nextCursor === '';
}

export function showRoomsError(text) {
  show(byId('rooms-note'), text);
}

/** The states of the menu with their counts, as Roomkeeper reports them. */
export function showStates(counts) {
  const menu = byId('state');
  const chosen = menu.value;
  const names = counts.map((count) => count.state);
  if (chosen !== '' && !names.includes(chosen)) counts = [...counts, { state: chosen, rooms: 0 }];
  show(menu, element('option', { value: '' }, 'any'),
    ...counts.map((count) => element('option', { value: count.state }, `${count.state} (${number(count.rooms)})`)));
  menu.value = chosen;
}

/** `ask` is called when other rooms are wanted. */
export function watchSearch(ask) {
  let typing = 0;
  const fresh = () => {
    trail = [''];
    ask();
  };
  byId('match').addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(fresh, 250);
  });
  byId('state').addEventListener('change', fresh);
  byId('sort').addEventListener('change', fresh);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    clearTimeout(typing);
    fresh();
  });
  byId('next').addEventListener('click', () => {
    if (nextCursor === '') return;
    trail.push(nextCursor);
    ask();
  });
  byId('previous').addEventListener('click', () => {
    if (trail.length > 1) trail.pop();
    ask();
  });
}
