import type { Context as LambdaContext, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { once } from '../../domain/once.ts';
import { environmentFrom, required } from '../http/environment.ts';
import { mailer } from '../metrics/names.ts';
import { mailFrom } from '../workers/mail.ts';
import { sendInvitation } from '../workers/sendInvitation.ts';
import { workOffQueue } from '../workers/workOffQueue.ts';

const outside = once(async () => ({
  environment: environmentFrom(process.env),
  letters: { sendMail: mailFrom(process.env), invitationUrl: required(process.env, 'INVITATION_URL') },
}));

/** Mails what invitation events of the bus ask for, from a queue of its own: nothing else waits for mails. */
export async function handler(batch: SQSEvent, context: LambdaContext): Promise<SQSBatchResponse> {
  const { environment, letters } = await outside();
  const work = (message: unknown, attempt: Parameters<typeof sendInvitation>[0]) =>
    sendInvitation(attempt, letters, message);
  return workOffQueue({ name: mailer, work }, environment, batch, context);
}
