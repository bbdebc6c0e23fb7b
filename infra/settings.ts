import { RetentionDays } from 'aws-cdk-lib/aws-logs';

/** Everything in which environments may differ. No construct asks which environment it is in. */
export type Settings = {
  /** Goes into the names of stacks, API and dashboard, and into a tag. */
  name: string;
  region: string;
  /** The table, the user pool and the keys outlive their stack, and refuse to be deleted. */
  keepsData: boolean;
  /** CloudFormation refuses to delete the stacks. */
  terminationProtection: boolean;
  /**
   * A table that was restored from a backup and now stands in for the one of the stack; see the runbook. Its stream must
   * be on, with new and old images.
   */
  restoredTable?: { name: string; streamArn: string };
  /** Days back to which the table can be restored, 1 to 35; left out: none. */
  pointInTimeRecoveryDays?: number;
  /** Read and write request units a second above which the table throttles: a brake on costs. Left out: none. */
  maxRequestUnits?: number;
  logRetention: RetentionDays;
  /** Whether X-Ray records each call of a function: Lambda's own segments, none of what the code calls. */
  tracing: boolean;
  /** Requests a second, and in one moment, that the API takes over all clients. A target, not a guarantee. */
  throttling: { ratePerSecond: number; burst: number };
  /** Origins whose pages may call the API. */
  corsOrigins: readonly string[];
  /** Where signing in and out may lead back to. */
  signIn: { callbackUrls: readonly string[]; logoutUrls: readonly string[] };
  /** Prefix of the sign-in domain: nobody else in the region may have it. */
  signInDomain: string;
  /** Whether an administrator can sign a person in by password, without a browser: for tests of a deployment. */
  adminSignIn: boolean;
  /** The page that an invitation's link opens; the token is added. */
  invitationUrl: string;
  /** Codes of sign-up and sign-in: Cognito itself sends 50 mails a day, through SES from `mailSender` there is no such limit. */
  signInMail: 'cognito' | 'ses';
  /** Sender of invitations; SES must know its domain in this region. */
  mailSender: string;
  /** Name of the API in place of API Gateway's; the certificate stands in the same region. */
  domain?: { name: string; certificateArn: string };
  /**
   * The address that is told of alarms. A new version meets a tenth of the calls first, and alarms bring the old one back.
   * Left out: no alarms, and new versions at once.
   */
  onCall?: string;
  /** For the bill. */
  tags: Readonly<Record<string, string>>;
};

const shared = {
  region: 'eu-central-1',
  tracing: false,
  adminSignIn: false,
  tags: { project: 'workspaces' },
} as const satisfies Partial<Settings>;

const kept = {
  keepsData: true,
  terminationProtection: true,
  signInMail: 'ses',
  onCall: 'on-call@workspaces.example',
} as const satisfies Partial<Settings>;

export const environments = {
  dev: {
    ...shared,
    name: 'dev',
    keepsData: false,
    terminationProtection: false,
    maxRequestUnits: 1_000,
    logRetention: RetentionDays.ONE_WEEK,
    throttling: { ratePerSecond: 50, burst: 100 },
    corsOrigins: ['http://localhost:5173'],
    signIn: { callbackUrls: ['http://localhost:5173/signed-in'], logoutUrls: ['http://localhost:5173/'] },
    signInDomain: 'workspaces-dev',
    signInMail: 'cognito',
    adminSignIn: true,
    invitationUrl: 'http://localhost:5173/invitations/accept',
    mailSender: 'invitations@dev.workspaces.example',
  },
  staging: {
    ...shared,
    ...kept,
    name: 'staging',
    tracing: true,
    pointInTimeRecoveryDays: 7,
    maxRequestUnits: 4_000,
    logRetention: RetentionDays.ONE_MONTH,
    throttling: { ratePerSecond: 200, burst: 400 },
    ...web('https://app.staging.workspaces.example'),
    signInDomain: 'workspaces-staging',
    mailSender: 'invitations@staging.workspaces.example',
  },
  prod: {
    ...shared,
    ...kept,
    name: 'prod',
    pointInTimeRecoveryDays: 35,
    logRetention: RetentionDays.THREE_MONTHS,
    throttling: { ratePerSecond: 2_000, burst: 4_000 },
    ...web('https://app.workspaces.example'),
    signInDomain: 'workspaces-prod',
    mailSender: 'invitations@workspaces.example',
  },
} as const satisfies Record<string, Settings>;

export type EnvironmentName = keyof typeof environments;

/** The environment that `-c env=` names: dev when nothing is said, so that nobody deploys to prod by leaving it out. */
export function settingsOf(env: unknown = 'dev'): Settings {
  const chosen = Object.entries<Settings>(environments).find(([name]) => name === env);
  if (!chosen) throw new Error(`-c env=${env}: there are ${Object.keys(environments).join(', ')}.`);
  return chosen[1];
}

/** The domain of an email address, as SES knows it. */
export function domainOf(address: string): string {
  return address.slice(address.indexOf('@') + 1);
}

/** What follows from where the web application stands. */
function web(origin: string) {
  return {
    corsOrigins: [origin],
    signIn: { callbackUrls: [`${origin}/signed-in`], logoutUrls: [`${origin}/`] },
    invitationUrl: `${origin}/invitations/accept`,
  };
}
