import { readYaml } from './repository-file.ts';

interface ComposeService {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly user?: string;
  readonly restart?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: string[];
  readonly security_opt?: string[];
  readonly ports: string[];
  readonly environment: Record<string, string | number | null>;
  readonly volumes: string[];
  readonly tmpfs?: string[];
  readonly entrypoint?: string[];
  readonly command?: string[];
  readonly healthcheck?: { readonly test: string[] };
  readonly depends_on?: Record<string, { readonly condition: string }>;
}

export interface ComposeFile {
  readonly services: Record<'exporter' | 'prometheus' | 'alertmanager' | 'grafana', ComposeService>;
  readonly volumes: Record<string, unknown>;
}

export const COMPOSE_FILE = 'docker-compose.monitoring.yml';

export const readComposeFile = () => readYaml(COMPOSE_FILE) as ComposeFile;

/** Parses a mount `source:target:mode`. The source may contain a default: `${NAME:-.}`. */
export function parseMount(mount: string) {
  const [, source = '', target = '', mode = ''] = /^(\$\{.*?\}|[^:]+):([^:]+)(?::(.+))?$/.exec(mount) ?? [];
  return { source, target, mode };
}

/** `value` without any variables set. */
export const withDefaults = (value: string) => value.replaceAll(/\$\{\w+:-(.*?)\}/g, '$1');
