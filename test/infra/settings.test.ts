import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, test } from 'vitest';
import { environments, type Settings, settingsOf } from '../../infra/settings.ts';
import { type Synthesized, synthesized } from './synthesized.ts';

/** Of every setting a value that prod does not have. */
const other: Required<Omit<Settings, 'name' | 'terminationProtection'>> = {
  region: 'eu-west-1',
  keepsData: false,
  restoredTable: {
    name: 'restored',
    streamArn: 'arn:aws:dynamodb:eu-central-1:000000000000:table/restored/stream/s',
  },
  pointInTimeRecoveryDays: 3,
  maxRequestUnits: 10,
  logRetention: RetentionDays.ONE_DAY,
  tracing: true,
  throttling: { ratePerSecond: 1, burst: 1 },
  corsOrigins: ['https://other.example'],
  signIn: { callbackUrls: ['https://other.example'], logoutUrls: ['https://other.example'] },
  signInDomain: 'other',
  signInMail: 'cognito',
  adminSignIn: true,
  invitationUrl: 'https://other.example',
  mailSender: 'invitations@other.example',
  domain: { name: 'api.other.example', certificateArn: 'arn:aws:acm:eu-central-1::certificate/other' },
  onCall: 'on-call@other.example',
  tags: { project: 'other' },
};

test('dev is what is deployed when nothing is said', () => {
  expect(settingsOf(undefined).name).toBe('dev');
});

test('an environment that does not exist is refused by name, with those that do', () => {
  expect(() => settingsOf('production')).toThrow('-c env=production: there are dev, staging, prod.');
});

test.each(Object.entries(environments))('%s has its own name', (name, settings) => {
  expect(settings.name).toBe(name);
});

describe('environments differ in their settings alone', () => {
  const prod = plain(synthesized(environments.prod));
  const pairs = Object.values(environments).flatMap((settings) =>
    Object.keys(environments).map((name) => ({ settings, name })),
  );

  test.each(pairs.filter(({ settings, name }) => settings.name !== name))(
    '$name with the settings of $settings.name is $settings.name',
    ({ settings, name }) => {
      expect(plain(synthesized({ ...settings, name }))).toBe(plain(synthesized(settings)));
    },
  );

  test.each(Object.entries(other))('%s reaches the stacks', (name, value) => {
    expect(plain(synthesized({ ...environments.prod, [name]: value }))).not.toBe(prod);
  });
});

test.each(Object.values(environments))(
  'CloudFormation deletes the stacks of $name only if the settings let it',
  (settings) => {
    const { stacks } = synthesized(settings);

    expect(stacks.map((stack) => stack.stackName)).toEqual([
      `workspaces-${settings.name}-stateful`,
      `workspaces-${settings.name}-stateless`,
    ]);
    for (const stack of stacks) expect(stack.terminationProtection).toBe(settings.name !== 'dev');
  },
);

/** Both templates as text, without the name of the environment and what CDK makes of it: hashes of ids and paths. */
function plain({ stateful, stateless }: Synthesized): string {
  return JSON.stringify([stateful.toJSON(), stateless.toJSON()], undefined, 1)
    .replaceAll(/\b(dev|staging|prod)\b|(?<=workspaces)(dev|staging|prod)(?=stateless|stateful)/g, 'NAME')
    .replaceAll(/[0-9a-f]{32,}|[0-9A-F]{8}/g, 'HASH');
}
