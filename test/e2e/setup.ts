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

/**
 * Opens what is tested, for the whole run: what `E2E_BASE_URL` names, deployed (`E2E_OUTPUTS`; see `deployed/settings.ts`)
 * or a local stack that runs already (`E2E_LOG_FILE`, else that of `npm start`); without it a local stack of its own.
 */
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
  if (!process.env.E2E_OUTPUTS) {
    const logFile = process.env.E2E_LOG_FILE ?? '.local/stack.log';
    return { place: { url, doorsUrl: url, logFile }, close: async () => {} };
  }
  const doors = await openDoors(process.env);
  return { place: { url, doorsUrl: doors.url }, close: doors.close };
}
