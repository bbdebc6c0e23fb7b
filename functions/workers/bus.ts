import { appendFileSync } from 'node:fs';
import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { pathIn, required } from '../http/environment.ts';

/** One event for the bus; `detail` is JSON. */
export type BusEvent = { id: string; detailType: string; detail: string; time: string };

/** Publishes events in their order; answers why the bus did not take some of them, by id. */
export type Publish = (events: readonly BusEvent[]) => Promise<ReadonlyMap<string, Error>>;

/** By what rules of the bus know our events. */
export const eventSource = 'workspaces';

/** The name of an EventBridge bus, or `file:<path>`, which takes a line an event. */
export function busFrom(env: NodeJS.ProcessEnv): Publish {
  const bus = required(env, 'EVENT_BUS');
  const path = pathIn(bus);
  if (path)
    return async (events) => {
      for (const event of events) {
        const line = JSON.stringify({ source: eventSource, ...event, detail: JSON.parse(event.detail) });
        appendFileSync(path, `${line}\n`, { mode: 0o600 });
      }
      return new Map();
    };
  const client = new EventBridgeClient({});
  return async (events) => {
    const refused = new Map<string, Error>();
    for (const chunk of chunksOf(events))
      for (const [id, error] of await putEvents(client, bus, chunk)) refused.set(id, error);
    return refused;
  };
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const mostEntries = 10;
const mostBytes = 250_000;

function* chunksOf(events: readonly BusEvent[]): Generator<BusEvent[]> {
  let chunk: BusEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    const size = Buffer.byteLength(event.detail) + Buffer.byteLength(event.detailType) + eventSource.length;
    if (chunk.length === mostEntries || (chunk.length > 0 && bytes + size > mostBytes)) {
      yield chunk;
      [chunk, bytes] = [[], 0];
    }
    chunk.push(event);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}

/** PutEvents fails entry by entry with HTTP 200; when it fails as a whole, each entry has. */
async function putEvents(
  client: EventBridgeClient,
  bus: string,
  events: readonly BusEvent[],
): Promise<[string, Error][]> {
  const entries = events.map(
    ({ detailType, detail, time }): PutEventsRequestEntry => ({
      EventBusName: bus,
      Source: eventSource,
      DetailType: detailType,
      Detail: detail,
      Time: new Date(time),
    }),
  );
  try {
    const { Entries = [] } = await client.send(new PutEventsCommand({ Entries: entries }));
    return events.flatMap(({ id }, n): [string, Error][] => {
      const { ErrorCode, ErrorMessage } = Entries[n] ?? {};
      return ErrorCode
        ? [[id, new Error(`The bus did not take it: ${ErrorCode} ${ErrorMessage ?? ''}`)]]
        : [];
    });
  } catch (cause) {
    return events.map(({ id }) => [id, new Error('The bus could not be reached.', { cause })]);
  }
}
