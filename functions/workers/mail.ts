import { appendFileSync } from 'node:fs';
import { Logger } from '@aws-lambda-powertools/logger';
import {
  BadRequestException,
  SESv2Client,
  SESv2ServiceException,
  SendEmailCommand,
} from '@aws-sdk/client-sesv2';
import { type Attempt, pathIn, required } from '../http/environment.ts';

export type Mail = { to: string; subject: string; text: string; link: string; token: string; at: string };

/** Throws when the mail may go out later, by the deadline at the latest. */
export type SendMail = (mail: Mail, until: Pick<Attempt, 'deadline' | 'now'>) => Promise<void>;

/** SES answers well within a second; one call that hangs must not take the time of the other mails. */
const longestSendMilliseconds = 5_000;

const logger = new Logger();

/** `ses:<sender>` sends through SES; `file:<path>` writes a line a mail. */
export function mailFrom(env: NodeJS.ProcessEnv): SendMail {
  const setting = required(env, 'MAIL');
  const path = pathIn(setting);
  if (path) return async (mail) => appendFileSync(path, `${JSON.stringify(mail)}\n`, { mode: 0o600 });
  const ses = new SESv2Client({});
  return async ({ to, subject, text }, { deadline, now }) => {
    const command = new SendEmailCommand({
      FromEmailAddress: setting.replace(/^ses:/, ''),
      Destination: { ToAddresses: [to] },
      Content: { Simple: { Subject: { Data: subject }, Body: { Text: { Data: text } } } },
    });
    const leftMilliseconds = Math.max(1, deadline - now().getTime());
    const abortSignal = AbortSignal.timeout(Math.min(longestSendMilliseconds, leftMilliseconds));
    await ses.send(command, { abortSignal }).catch(refusal);
  };
}

/** What SES says of a refusal names the address, so none of it is kept: the error goes into the log. */
function refusal(cause: unknown): void {
  const name = cause instanceof Error ? cause.name : 'Error';
  const requestId = cause instanceof SESv2ServiceException ? cause.$metadata.requestId : undefined;
  const error = new Error(`SES did not take a mail: ${name}, request ${requestId ?? 'unknown'}.`);
  if (!(cause instanceof BadRequestException)) throw error;
  // No address that SES can send to, now or later: it must not hold up all others.
  logger.error('mail given up', { reason: error.message });
}
