import { describeSettings } from '../settings/settings.ts';

/** What `--help` prints. */
export const usage = (): string => `Usage: mcp-exporter <command> [options]

Watches MCP operations: metrics for Prometheus, and a live page.

Commands:
  serve [--workspace DIR] [--trust-workspace] [--stdio] [--port PORT]
      Serve the built-in pipeline server over a workspace, the metrics and the page
  hub [--port PORT]
      Serve the metrics and the page of what proxies and programs report
  proxy [--name NAME] [--hub URL] [--port PORT] [--sd-dir DIR] -- COMMAND [ARG...]
      Run an MCP server that speaks stdio, and watch it: to be started in its place
  proxy --upstream URL [--name NAME] [--hub URL] [--port PORT] [--sd-dir DIR]
      Stand in front of an MCP server that speaks HTTP, at /mcp, and watch it
  setup [--hub URL] [--service] [--yes]
      Find the MCP clients on this machine, put their servers behind proxies, and start a hub
  setup --undo [--yes]
      Revert everything that setup has changed
  wrap-config [--hub URL] [--write] FILE
      Print an MCP client's JSON configuration with every server behind a proxy
  wrap-config --undo FILE
      Restore the file that wrap-config --write has changed

Options:
  --workspace DIR    Folder that the pipeline tools work on (default: the current one)
  --trust-workspace  Run the workspace's own ESLint and its configuration, which are programs (default: built-in
                     rules, which run nothing of the workspace)
  --stdio            Speak MCP on stdin and stdout too; logs go to stderr
  --name NAME        What the server is called in metrics (default: from its command or its host)
  --hub URL          Exporter that is sent what is seen (default: MONITORING_HUB_URL; for wrap-config
                     http://127.0.0.1:3001). Without one, the proxy serves metrics and page itself
  --port PORT        One port for everything (default: MONITORING_DASHBOARD_PORT, and MONITORING_WS_PORT for the
                     feed alone; in front of a command, where they are not set, any free one)
  --sd-dir DIR       Folder in which the proxy keeps a file for Prometheus' file_sd while it runs
  --upstream URL     MCP endpoint of the server behind the proxy, such as http://127.0.0.1:8080/mcp
  --write            Write the file, and keep the old one as FILE.bak
  --service          Start the hub as a systemd user service (Linux) or a launchd agent (macOS)
  --yes              Change files without a question, for scripts
  --undo             Restore the file from FILE.bak. If it was edited since, only unwrap its servers
  -h, --help         Print this
  -v, --version      Print the version

Environment (default in brackets):
${settingsHelp()}
Exit codes: 0 stopped, 1 failed, 2 bad configuration or usage; a proxy in front of a command ends as the command does,
with 127 where it was not found and 126 where it cannot be run
`;

function settingsHelp(): string {
  const rows = describeSettings().map(({ name, flag, fallback, description, allowed }) => {
    const shown = fallback === '' ? '' : ` [${fallback}]`;
    return `  ${name}${flag && `, ${flag}`}${shown}\n      ${description}: ${allowed}\n`;
  });
  return rows.join('');
}
