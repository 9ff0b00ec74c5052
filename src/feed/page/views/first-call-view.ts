import { createElement, createPageTitle, elementById, setChanged, setText } from '../dom.ts';
import { Changes } from './changes.ts';
import { createCopyButton } from './copy-button.ts';

/** Shown while there are no operations: a command that sends one, and a command that watches a server. */
export class FirstCallView {
  readonly #element = elementById('first-call', HTMLElement);
  readonly #report = createElement('code', '');
  readonly #proxy = createElement('code', '');
  readonly #changes = new Changes();

  constructor() {
    this.#element.append(
      createPageTitle('No operations yet'),
      createElement('p', '', 'Send a first operation to this exporter:'),
      ...withCopyButton(this.#report),
      createElement(
        'p',
        '',
        'Or watch an MCP server: put the proxy before its command in the configuration of your client:',
      ),
      ...withCopyButton(this.#proxy),
      createElement(
        'p',
        'hint',
        createElement('code', '', 'mcp-exporter wrap-config FILE'),
        ' does this for all servers in a configuration file.',
      ),
    );
  }

  /** @param hasKey - whether this exporter requires a key */
  render(isShown: boolean, hasKey: boolean): void {
    setChanged(this.#element, 'hidden', !isShown);
    if (!isShown || !this.#changes.have(hasKey)) return;
    const base = new URL('.', document.baseURI).href;
    setText(this.#report, reportCommand(new URL('api/v1/report', base).href, hasKey));
    setText(this.#proxy, proxyCommand(base.replace(/\/$/, ''), hasKey));
  }
}

function withCopyButton(command: HTMLElement): HTMLElement[] {
  return [createElement('pre', 'command', command), createCopyButton('Copy', () => command.textContent)];
}

function proxyCommand(hubUrl: string, hasKey: boolean): string {
  const key = hasKey ? 'MCP_EXPORTER_MONITORING_API_KEY="$MONITORING_API_KEY" ' : '';
  return `${key}mcp-exporter proxy --name everything --hub ${hubUrl} -- npx -y @modelcontextprotocol/server-everything`;
}

function reportCommand(url: string, hasKey: boolean): string {
  const report = {
    reporter_id: 'hello',
    is_closing: true,
    events: [
      {
        type: 'operation',
        kind: 'completed',
        session_id: 'hello',
        operation_id: '1',
        operation_name: 'first_operation',
        duration: 1.5,
      },
    ],
  };
  const key = hasKey ? ' -H "Authorization: Bearer $MONITORING_API_KEY"' : '';
  return `curl ${url}${key} -H 'Content-Type: application/json' -d '${JSON.stringify(report)}'`;
}
