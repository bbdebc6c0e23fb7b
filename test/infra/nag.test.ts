import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { environments } from '../../infra/settings.ts';
import { readJson, runApp } from './runApp.ts';

type Violation = { ruleName: string; reason?: string; violatingConstructs: { constructPath: string }[] };
type Report = {
  pluginReports: {
    pluginName: string;
    conclusion: string;
    violations: Violation[];
    suppressedViolations?: Violation[];
  }[];
};

/** What is not followed, and where; each has its reason beside the construct. */
const acknowledged = {
  'AwsSolutions-APIG4': [
    'stateless/Http/GET --docs--{file}/Resource',
    'stateless/Http/GET --docs/Resource',
    'stateless/Http/GET --v1--health/Resource',
    'stateless/Http/GET --v1--openapi.json/Resource',
    'stateless/Http/POST --v1--invitations--preview/Resource',
    'stateless/Http/Unmatched/Resource',
  ],
  'AwsSolutions-COG2': ['stateful/Users/Pool/Resource'],
  'AwsSolutions-COG8': ['stateful/Users/Pool/Resource'],
  'AwsSolutions-SQS3': ['stateless/Workers/GivenUp/Resource'],
};
const listing = (env: string) => ({
  [`AwsSolutions-IAM5[Resource::arn:aws:dynamodb:eu-central-1:<AWS::AccountId>:table/workspaces-${env}-stateful-*/stream/*]`]:
    [
      'stateless/Workers/eventsRole/DefaultPolicy/Resource',
      'stateless/Workers/operationsRole/DefaultPolicy/Resource',
    ],
});
const managedPolicy =
  'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]';
const canaries = ['stateful/Canary/Role/Resource', 'stateless/Canary/Role/Resource'];
const expected: Record<string, Record<string, string[]>> = {
  dev: { ...acknowledged, ...listing('dev') },
  staging: {
    ...acknowledged,
    ...listing('staging'),
    [managedPolicy]: canaries,
    // Tracing is on.
    'AwsSolutions-IAM5[Resource::*]': [
      'stateful/tokenTriggerRole/DefaultPolicy/Resource',
      'stateless/Workers/eventsRole/DefaultPolicy/Resource',
      'stateless/Workers/mailRole/DefaultPolicy/Resource',
      'stateless/Workers/operationsRole/DefaultPolicy/Resource',
      'stateless/Workers/sweepRole/DefaultPolicy/Resource',
      'stateless/connectionsRole/DefaultPolicy/Resource',
      'stateless/previewRole/DefaultPolicy/Resource',
      'stateless/publicRole/DefaultPolicy/Resource',
      'stateless/servicesRole/DefaultPolicy/Resource',
      'stateless/supportRole/DefaultPolicy/Resource',
      'stateless/workspacesRole/DefaultPolicy/Resource',
    ],
  },
  prod: { ...acknowledged, ...listing('prod'), [managedPolicy]: canaries },
};

describe.each(Object.keys(environments))('%s', (env) => {
  let directory: string;
  let report: Report;

  beforeAll(async () => {
    directory = await runApp(env, {
      'aws:cdk:bundling-stacks': [],
      '@aws-cdk/core:failSynthOnValidationErrors': false,
    });
    report = readJson(directory, 'validation-report.json');
  });

  afterAll(() => rmSync(directory, { recursive: true }));

  test('was looked at by cdk-nag', () => {
    expect(report.pluginReports.map(({ pluginName }) => pluginName)).toContain('AwsSolutions');
  });

  test('has no finding, of cdk-nag or of the rules of CloudFormation, that is not acknowledged', () => {
    expect(report.pluginReports.flatMap(({ violations }) => violations)).toEqual([]);
  });

  test('has acknowledged what is listed here, with a reason, and nothing else', () => {
    const suppressed = report.pluginReports.flatMap(({ suppressedViolations = [] }) => suppressedViolations);

    expect(placesOf(suppressed, env)).toEqual(expected[env]);
    for (const { reason } of suppressed) expect(reason?.length).toBeGreaterThan(20);
  });
});

/** Rule → the places where it is not followed, without the name of the environment. */
function placesOf(violations: Violation[], env: string): Record<string, string[]> {
  const byRule = Map.groupBy(violations, ({ ruleName }) => ruleName);
  return Object.fromEntries(
    [...byRule].map(([rule, found]) => [
      rule,
      found
        .flatMap(({ violatingConstructs }) => violatingConstructs)
        .map(({ constructPath }) => constructPath.replace(`workspaces-${env}-`, ''))
        .sort(),
    ]),
  );
}
