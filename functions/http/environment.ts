import { KMSClient } from '@aws-sdk/client-kms';
import { monotonicFactory } from 'ulid';
import type { Context } from '../../domain/context.ts';
import { idsFrom } from '../../domain/ids.ts';
import { fileKeyring } from '../../domain/secrets/fileKeyring.ts';
import type { Keyring } from '../../domain/secrets/keyring.ts';
import { kmsKeyring } from '../../domain/secrets/kmsKeyring.ts';
import { openTable } from '../../domain/table/client.ts';
import { newMeter } from '../../domain/table/meter.ts';

/** What a request may take before it is answered 503; well within API Gateway's 30 s. */
const budgetMilliseconds = 20_000;
const reserveMilliseconds = 1_000;

export type Environment = Pick<Context, 'table' | 'keys' | 'newId' | 'now' | 'random' | 'sleep'>;

/** The outside world of a function, read from its environment variables on first use. The one reader of `process.env`. */
export function environmentFrom(env: NodeJS.ProcessEnv): Environment {
  return {
    table: openTable(required(env, 'TABLE_NAME')),
    keys: keyringFrom(env),
    newId: idsFrom(monotonicFactory()),
    now: () => new Date(),
    random: Math.random,
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  };
}

export type Attempt = Environment & Pick<Context, 'deadline' | 'meter'>;

/** The environment for one request or record, with the time until which it may try. */
export function attemptIn(environment: Environment, remainingMilliseconds: number): Attempt {
  const budget = Math.min(budgetMilliseconds, remainingMilliseconds - reserveMilliseconds);
  return { ...environment, deadline: environment.now().getTime() + budget, meter: newMeter() };
}

/** `file:<path>` names a key file; everything else is a KMS key. */
function keyringFrom(env: NodeJS.ProcessEnv): Keyring {
  const credentials = required(env, 'CREDENTIALS_KEY');
  const filePath = pathIn(credentials);
  return filePath
    ? fileKeyring(filePath)
    : kmsKeyring(new KMSClient({}), {
        credentials,
        invitations: required(env, 'INVITATIONS_KEY'),
        requests: required(env, 'REQUESTS_KEY'),
      });
}

/** The path of a `file:` setting. */
export function pathIn(setting: string): string | undefined {
  return setting.startsWith('file:') ? setting.slice('file:'.length) : undefined;
}

export function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`The environment variable ${name} is not set.`);
  return value;
}
