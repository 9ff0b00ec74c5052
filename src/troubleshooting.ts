import { existsSync } from 'node:fs';

import { slug } from 'github-slugger';

import { packagePath, readManifest, type Manifest } from './package-files.ts';

const PAGE = 'docs/troubleshooting.md';

interface Section {
  /** The heading, without its code marks. */
  readonly heading: string;
  /**
   * Patterns of the messages that the section explains: `…` matches any text, and NAME the name of a variable.
   *
   * @defaultValue the heading
   */
  readonly messages?: readonly string[];
}

/** The sections of docs/troubleshooting.md that errors and `mcp-exporter doctor` link to. The first match of a message counts. */
export const SECTIONS = {
  serverNotStarted: {
    heading: 'The client reports that the server failed to start',
    messages: ['cannot start "…": '],
  },
  portInUse: { heading: 'port … on … is in use' },
  hubAddressInUse: { heading: 'expected a hub at …, but another program answers there' },
  notLoopback: { heading: 'MONITORING_WS_HOST: expected a loopback address, got …' },
  invalidSetting: {
    heading: 'NAME: expected …, got …',
    messages: ['NAME: expected …, got ', 'NAME: not set, but '],
  },
  packagesMissing: { heading: '… needs packages that are not installed' },
  workspace: {
    heading: 'cannot open the workspace …',
    messages: ['cannot open the workspace ', 'the workspace "…" is not a folder'],
  },
  invalidClientConfig: {
    heading: 'invalid JSON at line …, column …',
    messages: ['invalid JSON at line ', ': expected UTF-8'],
  },
  noServers: {
    heading: 'found no MCP servers in the configurations of …',
    messages: ['found no MCP servers in the configurations of ', 'expected the servers of an MCP client in '],
  },
  settingIgnored: { heading: 'setting ignored' },
  hubUnreachable: { heading: 'hub unreachable, buffering events' },
  hubRefuses: { heading: 'hub refuses reports' },
  programMissing: { heading: 'The program of a wrapped server does not exist' },
  otherVersion: { heading: 'A server runs behind another version' },
  proxyNotRunning: { heading: 'The proxy in front of an HTTP server does not run' },
  targetDown: { heading: 'Prometheus shows the target as down' },
  prometheusUnavailable: {
    heading: 'Prometheus unavailable, summaries and trends come from this process',
  },
} as const satisfies Readonly<Record<string, Section>>;

export type SectionName = keyof typeof SECTIONS;

/** Returns the link to the section about a message, or undefined. */
export function explanationOf(message: string, manifest: Manifest = readManifest()): string | undefined {
  const names = Object.keys(SECTIONS) as SectionName[];
  const name = names.find((each) => patternsOf(SECTIONS[each]).some((pattern) => pattern.test(message)));
  return name && sectionLink(name, manifest);
}

/**
 * The address of a section: in the repository if package.json names it, otherwise in the installed package. Undefined if
 * neither has the page.
 */
export function sectionLink(name: SectionName, manifest: Manifest = readManifest()): string | undefined {
  const page = repositoryPage(manifest) ?? installedPage();
  return page && `${page}#${slug(SECTIONS[name].heading)}`;
}

function repositoryPage({ homepage = '', version }: Manifest): string | undefined {
  const [, repository] = /^(https:\/\/github\.com\/(?!OWNER\/)[^/#]+\/[^/#]+)/.exec(homepage) ?? [];
  return repository && `${repository}/blob/v${version}/${PAGE}`;
}

function installedPage(): string | undefined {
  const path = packagePath(`../${PAGE}`);
  return existsSync(path) ? path : undefined;
}

function patternsOf({ heading, messages = [heading] }: Section): RegExp[] {
  return messages.map((message) => {
    const source = message
      .replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
      .replaceAll('…', '.*')
      .replace(/^NAME\b/, String.raw`\b[A-Z]+(?:_[A-Z]+)+`);
    return new RegExp(source);
  });
}
