import { elementById, setChanged, setText } from '../dom.ts';
import { createCopyButton } from './copy-button.ts';

/** What to do where nothing has happened yet: a command that shows the page at work, and one that watches a server. */
export class FirstCallView {
  readonly #element = elementById('first-call', HTMLElement);
  readonly #report = elementById('first-report', HTMLElement);
  #hasKey: boolean | null = null;

  constructor() {
    const proxy = elementById('first-proxy', HTMLElement);
    const origin = new URL('.', document.baseURI).href.replace(/\/$/, '');
    setText(
      proxy,
      `mcp-exporter proxy --name everything --hub ${origin} -- npx -y @modelcontextprotocol/server-everything`,
    );
    setText(elementById('mcp-url', HTMLElement), new URL('mcp', document.baseURI).href);
    for (const code of [this.#report, proxy]) {
      code.parentElement?.after(createCopyButton('Copy', () => code.textContent));
    }
  }

  /** @param hasKey - whether this exporter asks for a key */
  render(isShown: boolean, hasKey: boolean): void {
    setChanged(this.#element, 'hidden', !isShown);
    if (!isShown || hasKey === this.#hasKey) return;
    this.#hasKey = hasKey;
    setText(this.#report, reportCommand(new URL('api/v1/report', document.baseURI).href, hasKey));
  }
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
  return `curl ${url}${key} --json '${JSON.stringify(report)}'`;
}
