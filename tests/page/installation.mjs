// A real nats-server and a real roomkeeper on free ports, for as long as a test takes.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

const binaries = process.env.ROOMKEEPER_BIN_DIR;
const tools = process.env.ROOMKEEPER_TOOLS_DIR;
const startWithin = 20_000;

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Asks again until it says something, or the time is over. */
export async function eventually(what, ask, within = startWithin) {
  const end = Date.now() + within;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
}

function ended(child) {
  return child.exitCode !== null || child.signalCode !== null;
}

async function end(child, signal) {
  if (!child || ended(child)) return;
  const gone = new Promise((resolve) => { child.once('exit', resolve); });
  child.kill(signal);
  await gone;
}

export class Installation {
  static async start(yaml, http = {}) {
    const one = new Installation();
    one.folder = mkdtempSync(path.join(os.tmpdir(), 'roomkeeper-page-'));
    one.natsPort = await freePort();
    one.httpPort = await freePort();
    one.http = http;
    one.server = spawn(path.join(tools, 'nats-server-2.15'),
      ['-a', '127.0.0.1', '-p', String(one.natsPort), '-n', 'nats-1', '-js', '-sd', path.join(one.folder, 'data')],
      { stdio: 'ignore' });
    try {
      await eventually('nats-server', () => one.publish('ready.probe', ''));
      one.write(yaml);
      await one.startKeeper();
    } catch (error) {
      await one.stop();
      throw error;
    }
    return one;
  }

  get url() { return `http://127.0.0.1:${this.httpPort}`; }

  write(yaml) {
    const extra = Object.entries(this.http.settings ?? {}).map(([key, value]) => `, ${key}: ${value}`).join('');
    writeFileSync(path.join(this.folder, 'roomkeeper.yaml'),
      `instance: seoul\nnats: { url: nats://127.0.0.1:${this.natsPort} }\n` +
      `http: { listen: "${this.http.host ?? '127.0.0.1'}:${this.httpPort}"${extra} }\n` +
      `replica: { name: roomkeeper-0 }\n${yaml}`);
  }

  async startKeeper() {
    this.keeper = spawn(path.join(binaries, 'roomkeeper'), ['--config', path.join(this.folder, 'roomkeeper.yaml')],
      { stdio: ['ignore', 'ignore', 'pipe'] });
    this.log = '';
    this.keeper.stderr.on('data', (text) => { this.log += text; });
    await eventually('readiness', async () => {
      if (ended(this.keeper)) throw new Error(`roomkeeper has ended: ${this.log}`);
      try {
        return (await fetch(`${this.url}/readyz`)).ok;
      } catch {
        return false;
      }
    });
  }

  /** As any client does: the protocol is text. True once the server has taken it. */
  publish(subject, text) {
    return new Promise((resolve) => {
      const socket = net.connect(this.natsPort, '127.0.0.1');
      let heard = '';
      socket.on('error', () => resolve(false));
      socket.on('data', (data) => {
        heard += data;
        if (heard.includes('PONG')) { socket.end(); resolve(true); }
      });
      socket.write(`CONNECT {"verbose":false}\r\nPUB ${subject} ${Buffer.byteLength(text)}\r\n${text}\r\nPING\r\n`);
    });
  }

  roomctl(...words) {
    const done = spawnSync(path.join(binaries, 'roomctl'), ['--nats-server', `nats://127.0.0.1:${this.natsPort}`, ...words],
      { encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`roomctl ${words.join(' ')}: ${done.stderr}`);
    return done.stdout;
  }

  json(...words) { return JSON.parse(this.roomctl(...words, '--json')); }

  async stopServer() { await end(this.server, 'SIGTERM'); }
  async killKeeper() { await end(this.keeper, 'SIGKILL'); }

  async stop() {
    await end(this.keeper, 'SIGTERM');
    await end(this.server, 'SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
