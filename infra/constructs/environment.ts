import { type App, Tags } from 'aws-cdk-lib';
import type { Settings } from '../settings.ts';
import type { Rollout } from './rollout.ts';
import { StatefulStack } from './statefulStack.ts';
import { StatelessStack } from './statelessStack.ts';

/** The stacks of one environment. */
export function addEnvironment(app: App, settings: Settings, rollout: Rollout = 'canary'): void {
  const stateful = new StatefulStack(app, `workspaces-${settings.name}-stateful`, settings, rollout);
  const stateless = new StatelessStack(app, `workspaces-${settings.name}-stateless`, {
    settings,
    rollout,
    stateful,
  });
  for (const stack of [stateful, stateless])
    for (const [name, value] of Object.entries({ ...settings.tags, environment: settings.name }))
      Tags.of(stack).add(name, value);
}
