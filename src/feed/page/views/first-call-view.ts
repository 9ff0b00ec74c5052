import { createElement, createPageTitle, setChanged, setText } from '../dom.ts';
import { Changes } from './changes.ts';
import { createCopyButton } from './copy-button.ts';

/** What to do where nothing has happened yet: a command that shows the page at work, and one that watches a server. */
export class FirstCallView {
  readonly element: HTMLElement;
  readonly #report = createElement('code', '');
  readonly #proxy = createElement('code', '');
  readonly #changes = new Changes();

  constructor() {
    this.element = createElement(
      'section',
      'card first-call',
      createPageTitle('Nothing has happened yet'),
      createElement('p', '', 'Send a first operation to this exporter, and it appears here at once:'),
      ...withCopyButton(this.#report),
      createElement(
        'p',
        '',
        'Or watch a server: in the configuration of its client, put the proxy before its command, as here.',
      ),
      ...withCopyButton(this.#proxy),
      createElement(
        'p',
        'hint',
        createElement('code', '', 'mcp-exporter wrap-config FILE'),
        ' does that for all servers of a configuration.',
      ),
    );
    this.element.hidden = true;
  }

  /** @param hasKey - whether this exporter asks for a key */
  render(isShown: boolean, hasKey: boolean): void {
    setChanged(this.element, 'hidden', !isShown);
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
  const key = hasKey ? 'MONITORING_API_KEY="$MONITORING_API_KEY" ' : '';
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
