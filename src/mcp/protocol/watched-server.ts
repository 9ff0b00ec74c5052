import type { OnLimit } from '../../monitor/limits.ts';
import { wireName } from '../../monitor/wire-name.ts';
import { KnownNames, type NameLookup } from './known-names.ts';

export interface WatchedServerOptions {
  /** The label `mcp_server_name`. */
  readonly name: string;
  /** `''` if the server runs in another process. */
  readonly sdkVersion?: string;
  /** Whether the server has registered a tool of that name; null if its registry is not accessible. */
  readonly hasTool?: NameLookup;
  readonly hasPrompt?: NameLookup;
  /** Called each time a name was cut or not recorded. */
  readonly onLimit?: OnLimit | undefined;
}

/** State of one server that all its connections share. Some servers have one connection per request. */
export class WatchedServer {
  readonly name: string;
  readonly sdkVersion: string;
  readonly tools: KnownNames;
  readonly prompts: KnownNames;
  #lastVersions: string | undefined;

  constructor({ name, sdkVersion = '', hasTool, hasPrompt, onLimit }: WatchedServerOptions) {
    this.name = wireName(name, onLimit);
    this.sdkVersion = sdkVersion;
    this.tools = new KnownNames(hasTool, onLimit);
    this.prompts = new KnownNames(hasPrompt, onLimit);
  }

  /** The table of the names that requests of this method carry; null if they carry none. */
  namesFor(method: string): KnownNames | null {
    if (method === 'tools/call') return this.tools;
    return method === 'prompts/get' ? this.prompts : null;
  }

  /** Looks names up in the registry of another instance of this server from now on. */
  useRegistry({ hasTool, hasPrompt }: { hasTool: NameLookup; hasPrompt: NameLookup }): void {
    this.tools.lookup = hasTool;
    this.prompts.lookup = hasPrompt;
  }

  /** Records the versions, and returns whether they differ from the last ones. */
  updateVersions(serverVersion: string, protocolVersion: string): boolean {
    const versions = `${serverVersion} ${protocolVersion}`;
    const hasChanged = versions !== this.#lastVersions;
    this.#lastVersions = versions;
    return hasChanged;
  }
}
