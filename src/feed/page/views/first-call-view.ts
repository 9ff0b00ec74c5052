import { elementById, setChanged, setText } from '../dom.ts';
import { Changes } from './changes.ts';
import { createCopyButton } from './copy-button.ts';

/** What to do where nothing has happened yet: a command that shows the page at work, and one that watches a server. */
export class FirstCallView {
  readonly #element = elementById('first-call', HTMLElement);
  readonly #report = elementById('first-report', HTMLElement);
  readonly #proxy = elementById('first-proxy', HTMLElement);
  readonly #hubUrl: string;
  readonly #changes = new Changes();

  constructor() {
    this.#hubUrl = new URL('.', document.baseURI).href.replace(/\/$/, '');
    for (const code of [this.#report, this.#proxy]) {
      code.parentElement?.after(createCopyButton('Copy', () => code.textContent));
    }
  }

  /** @param hasKey - whether this exporter asks for a key */
  render(isShown: boolean, hasKey: boolean): void {
    setChanged(this.#element, 'hidden', !isShown);
    if (!isShown || !this.#changes.have(hasKey)) return;
    setText(this.#report, reportCommand(new URL('api/v1/report', document.baseURI).href, hasKey));
    setText(this.#proxy, proxyCommand(this.#hubUrl, hasKey));
  }
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
