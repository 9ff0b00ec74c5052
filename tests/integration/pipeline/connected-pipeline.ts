import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { onTestFinished } from 'vitest';

import { createLogger } from '../../../src/logging/logger.ts';
import { monitorMcpServer } from '../../../src/mcp/hook/monitor-server.ts';
import type { MonitorEvent } from '../../../src/monitor/events.ts';
import { SessionRegistry } from '../../../src/monitor/session-registry.ts';
import { createPipeline, type PipelineOptions } from '../../../src/pipeline/pipeline-server.ts';
import { installEslint, tempWorkspace, type TempWorkspace } from '../../unit/pipeline/temp-workspace.ts';

/** Counts its subscriptions, so that a test can detect leaked ones. */
class CountingRegistry extends SessionRegistry {
  subscriptions = 0;

  override subscribe(...args: Parameters<SessionRegistry['subscribe']>): () => void {
    const unsubscribe = super.subscribe(...args);
    this.subscriptions += 1;
    return () => {
      this.subscriptions -= 1;
      unsubscribe();
    };
  }
}

export interface CallOutcome {
  readonly isError: boolean;
  readonly text: string;
  /** The structured content. */
  readonly data: Record<string, unknown>;
}

interface Options extends Pick<PipelineOptions, 'limits'> {
  readonly isMonitored?: boolean;
  /** A trusted workspace has ESLint installed. */
  readonly isTrusted?: boolean;
  /** A folder to use instead of a new one. */
  readonly root?: string;
}

/** A pipeline server for `files`, watched as in the exporter, with clients of the SDK. */
export async function connectedPipeline(
  files: Record<string, string> = {},
  { isMonitored = true, isTrusted = false, root, limits }: Options = {},
) {
  const workspace: TempWorkspace = tempWorkspace(files);
  if (isTrusted) installEslint(workspace);
  const events: MonitorEvent[] = [];
  const sessions = new CountingRegistry();
  sessions.subscribe((event) => events.push(event));
  const pipeline = await createPipeline({
    workspaceDir: root ?? workspace.root,
    sessions,
    logger: createLogger('silent'),
    version: '1.2.3',
    isWorkspaceTrusted: isTrusted,
    ...(limits ? { limits } : undefined),
  });
  onTestFinished(() => pipeline.close());

  async function connect() {
    const server = pipeline.createServer();
    if (isMonitored) monitorMcpServer(server, { exporter: { sessions }, sessionOf: pipeline.sessionOf });
    const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
    const client = new Client({ name: 'test', version: '1' });
    await Promise.all([server.connect(serverSide), client.connect(clientSide)]);
    onTestFinished(() => client.close());
    return client;
  }

  const client = await connect();
  async function call(
    name: string,
    args: Record<string, unknown> = {},
    options: Parameters<Client['callTool']>[2] = {},
  ): Promise<CallOutcome> {
    const result = await client.callTool({ name, arguments: args }, undefined, options);
    const [content] = result.content as { text: string }[];
    return {
      isError: result.isError === true,
      text: content?.text ?? '',
      data: (result.structuredContent ?? {}) as Record<string, unknown>,
    };
  }

  return {
    workspace,
    sessions,
    pipeline,
    client,
    connect,
    call,
    events,
    /** The operations that ended, as `outcome name < parent`, in the order of their ends. */
    ended: () => endedOperations(events),
    facts: () =>
      events.filter(
        ({ type }) => type === 'files_scanned' || type === 'issues_found' || type === 'fixes_tried',
      ),
    /** The limits that were reached. */
    limits: () => events.flatMap((event) => (event.type === 'limit_reached' ? [event.limit] : [])),
  };
}

function endedOperations(events: readonly MonitorEvent[]): string[] {
  const operations = events.filter((event) => event.type === 'operation');
  const names = new Map(operations.map(({ operationId, operationName }) => [operationId, operationName]));
  return operations
    .filter(({ kind }) => kind !== 'started' && kind !== 'progressed')
    .map(
      ({ kind, operationName, parentId }) => `${kind} ${operationName} < ${names.get(parentId ?? '') ?? '-'}`,
    );
}
