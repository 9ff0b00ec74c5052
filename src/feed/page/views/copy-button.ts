import { createButton, setText } from '../dom.ts';

const FEEDBACK_MS = 2000;

/** A button that copies a text, and shows whether that succeeded. */
export function createCopyButton(label: string, textOf: () => string): HTMLButtonElement {
  const button = createButton('copy', label, () => {
    copy(textOf(), button).then(
      () => showFeedback('Copied'),
      () => showFeedback('Copy failed'),
    );
  });
  button.ariaLive = 'polite';
  const showFeedback = (text: string): void => {
    setText(button, text);
    setTimeout(() => setText(button, label), FEEDBACK_MS);
  };
  return button;
}

/** The clipboard API requires a secure context. Over plain HTTP, `execCommand` still works. */
async function copy(text: string, beside: HTMLElement): Promise<void> {
  if (window.isSecureContext) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.className = 'unseen';
  area.value = text;
  beside.after(area);
  area.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- its replacement is not available here
  const isCopied = document.execCommand('copy');
  area.remove();
  beside.focus();
  if (!isCopied) throw new Error('copy failed');
}
