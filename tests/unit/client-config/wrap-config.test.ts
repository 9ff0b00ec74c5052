import { parse } from 'jsonc-parser';
import { describe, expect, test } from 'vitest';

import { wrapConfig } from '../../../src/client-config/wrap-config.ts';

const HUB = 'http://127.0.0.1:3001';
const wrap = (text: string, firstPort?: number) =>
  wrapConfig(text, firstPort === undefined ? { hubUrl: HUB } : { hubUrl: HUB, firstPort });
const serversIn = (text: string) =>
  (parse(text) as { mcpServers: Record<string, { url?: string } | undefined> }).mcpServers;
const wrapServer = (server: unknown, name = 'sample') => {
  const result = wrap(JSON.stringify({ mcpServers: { [name]: server } }));
  return { ...result, server: serversIn(result.text)[name] };
};

const CLAUDE_DESKTOP = `{
  "mcpServers": {
    "filesystem": {
      "command": "npx",
      "args": [
        "-y",
        "@modelcontextprotocol/server-filesystem",
        "/srv/notes"
      ],
      "env": { "LOG_LEVEL": "debug" }
    },
    "time": {
      "command": "uvx"
    }
  },
  "globalShortcut": "Ctrl+Space"
}
`;

const CURSOR = `{
\t"mcpServers": {
\t\t"github": {"command": "docker", "args": ["run", "-i", "--rm", "ghcr.io/github/github-mcp-server"], "cwd": "/srv"},
\t\t"linear": {
\t\t\t"url": "https://mcp.linear.app/mcp",
\t\t\t"headers": {"Authorization": "Bearer a-secret-token"}
\t\t}
\t}
}`;

const VS_CODE = `// The team's servers.
{
    "inputs": [
        { "type": "promptString", "id": "key", "description": "API key", "password": true, }, // asked once
    ],
    "servers": {
        /* A browser. */
        "playwright": {
            "type": "stdio", // not http
            "command": "npx", // from npm
            "args": [
                // always the newest
                "@playwright/mcp@latest", /* headless */ "--headless",
            ],
            "env": { "KEY": "\${input:key}" },
        },
        "docs": {
            "type": "http",
            "url": "https://docs.example.com/mcp", // ours
        },
        "tenant": { "type": "http", "url": "https://\${input:host}/mcp" },
    },
}
`;

const ZED = `// Zed settings
{
  "theme": "One Dark",
  "context_servers": {
    "postgres": {
      "command": {
        "path": "node",
        "args": ["/srv/postgres.mjs"],
        "env": { "PGHOST": "db" }
      },
      "settings": {}
    },
    "newer": { "source": "custom", "command": "newer-mcp", "args": [], "env": {} },
    "extension": { "source": "extension", "settings": { "database_url": "postgres://db" } }
  }
}
`;

const CLAUDE_CODE = JSON.stringify(
  {
    numStartups: 3,
    mcpServers: { everywhere: { type: 'stdio', command: 'everywhere-mcp', args: ['--fast'] } },
    projects: {
      '/srv/a.b': { allowedTools: [], mcpServers: { here: { command: 'here-mcp', args: [] } } },
      '/srv/c': { mcpServers: {} },
      '/srv/d': { history: [] },
    },
  },
  null,
  2,
);

