import { fileURLToPath } from 'node:url';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import {
  type BundlingOptions,
  type ICommandHooks,
  LogLevel,
  NodejsFunction,
  OutputFormat,
} from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { namespaceOf } from '../../functions/metrics/names.ts';
import type { Settings } from '../settings.ts';
import { acknowledge } from './acknowledge.ts';
import { type Data, type Rights, statementsOf } from './rights.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Loaded only where there are no credentials in the environment, which Lambda always has. */
export const neverReached = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
];

/**
 * The SDK goes inside, from its ES modules, as CommonJS: of what was measured this loads fastest (in a fresh process
 * 56 ms; as an ES module 72, from the SDK's CommonJS 90, with the credential providers 65). Names are not shortened:
 * that gains 5 ms and makes stack traces unreadable.
 */
const bundling: BundlingOptions = {
  format: OutputFormat.CJS,
  mainFields: ['module', 'main'],
  externalModules: neverReached,
  esbuildArgs: { '--minify-whitespace': true, '--minify-syntax': true },
  metafile: true,
  logLevel: LogLevel.WARNING,
};

export type BackendFunctionProps = {
  settings: Settings;
  data: Data;
  rights: Rights;
  timeoutSeconds: number;
  environment?: Readonly<Record<string, string>>;
  /** Files of the repository that the code reads, into a directory beside it. */
  files?: { from: readonly string[]; into: string };
};

/** `functions/lambda/<name>.ts` as a function, with a role that holds its rights and no managed policy. */
export class BackendFunction extends NodejsFunction {
  constructor(scope: Construct, name: string, props: BackendFunctionProps) {
    const { settings, data, rights, timeoutSeconds, environment, files } = props;
    const logGroup = new LogGroup(scope, `${name}Logs`, {
      retention: settings.logRetention,
      removalPolicy: settings.keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    const role = new Role(scope, `${name}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    for (const statement of statementsOf(rights, data)) role.addToPolicy(statement);
    super(scope, name, {
      entry: `${root}functions/lambda/${name}.ts`,
      projectRoot: root,
      depsLockFilePath: `${root}package-lock.json`,
      bundling: files ? { ...bundling, commandHooks: copying(files) } : bundling,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      // Memory buys processor time, which is what a cold start spends.
      memorySize: 1_024,
      timeout: Duration.seconds(timeoutSeconds),
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      tracing: settings.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      awsSdkConnectionReuse: false,
      environment: {
        TABLE_NAME: data.table.tableName,
        CREDENTIALS_KEY: data.credentialsKey.keyArn,
        INVITATIONS_KEY: data.invitationsKey.keyArn,
        REQUESTS_KEY: data.requestsKey.keyArn,
        POWERTOOLS_SERVICE_NAME: 'workspaces',
        POWERTOOLS_METRICS_NAMESPACE: namespaceOf(settings.name),
        ...environment,
      },
    });
    if (settings.tracing)
      acknowledge(role, {
        'IAM5[Resource::*]': 'X-Ray takes traces from whoever may send any; they have no ARN.',
      });
  }

  /** One more right, by name, on one resource. */
  allow(action: string, resource: string): void {
    this.addToRolePolicy(new PolicyStatement({ actions: [action], resources: [resource] }));
  }
}

function copying({ from, into }: NonNullable<BackendFunctionProps['files']>): ICommandHooks {
  return {
    beforeBundling: () => [],
    beforeInstall: () => [],
    afterBundling: (input, output) => [
      `mkdir -p ${output}/${into}`,
      ...from.map((file) => `cp ${input}/${file} ${output}/${into}/`),
    ],
  };
}
