import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { type BusEvent, busFrom } from '../../../../functions/workers/bus.ts';

const bus = mockClient(EventBridgeClient);
beforeEach(() => {
  bus.reset();
  vi.stubEnv('AWS_REGION', 'eu-central-1');
});

const event = (n: number, detail = `{"n":${n}}`): BusEvent => ({
  id: `evt_${n}`,
  detailType: 'workspace.created',
  detail,
  time: '2026-01-02T03:04:05.000Z',
});
const events = (count: number) => Array.from({ length: count }, (_, n) => event(n));
const sizes = () => bus.commandCalls(PutEventsCommand).map(({ args }) => args[0].input.Entries?.length);
const publish = (list: BusEvent[]) => busFrom({ EVENT_BUS: 'a-bus' })(list);

describe('a bus', () => {
  test('is given events whole, ten at a time, in order', async () => {
    bus.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [] });

    const refused = await publish(events(23));

    expect(refused.size).toBe(0);
    expect(sizes()).toEqual([10, 10, 3]);
    expect(bus.commandCalls(PutEventsCommand)[2]?.args[0].input.Entries?.[0]).toEqual({
      EventBusName: 'a-bus',
      Source: 'workspaces',
      DetailType: 'workspace.created',
      Detail: '{"n":20}',
      Time: new Date('2026-01-02T03:04:05.000Z'),
    });
  });

  test('is given fewer at a time when they are large', async () => {
    bus.on(PutEventsCommand).resolves({ Entries: [] });

    await publish([event(1, 'x'.repeat(200_000)), event(2, 'y'.repeat(200_000)), event(3)]);

    expect(sizes()).toEqual([1, 2]);
  });

  test('may refuse some of a call that succeeds: just these are named, with the reason', async () => {
    bus.on(PutEventsCommand).resolves({
      FailedEntryCount: 1,
      Entries: [{ EventId: 'a' }, { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' }, {}],
    });

    const refused = await publish(events(3));

    expect([...refused.keys()]).toEqual(['evt_1']);
    expect(refused.get('evt_1')?.message).toContain('ThrottlingException slow down');
  });

  test('that does not answer has taken none of the call, and is asked for the others', async () => {
    bus.on(PutEventsCommand).rejectsOnce(new Error('unreachable')).resolves({ Entries: [] });

    const refused = await publish(events(12));

    expect([...refused.keys()]).toEqual(events(10).map(({ id }) => id));
    expect(refused.get('evt_0')?.cause).toMatchObject({ message: 'unreachable' });
    expect(sizes()).toEqual([10, 2]);
  });

  test('is not called for nothing', async () => {
    await publish([]);

    expect(sizes()).toEqual([]);
  });
});

test('a file takes a line an event', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bus-'));
  const file = join(directory, 'events.jsonl');

  const refused = await busFrom({ EVENT_BUS: `file:${file}` })([event(1), event(2)]);

  expect(refused.size).toBe(0);
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { source: 'workspaces', id: 'evt_1', detailType: 'workspace.created', detail: { n: 1 } },
    { id: 'evt_2' },
  ]);
  await rm(directory, { recursive: true });
});