describe('a client’s file is the same but for its servers', () => {
  test('Claude Desktop’s file changes only in its servers', () => {
    const { text, wrapped, skipped, commands } = wrap(CLAUDE_DESKTOP);
    expect(text).toBe(`{
  "mcpServers": {
    "filesystem": {
      "command": "mcp-exporter",
      "args": [
        "proxy",
        "--name",
        "filesystem",
        "--hub",
        "http://127.0.0.1:3001",
        "--",
        "npx",
        "-y",
        "@modelcontextprotocol/server-filesystem",
        "/srv/notes"
      ],
      "env": { "LOG_LEVEL": "debug" }
    },
    "time": {
      "command": "mcp-exporter",
      "args": ["proxy", "--name", "time", "--hub", "http://127.0.0.1:3001", "--", "uvx"]
    }
  },
  "globalShortcut": "Ctrl+Space"
}
`);
    expect({ wrapped, skipped, commands }).toEqual({
      wrapped: ['filesystem', 'time'],
      skipped: [],
      commands: [],
    });
  });

  test('Cursor’s file keeps its tabs, one-line entries and headers', () => {
    const { text, commands } = wrap(CURSOR);
    expect(text).toBe(`{
\t"mcpServers": {
\t\t"github": {"command": "mcp-exporter", "args": ["proxy", "--name", "github", "--hub", "http://127.0.0.1:3001", "--", "docker", "run", "-i", "--rm", "ghcr.io/github/github-mcp-server"], "cwd": "/srv"},
\t\t"linear": {
\t\t\t"url": "http://127.0.0.1:3125/mcp#mcp-exporter:https://mcp.linear.app/mcp",
\t\t\t"headers": {"Authorization": "Bearer a-secret-token"}
\t\t}
\t}
}`);
    expect(commands).toEqual([
      'mcp-exporter proxy --upstream https://mcp.linear.app/mcp --name linear --port 3125 --hub http://127.0.0.1:3001',
    ]);
  });

  test('VS Code’s file keeps its comments and trailing commas', () => {
    const { text, wrapped, skipped } = wrap(VS_CODE);
    expect(text).toBe(
      VS_CODE.replace('"command": "npx"', '"command": "mcp-exporter"')
        .replace(
          '"@playwright/mcp@latest"',
          ['proxy', '--name', 'playwright', '--hub', HUB, '--', 'npx', '@playwright/mcp@latest']
            .map((item) => JSON.stringify(item))
            .join(`,\n${' '.repeat(16)}`),
        )
        .replace(
          'https://docs.example.com/mcp',
          'http://127.0.0.1:3168/mcp#mcp-exporter:https://docs.example.com/mcp',
        ),
    );
    expect(wrapped).toEqual(['playwright', 'docs']);
    expect(skipped).toEqual([
      { name: 'tenant', reason: 'its URL has a placeholder that only the client can fill in' },
    ]);
  });

  test('Zed’s file is wrapped in its older and its newer form', () => {
    const { text, skipped } = wrap(ZED);
    const words = (name: string, command: string) =>
      `"proxy", "--name", "${name}", "--hub", "${HUB}", "--", "${command}"`;
    expect(text).toBe(
      ZED.replace('"path": "node"', '"path": "mcp-exporter"')
        .replace('["/srv/postgres.mjs"]', `[${words('postgres', 'node')}, "/srv/postgres.mjs"]`)
        .replace('"command": "newer-mcp"', '"command": "mcp-exporter"')
        .replace('"args": []', `"args": [${words('newer', 'newer-mcp')}]`),
    );
    expect(skipped).toEqual([{ name: 'extension', reason: 'it has neither a command nor a URL' }]);
  });

  test('Claude Code’s file is wrapped in every project', () => {
    const { text, wrapped } = wrap(CLAUDE_CODE);
    expect(wrapped).toEqual(['everywhere', 'here']);
    const expected = JSON.parse(CLAUDE_CODE);
    expected.mcpServers.everywhere.command = 'mcp-exporter';
    expected.mcpServers.everywhere.args = [
      'proxy',
      '--name',
      'everywhere',
      '--hub',
      HUB,
      '--',
      'everywhere-mcp',
      '--fast',
    ];
    expected.projects['/srv/a.b'].mcpServers.here = {
      command: 'mcp-exporter',
      args: ['proxy', '--name', 'here', '--hub', HUB, '--', 'here-mcp'],
    };
    expect(JSON.parse(text)).toEqual(expected);
  });

  test.each([
    ['settings.json of VS Code, nested', '{"mcp":{"servers":{"a":{"command":"x"}}}}'],
    ['settings.json of VS Code, dotted', '{"mcp.servers":{"a":{"command":"x"}}}'],
    ['without any white space', '{"servers":{"a":{"command":"x"}}}'],
  ])('%s', (_title, text) => {
    const args = `["proxy","--name","a","--hub","${HUB}","--","x"]`;
    expect(wrap(text).text).toBe(text.replace('"command":"x"', `"command":"mcp-exporter","args":${args}`));
  });

  test('opencode’s file keeps other settings next to its servers', () => {
    const text = '{"mcp": {"a": {"type": "local", "command": ["bun", "x"]}, "allowed": {"command": "x"}}}';
    expect(wrap(text).text).toBe(
      text.replace('["bun"', `["mcp-exporter", "proxy", "--name", "a", "--hub", "${HUB}", "--", "bun"`),
    );
  });

  test('line ends of Windows and a byte order mark', () => {
    const { text } = wrap(`\uFEFF${CLAUDE_DESKTOP.replaceAll('\n', '\r\n')}`);
    expect(text).toBe(`\uFEFF${wrap(CLAUDE_DESKTOP).text.replaceAll('\n', '\r\n')}`);
  });
});

