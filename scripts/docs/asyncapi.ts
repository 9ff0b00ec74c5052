import { z } from 'zod';

import { clientMessage } from '../../src/feed/client-message-schema.ts';
import { FEED_PROTOCOL } from '../../src/feed/feed-protocol.ts';
import { CLIENT_EXAMPLES, SERVER_EXAMPLES } from './feed-examples.ts';
import { typeSchemas, type Schema } from './type-schemas.ts';

const schemaRef = (name: string) => `#/components/schemas/${name}`;

/** The live feed as an AsyncAPI document. @see {@link https://www.asyncapi.com/docs/reference/specification/v3.0.0} */
export function asyncApi(version: string): object {
  const { ServerMessage, ...schemas } = typeSchemas(
    {
      'src/feed/feed-protocol.ts': ['ServerMessage', 'FeedOperationEvent'],
      'src/wire-format/wire-format.ts': ['WireOperation', 'WireSession'],
    },
    schemaRef,
  );
  const sent = messages(variantsOf(ServerMessage), SERVER_EXAMPLES);
  const received = messages(clientSchemas(), CLIENT_EXAMPLES);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'mcp-exporter: live feed',
      version,
      license: { name: 'MIT' },
      description: `A WebSocket with JSON text frames and the subprotocol ${FEED_PROTOCOL}.`,
    },
    servers: { exporter: { host: '127.0.0.1:3001', protocol: 'ws' } },
    channels: { feed: { address: '/ws', messages: referTo('components', { ...sent, ...received }) } },
    operations: {
      sendToClient: operation('send', sent),
      receiveFromClient: operation('receive', received),
    },
    components: { messages: { ...sent, ...received }, schemas },
  };
}

function operation(action: 'send' | 'receive', all: Readonly<Record<string, object>>): object {
  return {
    action,
    channel: { $ref: '#/channels/feed' },
    messages: Object.values(referTo('channels/feed', all)),
  };
}

function referTo(place: string, all: Readonly<Record<string, object>>): Record<string, object> {
  return Object.fromEntries(Object.keys(all).map((name) => [name, { $ref: `#/${place}/messages/${name}` }]));
}

function messages(
  schemas: Readonly<Record<string, Schema>>,
  examples: Readonly<Record<string, { readonly summary: string; readonly example: object }>>,
): Record<string, object> {
  const entries = Object.entries(examples).map(([name, { summary, example }]) => {
    const payload = schemas[name];
    if (!payload) throw new Error(`${name}: expected a message of this type`);
    return [
      name,
      { name, summary, contentType: 'application/json', payload, examples: [{ payload: example }] },
    ];
  });
  return Object.fromEntries(entries) as Record<string, object>;
}

interface Variant extends Schema {
  readonly properties: { readonly type: { readonly const: string } };
}

/** The members of a union of messages, by their type. */
function variantsOf(union: Schema | undefined): Record<string, Schema> {
  const variants = (union?.['anyOf'] ?? []) as readonly Variant[];
  return Object.fromEntries(variants.map((variant) => [variant.properties.type.const, variant]));
}

function clientSchemas(): Record<string, Schema> {
  const entries = clientMessage.options.map((option) => {
    const { $schema: _, ...schema } = z.toJSONSchema(option, { io: 'input' });
    return [option.shape.type.value, schema] as const;
  });
  return Object.fromEntries(entries);
}
