import { createButton, setText } from '../dom.ts';

const SAID_MS = 2000;

/** A button that copies a text; where the browser denies that, the text is there to be copied by hand. */
export function createCopyButton(label: string, textOf: () => string): HTMLButtonElement {
  const button = createButton('copy', label, () => {
    copy(textOf(), button).then(
      () => say('Copied'),
      () => say('Copying is not allowed here'),
    );
  });
  button.ariaLive = 'polite';
  const say = (text: string): void => {
    setText(button, text);
    setTimeout(() => setText(button, label), SAID_MS);
  };
  return button;
}

/** Over plain HTTP from another machine there is no clipboard; the old way still works there. */
async function copy(text: string, beside: HTMLElement): Promise<void> {
  if (window.isSecureContext) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.className = 'unseen';
  area.value = text;
  beside.after(area);
  area.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- what replaces it is not there
  const isCopied = document.execCommand('copy');
  area.remove();
  beside.focus();
  if (!isCopied) throw new Error('the browser does not copy');
}