describe('a second run changes nothing', () => {
  test.each(Object.entries({ CLAUDE_DESKTOP, CURSOR, VS_CODE, ZED, CLAUDE_CODE }))('%s', (_name, before) => {
    const first = wrap(before);
    const second = wrap(first.text);
    expect(first.text).not.toBe(before);
    expect(second.text).toBe(first.text);
    expect(second.wrapped).toEqual([]);
    expect(second.commands).toEqual([]);
    expect(second.skipped.map(({ name }) => name)).toEqual(expect.arrayContaining(first.wrapped));
  });

  test.each([
    { command: 'mcp-exporter', args: ['proxy', '--name', 'a', '--', 'x'] },
    { command: '/usr/local/bin/mcp-exporter', args: ['proxy', '--', 'x'] },
    { command: String.raw`C:\npm\mcp-exporter.cmd`, args: ['proxy', '--', 'x'] },
    { command: 'npx', args: ['-y', 'mcp-exporter@1.0.0', 'proxy', '--', 'x'] },
    { command: ['mcp-exporter', 'proxy', '--', 'x'] },
    { command: '/usr/bin/node', args: ['/srv/node_modules/mcp-exporter/dist/cli.js', 'proxy', '--', 'x'] },
    { command: 'node', args: ['--no-warnings', 'dist/cli.js', 'proxy', '--', 'x'] },
    { command: ['node', String.raw`C:\npm\mcp-exporter\dist\cli.js`, 'proxy', '--', 'x'] },
  ])('of $command $args', (server) => {
    const { server: after, skipped } = wrapServer(server);
    expect(after).toEqual(server);
    expect(skipped[0]?.reason).toBe('it runs behind the proxy already');
  });

  test.each([
    { command: 'mcp-exporter', args: ['serve', '--stdio'] },
    { command: 'not-mcp-exporter', args: ['proxy'] },
    { command: 'node', args: ['/srv/dist/cli.js', 'serve'] },
    { command: 'node', args: ['/srv/notdist/cli.js', 'proxy'] },
    { command: 'sh', args: ['--', 'mcp-exporter', 'proxy'] },
  ])('$command $args is not recognized as our proxy', (server) => {
    expect(wrapServer(server).wrapped).toEqual(['sample']);
  });
});

describe('a program that is not on the PATH', () => {
  const program = ['/opt/my node/bin/node', '/srv/dist/cli.js'];
  const wrapBy = (text: string) => wrapConfig(text, { hubUrl: HUB, program });
  const words = ['proxy', '--name', 'a', '--hub', HUB, '--', 'x', '-y'];

  test.each([
    [
      { command: 'x', args: ['-y'] },
      { command: program[0], args: [program[1], ...words] },
    ],
    [
      { type: 'local', command: ['x', '-y'] },
      { type: 'local', command: [...program, ...words] },
    ],
    [
      { command: { path: 'x', args: ['-y'] } },
      { command: { path: program[0], args: [program[1], ...words] } },
    ],
  ])('a program that is not on the PATH replaces %j by its path, once', (server, expected) => {
    const { text } = wrapBy(JSON.stringify({ mcpServers: { a: server } }));
    expect(serversIn(text)).toEqual({ a: expected });
    expect(wrapBy(text).text).toBe(text);
    expect(wrap(text).text).toBe(text);
  });

  test('is in the lines of servers behind a URL', () => {
    const { commands } = wrapBy('{"mcpServers":{"a":{"url":"https://a.example/mcp"}}}');
    expect(commands[0]).toMatch(/^'\/opt\/my node\/bin\/node' \/srv\/dist\/cli\.js proxy --upstream /);
  });
});

