import type { Fields, ValuesOf } from './event-fields.ts';

/** What becomes of an event that waits to be sent to a hub. */
type QueueRule =
  /** It opens a connection or request. Until that ends, it is sent again to a hub that restarted. */
  | 'start'
  /** It ends its connection or request. If the start still waits, both are sent as one event. */
  | 'end'
  /** It states a fact about a server. The latest one is sent again to a hub that restarted. */
  | 'fact'
  /** The total of all changes to a connection is sent, so that sending it twice changes nothing. */
  | 'total'
  /** Its `count` is added to that of an equal event that still waits, so that a flood takes one place. */
  | 'sum'
  /** It is kept if there is room. */
  | 'if_room'
  /** It is kept even if there is no room. */
  | 'always';

/** One event: what it holds, and how a hub hears of it. */
export interface EventDeclaration {
  readonly fields: Fields;
  /** What the relay sends with it that is not on the event itself. */
  readonly sentWith?: Fields;
  /** @defaultValue `if_room` */
  readonly queue?: QueueRule;
  /** For docs/openapi.json. */
  readonly description?: string;
}

export type EventTable = Readonly<Record<string, EventDeclaration>>;

/** The same type, written as one object. */
export type Flat<T> = { [Key in keyof T]: T[Key] };

/** The events of a table: for each name in it, an object with that `type` and the values of its fields. */
export type EventsOf<Table extends EventTable> = {
  [Type in keyof Table]: Flat<{ readonly type: Type } & ValuesOf<Table[Type]['fields']>>;
}[keyof Table];
