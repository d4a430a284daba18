// The server under test: the real program on a free port with a data directory of its own.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const BINARY = process.env.COMPASSO_BIN ?? new URL('../../target/debug/compasso', import.meta.url).pathname;
const ROLE = 'arn:aws:iam::000000000000:role/Role';
const READY = /^compasso is ready on (http:\/\/127\.0\.0\.1:(\d+))$/;
const POLL_MS = 50;

export class Server {
  #process = null;
  port = 0;
  url = '';

  /** `settings` is what its settings file says. */
  constructor(settings = '') {
    if (!existsSync(BINARY)) throw new Error(`${BINARY} was not built`);
    this.directory = mkdtempSync(join(tmpdir(), 'compasso-console-'));
    writeFileSync(join(this.directory, 'compasso.toml'), settings);
  }

  /** Starts, on the same port as before, and waits until the server says that it is ready. */
  async start() {
    const place = ['--listen', `127.0.0.1:${this.port}`, '--data', join(this.directory, 'data')];
    this.#process = spawn(BINARY, ['serve', ...place], {
      cwd: this.directory,
      env: { ...process.env, AWS_EC2_METADATA_DISABLED: 'true', COMPASSO_LOG: 'warn' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: this.#process.stdout })) {
      const match = READY.exec(line);
      if (!match) throw new Error(`unexpected first line: ${line}`);
      [this.url, this.port] = [match[1], Number(match[2])];
      return this;
    }
    throw new Error('the server ended before it was ready');
  }

  /** Ends the server as a power cut would. */
  async kill() {
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGKILL');
    await gone;
  }

  async remove() {
    if (this.#process.exitCode === null && this.#process.signalCode === null) await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Calls an action that AWS does not have. */
  act(action, body) {
    return this.#call(action, body, 'Compasso');
  }

  async #call(action, body, service = 'AWSStepFunctions') {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `${service}.${action}` },
      body: JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${action}: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** Creates a state machine that begins at its first state, and returns its ARN. */
  async create(name, states) {
    const definition = JSON.stringify({ StartAt: Object.keys(states)[0], States: states }, null, 2);
    return (await this.#call('CreateStateMachine', { name, definition, roleArn: ROLE })).stateMachineArn;
  }

  async run(stateMachineArn, name, input = {}) {
    const order = { stateMachineArn, name, input: JSON.stringify(input) };
    return (await this.#call('StartExecution', order)).executionArn;
  }

  async stop(executionArn, error, cause) {
    await this.#call('StopExecution', { executionArn, error, cause });
  }

  /** Sends a request to the REST interface and returns its answer. */
  async rest(method, path, body, type = 'application/json') {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { 'content-type': type, 'x-compasso-console': '1' },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  /** Stores the pipelines of a text. */
  async push(text, about = {}) {
    const query = new URLSearchParams(about);
    return (await this.rest('POST', `/pipelines?${query}`, text, 'application/yaml')).items;
  }

  /** Starts a run of a pipeline, and returns its ARN. */
  async startPipeline(pipeline, name, params = {}) {
    return (await this.rest('POST', `/pipelines/${pipeline}/runs`, { name, params })).id;
  }

  /** Asks until a run has this status. */
  async until(executionArn, status) {
    for (;;) {
      const { status: now } = await this.#call('DescribeExecution', { executionArn });
      if (now === status) return;
      if (now !== 'RUNNING') throw new Error(`${executionArn} is ${now}, not ${status}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}
