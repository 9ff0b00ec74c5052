import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
/** Starts a server as a child process with a client of the SDK, and records every byte of its stdout. */
export class RecordedProcess implements Transport {
  onmessage?: (message: JSONRPCMessage) => void;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  readonly lines: string[] = [];
  readonly child: ChildProcess;
  readonly #closed: Promise<unknown>;

  /** @param stderr - the option of `spawn` */
  constructor(
    command: readonly string[],
    env: Record<string, string>,
    stderr: StdioOptions & (string | number),
  ) {
    const [program = '', ...args] = command;
    this.child = spawn(program, args, {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['pipe', 'pipe', stderr as 'pipe'],
    });
    this.#closed = once(this.child, 'exit');
  }

  async start(): Promise<void> {
    if (!this.child.stdout) throw new TypeError('expected a piped stdout');
    createInterface(this.child.stdout).on('line', (line) => {
      this.lines.push(line);
      // One line at a time, because the SDK's client drops progress that arrives in the same turn as the response.
      setImmediate(() => this.onmessage?.(JSON.parse(line) as JSONRPCMessage));
    });
    this.child.once('exit', () => this.onclose?.());
    return Promise.resolve();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    this.child.stdin?.write(`${JSON.stringify(message)}\n`);
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.child.stdin?.end();
    await this.#closed;
  }
}

/** Makes the same calls each time, and returns their results. */
export async function work(transport: Transport, rounds: number): Promise<unknown[]> {
  const client = new Client({ name: 'fault-suite', version: '1' });
  await client.connect(transport);
  const results: unknown[] = [(await client.listTools()).tools];
  for (let round = 0; round < rounds; round++) {
    const progress: unknown[] = [];
    const calls = [
      client.callTool({ name: 'echo', arguments: { text: `text ${round} \u2028 "é" \uD83D\uDE00` } }),
      client.callTool({ name: 'fail' }),
      client.callTool({ name: 'missing' }).catch((error: Error) => error.message),
      client.callTool({ name: 'steps' }, undefined, { onprogress: (step) => progress.push(step) }),
      client.callTool({ name: 'large' }),
    ];
    results.push(...(await Promise.all(calls)), progress);
  }
  await client.close();
  return results;
}
