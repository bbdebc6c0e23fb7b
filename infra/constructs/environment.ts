import { type App, Tags } from 'aws-cdk-lib';
import type { Settings } from '../settings.ts';
import { StatefulStack } from './statefulStack.ts';
import { StatelessStack } from './statelessStack.ts';

/** The stacks of one environment. */
export function addEnvironment(app: App, settings: Settings): void {
  const stateful = new StatefulStack(app, `workspaces-${settings.name}-stateful`, settings);
  const stateless = new StatelessStack(app, `workspaces-${settings.name}-stateless`, settings, stateful);
  for (const stack of [stateful, stateless])
    for (const [name, value] of Object.entries({ ...settings.tags, environment: settings.name }))
      Tags.of(stack).add(name, value);
}