describe('another hub', () => {
  const NEW = 'http://10.0.0.5:4000';
  const rewrap = (text: string, keepsHubs = false) => wrapConfig(text, { hubUrl: NEW, keepsHubs });

  test.each(Object.entries({ CLAUDE_DESKTOP, VS_CODE, ZED, CLAUDE_CODE }))(
    'a new program path replaces the old one and nothing else: %s',
    (_name, before) => {
      const first = wrap(before);
      const second = rewrap(first.text);
      expect(second.text).toBe(first.text.replaceAll(HUB, NEW));
      expect(second.wrapped).toEqual([]);
      expect(second.hubChanged).not.toEqual([]);
      const third = rewrap(second.text);
      expect(third.text).toBe(second.text);
      expect(third.hubChanged).toEqual([]);
    },
  );

  test.each([
    [
      ['proxy', '--hub=http://a:1', '--', 'x'],
      ['proxy', `--hub=${NEW}`, '--', 'x'],
    ],
    [
      ['proxy', '--hub', 'http://a:1', '--hub', 'http://b:1', '--', 'x'],
      ['proxy', '--hub', 'http://a:1', '--hub', NEW, '--', 'x'],
    ],
    [
      ['proxy', '--', 'x', '--hub', 'http://a:1'],
      ['proxy', '--', 'x', '--hub', 'http://a:1'],
    ],
    [
      ['proxy', '--hub', `${NEW}/`, '--', 'x'],
      ['proxy', '--hub', `${NEW}/`, '--', 'x'],
    ],
  ])('the last program path counts in %j', (args, expected) => {
    const { text } = rewrap(JSON.stringify({ mcpServers: { a: { command: 'mcp-exporter', args } } }));
    expect(serversIn(text)).toEqual({ a: { command: 'mcp-exporter', args: expected } });
    const list = { type: 'local', command: ['mcp-exporter', ...args] };
    expect(serversIn(rewrap(JSON.stringify({ mcpServers: { a: list } })).text)).toEqual({
      a: { type: 'local', command: ['mcp-exporter', ...expected] },
    });
  });

  test('a wrapped server stays unchanged if no program path is given', () => {
    const { text } = wrap(CLAUDE_DESKTOP);
    expect(rewrap(text, true)).toMatchObject({ text, hubChanged: [] });
  });
});

