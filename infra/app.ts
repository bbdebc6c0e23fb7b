import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { addEnvironment } from './constructs/environment.ts';
import { rolloutOf } from './constructs/rollout.ts';
import { settingsOf } from './settings.ts';

const app = new App();
const said = (name: string): unknown => app.node.tryGetContext(name);
addEnvironment(app, settingsOf(said('env')), rolloutOf(said('rollout')));
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
