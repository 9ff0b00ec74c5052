// An express app with its own prom-client registry and metrics, and the exporter at the same port.
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
  // Your own work appears as an operation on the live page and in /monitoring/metrics.
  await exporter.sessions.open('shop').run('take_order', async (operation) => {
    operation.updateProgress(50, { step: 'payment' });
    await Promise.resolve();
  });
  orders.inc();
  response.sendStatus(201);
});

// Adds the page, /monitoring/metrics, /monitoring/health and /monitoring/api/v1. All other routes are yours.
app.use('/monitoring', exporter.router);

const server = app.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1', () => {
  console.log(`page  http://127.0.0.1:${(server.address() as AddressInfo).port}/monitoring/`);
});
// The page's live feed uses WebSockets.
server.on('upgrade', exporter.handleUpgrade);

process.once('SIGTERM', () => {
  void exporter.close();
  server.close();
});
