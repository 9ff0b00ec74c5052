// An app of yours that has an express server, a prom-client registry and metrics of its own: everything at one port.
//   npx tsx examples/typescript-server/express-app.ts
import type { AddressInfo } from 'node:net';

import express from 'express';
import { createExporter } from 'mcp-exporter';
import { Counter, Registry } from 'prom-client';

const registry = new Registry();
const orders = new Counter({ name: 'shop_orders_total', help: 'Orders taken', registers: [registry] });

const exporter = createExporter({ registry });
const app = express();

app.post('/orders', async (_request, response) => {
  // Work of your own is an operation on the live page, and a duration in /monitoring/metrics.
  await exporter.sessions.open('shop').run('take_order', async (operation) => {
    operation.updateProgress(50, { step: 'payment' });
    await Promise.resolve();
  });
  orders.inc();
  response.sendStatus(201);
});

// The page, /monitoring/metrics, /monitoring/health and /monitoring/api/v1; the rest stays yours.
app.use('/monitoring', exporter.router);

const server = app.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1', () => {
  console.log(`page  http://127.0.0.1:${(server.address() as AddressInfo).port}/monitoring/`);
});
// For the page's live feed.
server.on('upgrade', exporter.handleUpgrade);

process.once('SIGTERM', () => {
  void exporter.close();
  server.close();
});
