// How figures, times and elements are written. Texts of others only ever become text nodes.

/** An element with attributes and children; a child that is no element becomes text. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return made;
}

/**
 * Puts the children in place of what is there, only where something differs: a refresh must not take
 * away a selection, nor say to a screen reader what it has said.
 */
export function show(parent, ...children) {
  const wanted = parent.cloneNode(false);
  wanted.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  if (!parent.isEqualNode(wanted)) parent.replaceChildren(...wanted.childNodes);
}

export const number = (value) => Number(value ?? 0).toLocaleString('en-US');

export function bytes(value) {
  let left = Number(value ?? 0);
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let unit = 0;
  while (left >= 1024 && unit < units.length - 1) {
    left /= 1024;
    unit += 1;
  }
  return `${unit === 0 || left >= 100 ? Math.round(left) : left.toFixed(1)} ${units[unit]}`;
}

const units = [['day', 86400], ['h', 3600], ['min', 60], ['s', 1]];
export function duration(seconds) {
  const left = Math.max(0, Math.round(seconds));
  const at = units.findIndex(([, size]) => left >= size);
  if (at < 0) return '0 s';
  const [name, size] = units[at];
  const whole = Math.floor(left / size);
  const rest = at < 3 ? Math.floor((left % size) / units[at + 1][1]) : 0;
  const word = (count, unit) => `${count} ${unit === 'day' && count !== 1 ? 'days' : unit}`;
  return rest > 0 ? `${word(whole, name)} ${word(rest, units[at + 1][0])}` : word(whole, name);
}

/** A time as a person of that zone reads it; the reader's own zone when none is given. */
export function moment(text, timeZone) {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return String(text ?? '');
  const style = { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' };
  try {
    return at.toLocaleString('en-GB', { ...style, timeZone });
  } catch {
    return at.toLocaleString('en-GB', style);  // a zone that this browser does not know
  }
}

export function timeElement(text, timeZone) {
  const at = new Date(text);
  const machine = Number.isNaN(at.getTime()) ? undefined : at.toISOString();
  return element('time', { datetime: machine, title: machine }, moment(text, timeZone));
}

/** Seconds from `now` (a time as text) to `then`. */
export const secondsBetween = (now, then) => (new Date(then) - new Date(now)) / 1000;

/** "in 3 h 20 min", or how long ago it should have been. */
export function until(now, then) {
  const seconds = secondsBetween(now, then);
  return seconds >= 0 ? `in ${duration(seconds)}` : `${duration(-seconds)} ago`;
}
