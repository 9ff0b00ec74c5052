import type { Fields, ValuesOf } from './event-fields.ts';

/** How the report queue treats an event until it is sent to the hub. */
type QueueRule =
  /** Opens a connection or request. It is sent again to a restarted hub until the connection or request ends. */
  | 'start'
  /** Ends a connection or request. If the start is still queued, both are sent as one event. */
  | 'end'
  /** A fact about a server. The latest one is sent again to a restarted hub. */
  | 'fact'
  /** Sent as the total of all changes to a connection, so that sending it twice is harmless. */
  | 'total'
  /** Its `count` is added to an equal queued event, so that a flood takes one place. */
  | 'sum'
  /** Dropped if the queue is full. */
  | 'if_room'
  /** Queued even if the queue is full. */
  | 'always';

/** The fields of an event, and how it is reported to a hub. */
export interface EventDeclaration {
  readonly fields: Fields;
  /** Fields that the relay adds when it sends the event. */
  readonly sentWith?: Fields;
  /** @defaultValue `if_room` */
  readonly queue?: QueueRule;
  /**
   * Set for an event that hubs of older versions do not know. They would refuse a report with it, so it is sent in
   * `optional_events`, which they ignore.
   */
  readonly isOptional?: boolean;
  /** For docs/openapi.json. */
  readonly description?: string;
}

export type EventTable = Readonly<Record<string, EventDeclaration>>;

/** Flattens an intersection type into one object type. */
export type Flat<T> = { [Key in keyof T]: T[Key] };

/** The union of a table's events. Each has its name as `type`, and the values of its fields. */
export type EventsOf<Table extends EventTable> = {
  [Type in keyof Table]: Flat<{ readonly type: Type } & ValuesOf<Table[Type]['fields']>>;
}[keyof Table];
