import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { addEnvironment } from './constructs/environment.ts';
import { settingsOf } from './settings.ts';

const app = new App();
addEnvironment(app, settingsOf(app.node.tryGetContext('env')));
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
