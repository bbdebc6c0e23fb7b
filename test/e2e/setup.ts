import type { TestProject } from 'vitest/node';
import { startLocalStack } from '../../infra/local/stack.ts';
import { openDoors } from './deployed/doors.ts';

/** Where the suite finds what it tests; the same for all of its files. */
export type Place = {
  url: string;
  /** What answers `/local/token`, `/local/mailbox` and `/local/events`: the local stack itself, or what stands in for it. */
  doorsUrl: string;
  /** The log of a local stack; a deployed one is read through the doors. */
  logFile?: string;
};

declare module 'vitest' {
  interface ProvidedContext {
    place: Place;
  }
}

/** Opens the stack that `E2E_BASE_URL` names, or a local one, for the whole run; what it answers closes it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { place, close } = await open(process.env.E2E_BASE_URL);
  project.provide('place', place);
  return close;
}

async function open(url: string | undefined): Promise<{ place: Place; close(): Promise<void> }> {
  if (url === undefined) {
    const stack = await startLocalStack({ port: 0, dataDir: ':memory:', empty: true });
    return {
      place: { url: stack.url, doorsUrl: stack.url, logFile: stack.logFile },
      close: stack.stop,
    };
  }
  if (process.env.E2E_DOORS_URL)
    return { place: { url, doorsUrl: process.env.E2E_DOORS_URL }, close: async () => {} };
  const doors = await openDoors(process.env);
  return { place: { url, doorsUrl: doors.url }, close: doors.close };
}