describe('the proxies of servers behind a URL', () => {
  const servers = (...urls: string[]) =>
    JSON.stringify({ mcpServers: Object.fromEntries(urls.map((url, i) => [`s${i}`, { url }])) });
  const urlsOf = (text: string) =>
    Object.values(serversIn(text)).map((server) => server?.url?.replace(/#.*/, ''));

  test.each([
    { url: 'https://a.example/mcp' },
    { type: 'http', url: 'https://a.example/mcp' },
    { type: 'sse', url: 'https://a.example/mcp' },
    { type: 'streamable-http', url: 'https://a.example/mcp' },
    { type: 'streamableHttp', url: 'https://a.example/mcp', disabled: true },
    { serverUrl: 'https://a.example/mcp' },
    { httpUrl: 'https://a.example/mcp', headers: { Authorization: 'Bearer x' } },
    { url: 'https://a.example/mcp', command: null },
  ])('%j', (server) => {
    const { server: after } = wrapServer(server);
    expect(after).toEqual(
      JSON.parse(
        JSON.stringify(server).replace(
          'https://a.example/mcp',
          'http://127.0.0.1:3180/mcp#mcp-exporter:https://a.example/mcp',
        ),
      ),
    );
  });

  test('proxies of a file listen on different ports, which are the same for every file', () => {
    const alone = urlsOf(wrap(servers('https://b.example/mcp')).text);
    const among = urlsOf(wrap(servers('https://a.example/mcp', 'https://b.example/mcp')).text);
    expect(alone).toEqual(['http://127.0.0.1:3197/mcp']);
    expect(among).toEqual(['http://127.0.0.1:3180/mcp', 'http://127.0.0.1:3197/mcp']);
  });

  test('a proxy takes the next port if another upstream of the file has its port', () => {
    const both = urlsOf(wrap(servers('https://s4.example/mcp', 'https://s8.example/mcp')).text);
    expect(urlsOf(wrap(servers('https://s8.example/mcp')).text)).toEqual(['http://127.0.0.1:3184/mcp']);
    expect(both).toEqual(['http://127.0.0.1:3184/mcp', 'http://127.0.0.1:3185/mcp']);
  });

  test('servers with the same name and upstream share one proxy', () => {
    const mcpServers = { docs: { url: 'https://a.example/mcp' } };
    const { text, commands, wrapped } = wrap(
      JSON.stringify({ projects: { '/a': { mcpServers }, '/b': { mcpServers } } }),
    );
    expect(text.match(/http:[^"#]*/g)).toEqual(['http://127.0.0.1:3180/mcp', 'http://127.0.0.1:3180/mcp']);
    expect(commands).toHaveLength(1);
    expect(wrapped).toEqual(['docs', 'docs']);
  });

  test('a proxy never takes the port of a proxy, a server or the hub', () => {
    const text = servers(
      'https://a.example/mcp', // 3180, if it were free
      'http://localhost:3180/mcp#mcp-exporter:https://b.example/mcp', // a proxy
      'http://127.0.0.1:3181/sse', // a server
    );
    const { text: after, skipped } = wrapConfig(text, { hubUrl: 'http://localhost:3182' });
    expect(urlsOf(after).slice(0, 2)).toEqual(['http://127.0.0.1:3183/mcp', 'http://localhost:3180/mcp']);
    expect(skipped).toEqual([{ name: 's1', reason: 'it runs behind the proxy already' }]);
  });

  test.each([
    'http://127.0.0.1:3101/mcp',
    'http://localhost:3150/mcp',
    'http://127.0.0.1:3200/mcp',
    'http://127.0.0.1:3180/mcp#section',
  ])('a server at a port that a proxy could have is wrapped: %s', (url) => {
    const { text, wrapped, commands } = wrap(servers(url));
    expect(wrapped).toEqual(['s0']);
    expect(commands[0]).toMatch(new RegExp(`--upstream '?${url}'? `));
    expect(serversIn(text)['s0']?.url).toMatch(/^http:\/\/127\.0\.0\.1:3\d+\/mcp#mcp-exporter:http:/);
    expect(wrap(text)).toMatchObject({ text, wrapped: [] });
  });

  test('a server at which an exporter answers stays as it is', () => {
    const text = servers('http://127.0.0.1:8080/mcp', 'http://127.0.0.1:8081/mcp');
    const watchedUrls = new Set(['http://127.0.0.1:8080/mcp']);
    const { skipped, wrapped } = wrapConfig(text, { hubUrl: HUB, watchedUrls });
    expect(skipped).toEqual([
      { name: 's0', reason: 'mcp-exporter answers at its URL and watches it already' },
    ]);
    expect(wrapped).toEqual(['s1']);
  });

  test('have the hundred ports from the one that they are told', () => {
    const urls = Array.from({ length: 101 }, (_, i) => `https://s${i}.example/mcp`);
    const { text, skipped } = wrap(servers(...urls), 5000);
    const all = Array.from({ length: 100 }, (_, i) => `http://127.0.0.1:${5000 + i}/mcp`);
    expect(new Set(urlsOf(text).slice(0, 100))).toEqual(new Set(all));
    expect(urlsOf(text).at(100)).toBe('https://s100.example/mcp');
    expect(skipped).toEqual([{ name: 's100', reason: 'all ports for proxies are in use (5000 to 5099)' }]);
  });

  test.each([0, 65_500, 1.5])('proxy ports cannot begin at %d', (firstPort) => {
    expect(() => wrap('{"servers":{}}', firstPort)).toThrow(TypeError);
  });

  test('a shell reads the printed command line as intended', () => {
    const { commands } = wrapServer({ url: 'https://a.example/mcp?x=1&y=(2)' }, `Bob's server`);
    expect(commands).toEqual([
      String.raw`mcp-exporter proxy --upstream 'https://a.example/mcp?x=1&y=(2)' --name 'Bob'\''s server' --port 3146 --hub http://127.0.0.1:3001`,
    ]);
  });
});

describe('a server is left alone, with a reason,', () => {
  test.each([
    ['with a password in its URL', { url: 'https://me:hunter2@a.example/mcp' }, 'a user or a password'],
    ['with a user in its URL', { url: 'https://hunter2@a.example/mcp' }, 'a user or a password'],
    ['with a key in its URL', { url: 'https://a.example/mcp?exaApiKey=hunter2' }, 'a secret in "exaApiKey"'],
    ['with a placeholder in its URL', { url: 'https://a.example/${HUNTER2}' }, 'a placeholder'],
    ['with a URL that is none', { url: 'hunter2' }, 'not an http or https URL'],
    ['with a URL of another kind', { url: 'ws://a.example/mcp' }, 'not an http or https URL'],
    ['of another type', { type: 'ws', url: 'https://a.example/mcp' }, 'not an HTTP transport'],
    [
      'with two URLs',
      { url: 'https://a.example/sse', httpUrl: 'https://a.example/mcp' },
      'more than one URL',
    ],
    ['with a command and a URL', { command: 'x', url: 'https://a.example/mcp' }, 'both a command and a URL'],
    ['with a command that is a number', { command: 5 }, 'not a string'],
    ['with an empty list of commands', { command: [] }, 'not a list of strings'],
    ['with args that are a text', { command: 'x', args: '--fast' }, 'not a list of strings'],
    ['with args that are numbers', { command: 'x', args: [1] }, 'not a list of strings'],
    ['with nothing to start', { disabled: true }, 'neither a command nor a URL'],
    ['that is a text', 'npx', 'expected an object, received string'],
    ['that is a list', [], 'expected an object, received array'],
  ])('%s', (_title, server, reason) => {
    const { server: after, wrapped, skipped, commands } = wrapServer(server);
    expect(after).toEqual(server);
    expect(wrapped).toEqual([]);
    expect(commands).toEqual([]);
    expect(skipped).toEqual([{ name: 'sample', reason: expect.stringContaining(reason) as string }]);
    expect(JSON.stringify(skipped)).not.toMatch(/hunter2/i);
  });

  test.each(['', '--hub'])('a server with the name "%s" is left alone with a reason', (name) => {
    expect(wrapServer({ command: 'x' }, name).skipped).toEqual([
      { name, reason: expect.stringContaining('its name') as string },
    ]);
  });
});

test.each([
  ['Amp', { 'amp.mcpServers': { docs: { command: 'npx' } }, 'amp.tools.disable': ['x'] }, ['docs']],
  [
    'Crush',
    {
      $schema: 'https://charm.land/crush.json',
      mcp: { fs: { type: 'stdio', command: 'node' }, gh: { type: 'http', url: 'https://a.test/mcp/' } },
    },
    ['fs', 'gh'],
  ],
  [
    'a dev container',
    { image: 'x', customizations: { vscode: { mcp: { servers: { pw: { command: 'npx' } } } } } },
    ['pw'],
  ],
  ['a plugin', { context: { command: 'npx' }, remote: { url: 'https://a.test/mcp' } }, ['context', 'remote']],
])('the servers of %s are wrapped', (_client, config, names) => {
  const { wrapped, skipped } = wrap(JSON.stringify(config));
  expect(wrapped).toEqual(names);
  expect(skipped).toEqual([]);
});

test('a file is no list of servers if one of its members is none', () => {
  const text = '{"theme":"dark","editor":{"command":"vi"}}';
  expect(() => wrap(text)).toThrow('found none of these');
});

test('the last value of a repeated name counts, as it does for the client', () => {
  const text = '{"servers": {"a": {"command": "old", "command": "new", "args": ["x"]}}}';
  expect(wrap(text).text).toBe(
    `{"servers": {"a": {"command": "old", "command": "mcp-exporter", "args": ["proxy", "--name", "a", "--hub", "${HUB}", "--", "new", "x"]}}}`,
  );
});

describe('a file that is no client’s configuration is refused:', () => {
  test.each([
    ['text', 'mcpServers: {}', 'line 1, column 1'],
    ['an empty file', '', 'line 1, column 1'],
    ['JSON with a mistake', '{\n  "mcpServers": {\n    "a" {}\n  }\n}', 'line 3, column 9'],
    ['a list', '[]', 'expected a JSON object, received array'],
    [
      'no place for servers',
      '{"theme":"dark"}',
      'expected the servers of an MCP client in mcpServers, servers,',
    ],
    ['opencode’s place for servers without any', '{"mcp":{"x":1}}', 'mcp (entries with a type)'],
    ['TOML, as Codex has it', '[mcp_servers.docs]\ncommand = "npx"\n', 'expected JSON, received TOML'],
    ['servers that are a list', '{"mcpServers":[]}', 'mcpServers: expected an object, received array'],
    ['servers that are a text', '{"servers":"x"}', 'servers: expected an object, received string'],
    ['places that are null', '{"mcp":{"servers":null},"mcpServers":null}', 'found none of these'],
    ['opencode’s servers in a list', '{"mcp":[]}', 'mcp: expected an object, received array'],
    [
      'a project’s servers in a list',
      '{"projects":{"/a":{"mcpServers":[]}}}',
      'projects.<path>.mcpServers: expected an object, received array',
    ],
  ])('%s', (_title, text, message) => {
    expect(() => wrap(text)).toThrow(
      expect.objectContaining({
        code: 'invalid_client_config',
        message: expect.stringContaining(message) as string,
      }) as Error,
    );
  });

  test('a file with one valid and one invalid list of servers is accepted', () => {
    expect(wrap('{"servers":[],"mcpServers":{"a":{"command":"x"}}}').wrapped).toEqual(['a']);
  });

  test('a file with an empty list of servers is accepted', () => {
    expect(wrap('{"mcpServers":{}}')).toEqual({
      text: '{"mcpServers":{}}',
      wrapped: [],
      hubChanged: [],
      skipped: [],
      commands: [],
      signInEntries: [],
    });
  });
});

describe('null means that a value is not set', () => {
  const words = ['proxy', '--name', 'sample', '--hub', HUB, '--', 'x'];

  test.each([
    [
      { command: 'x', args: null, env: null },
      { command: 'mcp-exporter', args: words, env: null },
    ],
    [
      { command: 'x', url: null, type: null, headers: null },
      { command: 'mcp-exporter', args: words, url: null, type: null, headers: null },
    ],
    [
      { command: { path: 'x', args: null, env: null } },
      { command: { path: 'mcp-exporter', args: words, env: null } },
    ],
    [
      { type: 'local', command: ['x'], environment: null },
      { type: 'local', command: ['mcp-exporter', ...words], environment: null },
    ],
    [
      {
        url: 'https://a.example/mcp',
        serverUrl: null,
        httpUrl: null,
        command: null,
        args: null,
        env: null,
        type: null,
      },
      {
        url: 'http://127.0.0.1:3180/mcp#mcp-exporter:https://a.example/mcp',
        serverUrl: null,
        httpUrl: null,
        command: null,
        args: null,
        env: null,
        type: null,
      },
    ],
  ])('in %j', (server, expected) => {
    expect(wrapServer(server)).toMatchObject({ server: expected, wrapped: ['sample'], skipped: [] });
  });

  test('in one of several places for servers', () => {
    expect(wrap('{"mcp":null,"servers":null,"mcpServers":{"a":{"command":"x"}}}').wrapped).toEqual(['a']);
  });

  test.each([null, { command: null }, { command: null, url: null }])('and %j starts nothing', (server) => {
    expect(wrapServer(server)).toMatchObject({ wrapped: [], skipped: [{ name: 'sample' }] });
  });
});

describe('a server behind a URL that may sign in with OAuth gets an entry with mcp-remote', () => {
  const entriesOf = (server: unknown) =>
    wrapServer(server).signInEntries.map((line) => JSON.parse(`{${line}}`) as unknown);

  test.each([
    [{ url: 'https://a.example/mcp' }, ['https://a.example/mcp']],
    [{ type: 'http', url: 'https://a.example/mcp', headers: null }, ['https://a.example/mcp']],
    [{ httpUrl: 'http://127.0.0.1:8080/mcp', headers: {} }, ['http://127.0.0.1:8080/mcp']],
    [{ url: 'http://intranet/mcp' }, ['http://intranet/mcp', '--allow-http']],
  ])('%j', (server, words) => {
    const args = ['proxy', '--name', 'sample', '--hub', HUB, '--', 'npx', '-y', 'mcp-remote', ...words];
    expect(entriesOf(server)).toEqual([{ sample: { command: 'mcp-exporter', args } }]);
  });

  test.each([
    [{ url: 'https://a.example/mcp', headers: { Authorization: 'Bearer x' } }],
    [{ command: 'x' }],
    [{ url: 'ws://a.example' }],
  ])('and %j gets none', (server) => {
    expect(entriesOf(server)).toEqual([]);
  });
});
