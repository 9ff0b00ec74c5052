import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

interface Message {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: { readonly items?: readonly unknown[] };
  readonly result?: unknown;
  readonly error?: { readonly message?: string };
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

const HEADER_END = '\r\n\r\n';
const MAX_HEADER_BYTES = 1024;

/** A program that speaks the Language Server Protocol on stdin and stdout. */
export class LanguageServer {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #pending = new Map<number, Pending>();
  readonly #maxMessageBytes: number;
  #failure: Error | null = null;
  #requests = 0;

  constructor(command: readonly [string, ...string[]], options: { cwd: string; maxMessageBytes: number }) {
    const [program, ...args] = command;
    this.#maxMessageBytes = options.maxMessageBytes;
    this.#child = spawn(program, args, { cwd: options.cwd, stdio: ['pipe', 'pipe', 'ignore'] });
    this.#child.on('error', (error) => this.#fail(error));
    this.#child.stdin.on('error', () => undefined);
    this.#child.on('exit', (code, signal) =>
      this.#fail(new Error(`the linter ended with ${signal ?? `exit code ${code}`}`)),
    );
    void this.#read();
  }

  /** @throws Error if the server answers with an error, ends, or its answer is too large (a RangeError) */
  async request(method: string, params: object): Promise<unknown> {
    if (this.#failure) throw this.#failure;
    const id = (this.#requests += 1);
    const answer = new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    this.#send({ id, method, params });
    return answer;
  }

  notify(method: string, params: object): void {
    this.#send({ method, params });
  }

  close(): void {
    this.#fail(new Error('the linter was closed'));
  }

  #send(message: object): void {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.#child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}${HEADER_END}${body}`);
  }

  async #read(): Promise<void> {
    try {
      for await (const body of readBodies(this.#child.stdout, this.#maxMessageBytes)) {
        this.#onMessage(JSON.parse(body.toString('utf8')) as Message);
      }
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #onMessage({ id, method, params, result, error }: Message): void {
    if (method !== undefined) {
      // A request of the server, such as for settings or for file watching. An empty answer is sufficient.
      if (id !== undefined) this.#send({ id, result: params?.items?.map(() => null) ?? null });
      return;
    }
    const pending = this.#pending.get(Number(id));
    this.#pending.delete(Number(id));
    if (error) pending?.reject(new Error(error.message ?? 'the linter failed'));
    else pending?.resolve(result);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#child.kill('SIGKILL');
    for (const { reject } of this.#pending.values()) reject(this.#failure);
    this.#pending.clear();
  }
}

async function* readBodies(stream: Readable, maxBytes: number): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = [];
  let buffered = 0;
  /** Null while a header is read. */
  let bodyBytes: number | null = null;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    buffered += chunk.length;
    while (bodyBytes === null || buffered >= bodyBytes) {
      const all: Buffer = Buffer.concat(chunks);
      if (bodyBytes === null) {
        const end = all.indexOf(HEADER_END);
        if (end === -1 && all.length > MAX_HEADER_BYTES) throw new Error('expected a header of the protocol');
        chunks = [all];
        if (end === -1) break;
        bodyBytes = Number(/^Content-Length: (\d+)/im.exec(all.toString('latin1', 0, end))?.[1]);
        if (!(bodyBytes <= maxBytes)) throw new RangeError(`an answer of ${bodyBytes} bytes is too large`);
        chunks = [all.subarray(end + HEADER_END.length)];
        buffered = all.length - end - HEADER_END.length;
      } else {
        yield all.subarray(0, bodyBytes);
        chunks = [all.subarray(bodyBytes)];
        buffered -= bodyBytes;
        bodyBytes = null;
      }
    }
  }
}
