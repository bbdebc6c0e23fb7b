import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { addEnvironment } from '../../infra/constructs/environment.ts';
import type { Rollout } from '../../infra/constructs/rollout.ts';
import type { Settings } from '../../infra/settings.ts';

const cdkJson: { context: Record<string, unknown> } = JSON.parse(readFileSync('cdk.json', 'utf8'));

/** The context that the CLI gives, without bundling: a template says the same with and without. */
const context = { ...cdkJson.context, 'aws:cdk:bundling-stacks': [] };

export type Properties = Record<string, unknown>;
export type Resource = { Type: string; Properties: Properties; DeletionPolicy?: string };
export type Synthesized = { stateful: Template; stateless: Template; stacks: Stack[] };

/** The stacks of an environment with these settings, as CloudFormation gets them. */
export function synthesized(settings: Settings, rollout?: Rollout): Synthesized {
  const outdir = mkdtempSync(join(tmpdir(), 'synth-'));
  try {
    const app = new App({
      context,
      outdir,
      analyticsReporting: false,
      treeMetadata: false,
      // `nag.test.ts` looks at the findings of all checks.
      builtinCloudFormationValidation: false,
    });
    addEnvironment(app, settings, rollout);
    const [stateful, stateless, ...others] = app.node.children.filter((child) => child instanceof Stack);
    if (!stateful || !stateless || others.length > 0) throw new Error('An environment has two stacks.');
    return {
      stateful: Template.fromStack(stateful),
      stateless: Template.fromStack(stateless),
      stacks: [stateful, stateless],
    };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** Every resource of both stacks, by stack and logical id. */
export function resourcesOf({ stateful, stateless }: Synthesized): [id: string, Resource][] {
  const of = (name: string, template: Template) =>
    Object.entries<Resource>(template.toJSON().Resources).map(([id, resource]): [string, Resource] => [
      `${name}/${id}`,
      resource,
    ]);
  return [...of('stateful', stateful), ...of('stateless', stateless)];
}

/** The properties of all resources of a type. */
export function propertiesOf(stacks: Synthesized, type: string): Properties[] {
  return resourcesOf(stacks).flatMap(([, { Type, Properties }]) => (Type === type ? [Properties] : []));
}

/** The properties of the only resource of a type. */
export function onlyOne(stacks: Synthesized, type: string): Properties {
  const [one, ...others] = propertiesOf(stacks, type);
  if (!one || others.length > 0) throw new Error(`There are ${others.length + (one ? 1 : 0)} of ${type}.`);
  return one;
}
