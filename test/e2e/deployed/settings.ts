import { readFileSync } from 'node:fs';

/** What the doors need to know of a deployment. */
export type Deployment = {
  /** By name. */
  stacks: readonly string[];
  userPoolId: string;
  peopleClientId: string;
  supportClientId: string;
  servicesClientId: string;
  /** Where client credentials become tokens. */
  tokenUrl: string;
  eventBus: string;
  /** Answers `?to=` as `/local/mailbox` does. */
  mailboxUrl: string;
  /** How long after the last mail no other is expected. */
  quietMilliseconds: number;
};

type Outputs = Record<string, Record<string, string>>;

/**
 * `E2E_OUTPUTS`: the file that `cdk deploy --outputs-file` wrote. `E2E_MAILBOX_URL`: where mails to the addresses of the
 * suite arrive. `E2E_SIGN_IN_URL` in place of the sign-in domain.
 */
export function deploymentFrom(env: NodeJS.ProcessEnv): Deployment {
  const outputs: Outputs = JSON.parse(readFileSync(required(env, 'E2E_OUTPUTS'), 'utf8'));
  const all = Object.assign({}, ...Object.values(outputs)) as Record<string, string>;
  const output = (name: string) => {
    const value = all[name];
    if (!value) throw new Error(`The stacks have no output ${name}.`);
    return value;
  };
  return {
    stacks: Object.keys(outputs),
    userPoolId: output('UserPoolId'),
    peopleClientId: output('PeopleClientId'),
    supportClientId: output('SupportClientId'),
    servicesClientId: output('ServicesClientId'),
    tokenUrl: `${env.E2E_SIGN_IN_URL ?? output('SignInUrl')}/oauth2/token`,
    eventBus: output('EventBusName'),
    mailboxUrl: required(env, 'E2E_MAILBOX_URL'),
    quietMilliseconds: Number(env.E2E_QUIET_MILLISECONDS ?? 5_000),
  };
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`For a deployed stack ${name} must be set: see docs/runbook.md.`);
  return value;
}
