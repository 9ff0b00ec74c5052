/** Stores the API key while the tab is open. */
export interface KeyStore {
  load(): string | null;
  save(key: string): void;
  clear(): void;
}

const NAME = 'mcp-exporter.key';

/** Keeps the key in `storage`, so that it survives a reload. Falls back to memory if the browser denies it. */
export function createKeyStore(storage: () => Storage): KeyStore {
  let key = attempt(() => storage().getItem(NAME)) ?? null;
  return {
    load: () => key,
    save: (newKey) => {
      key = newKey;
      attempt(() => storage().setItem(NAME, newKey));
    },
    clear: () => {
      key = null;
      attempt(() => storage().removeItem(NAME));
    },
  };
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
