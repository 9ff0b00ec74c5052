// Loaded before the program (`node --import`). Makes the part that FAULT names fail at each use. The program must run
// from source, because the build bundles its modules.
async function classOf(file: string, name: string): Promise<{ readonly prototype: object }> {
  const url = new URL(`../../../src/${file}.ts`, import.meta.url);
  const found = ((await import(url.href)) as Readonly<Record<string, { prototype: object }>>)[name];
  if (!found) throw new TypeError(`no class ${name} in ${file}`);
  return found;
}

type Methods = Readonly<Record<string, unknown>>;

async function breakMethods(file: string, className: string, ...names: string[]): Promise<void> {
  const { prototype } = await classOf(file, className);
  for (const name of names) {
    if (typeof (prototype as Methods)[name] !== 'function') throw new TypeError(`no method ${name} to break`);
    Object.defineProperty(prototype, name, {
      value: () => {
        throw new Error('injected fault');
      },
    });
  }
}

const FAULTS: Readonly<Record<string, () => Promise<void> | void>> = {
  observer: () => breakMethods('mcp/protocol/request-tracker', 'RequestTracker', 'start'),
  'observer of messages': () => breakMethods('mcp/protocol/traffic-observer', 'TrafficObserver', 'read'),
  async collector() {
    await breakMethods('metrics/protocol-metrics', 'ProtocolMetrics', 'onEvent');
    await breakMethods('metrics/operation-metrics', 'OperationMetrics', 'onStarted', 'onEnded');
  },
  history: () => breakMethods('history/local-history', 'LocalHistory', 'record'),
  feed: () => breakMethods('feed/feed-broadcast', 'FeedBroadcast', 'onOperation', 'onSession'),
  clock() {
    const now = Date.now;
    let calls = 0;
    // An hour ahead, an hour back, and so on.
    Date.now = () => now() + ((calls += 1) % 2) * 3_600_000;
  },
};

await FAULTS[process.env['FAULT'] ?? '']?.();
