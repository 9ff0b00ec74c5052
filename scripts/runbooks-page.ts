import { Marked } from 'marked';

/** Converts `docs/runbooks.md` to HTML without inline scripts or styles. The id of each section is its alert's name. */
export function runbooksPage(markdown: string): string {
  const alerts: string[] = [];
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth }) {
        const text = this.parser.parseInline(tokens);
        if (depth !== 2) return `<h${depth}>${text}</h${depth}>\n`;
        if (!/^Mcp\w+$/.test(text))
          throw new Error(`runbooks.md: expected the name of an alert, got "${text}"`);
        alerts.push(text);
        return `<h2 id="${text}"><a href="#${text}">${text}</a></h2>\n`;
      },
      html({ text }) {
        throw new Error(`runbooks.md: expected no HTML, got ${text}`);
      },
    },
  });
  const content = marked.parse(markdown, { async: false });
  const links = alerts.map((name) => `<li><a href="#${name}">${name}</a></li>`).join('\n');
  return page(links, content);
}

// Addresses are relative, because a reverse proxy may serve the page below another path.
const page = (links: string, content: string): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>Runbooks · mcp-exporter</title>
    <link rel="icon" href="./favicon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="./style.css" />
    <link rel="stylesheet" href="./runbooks.css" />
  </head>
  <body>
    <a class="skip" href="#content">Skip to the runbooks</a>
    <header class="top">
      <strong>mcp-exporter</strong>
      <a href="./">Live page</a>
    </header>
    <div class="layout">
      <nav class="alerts" aria-labelledby="alerts-title">
        <p id="alerts-title" class="hint">Alerts</p>
        <ul>
${links}
        </ul>
      </nav>
      <main id="content" class="runbooks" tabindex="-1">
${content}
      </main>
    </div>
  </body>
</html>
`;
