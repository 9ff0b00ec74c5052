import type { OnLimit } from '../../monitor/limits.ts';
import { wireName } from '../../monitor/wire-name.ts';
import { KnownNames, type NameLookup } from './known-names.ts';

export interface WatchedServerOptions {
  /** The label `mcp_server_name`. */
  readonly name: string;
  /** `''` where the server is in another process. */
  readonly sdkVersion?: string;
  /** Whether the server has registered a tool of that name; null where its registry cannot be seen. */
  readonly hasTool?: NameLookup;
  readonly hasPrompt?: NameLookup;
  /** Called each time a name had to be cut, or was not learned. */
  readonly onLimit?: OnLimit | undefined;
}

/** What is known of a server over all its connections: some servers have one for every request. */
export class WatchedServer {
  readonly name: string;
  readonly sdkVersion: string;
  readonly tools: KnownNames;
  readonly prompts: KnownNames;
  #lastSeen = '';

  constructor({ name, sdkVersion = '', hasTool, hasPrompt, onLimit }: WatchedServerOptions) {
    this.name = wireName(name, onLimit);
    this.sdkVersion = sdkVersion;
    this.tools = new KnownNames(hasTool ?? (() => null), onLimit);
    this.prompts = new KnownNames(hasPrompt ?? (() => null), onLimit);
  }

  /** The names that a request of this method asks for by name; null if it asks for nothing by name. */
  namesFor(method: string): KnownNames | null {
    if (method === 'tools/call') return this.tools;
    return method === 'prompts/get' ? this.prompts : null;
  }

  /** From now on the registry of another of its instances vouches for names. */
  learnRegistry({ hasTool, hasPrompt }: { hasTool: NameLookup; hasPrompt: NameLookup }): void {
    this.tools.lookup = hasTool;
    this.prompts.lookup = hasPrompt;
  }

  /** Whether the server was not seen with this version just before. */
  isNews(serverVersion: string, protocolVersion: string): boolean {
    const seen = `${serverVersion} ${protocolVersion}`;
    const isNews = seen !== this.#lastSeen;
    this.#lastSeen = seen;
    return isNews;
  }
}
