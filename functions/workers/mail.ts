import { appendFileSync } from 'node:fs';
import { Logger } from '@aws-lambda-powertools/logger';
import {
  BadRequestException,
  SESv2Client,
  SESv2ServiceException,
  SendEmailCommand,
} from '@aws-sdk/client-sesv2';
import { pathIn, required } from '../http/environment.ts';

export type Mail = { to: string; subject: string; text: string; link: string; token: string; at: string };

/** Throws when the mail may go out later. */
export type SendMail = (mail: Mail) => Promise<void>;

const logger = new Logger();

/** `ses:<sender>` sends through SES; `file:<path>` writes a line a mail. */
export function mailFrom(env: NodeJS.ProcessEnv): SendMail {
  const setting = required(env, 'MAIL');
  const path = pathIn(setting);
  if (path) return async (mail) => appendFileSync(path, `${JSON.stringify(mail)}\n`, { mode: 0o600 });
  const ses = new SESv2Client({});
  return async ({ to, subject, text }) => {
    const command = new SendEmailCommand({
      FromEmailAddress: setting.replace(/^ses:/, ''),
      Destination: { ToAddresses: [to] },
      Content: { Simple: { Subject: { Data: subject }, Body: { Text: { Data: text } } } },
    });
    await ses.send(command).catch(refusal);
  };
}

/** What SES says of a refusal names the address, so none of it is kept: the error goes into the log. */
function refusal(cause: unknown): void {
  const { name, $metadata } =
    cause instanceof SESv2ServiceException ? cause : { name: 'Error', $metadata: {} };
  const error = new Error(`SES did not take a mail: ${name}, request ${$metadata.requestId ?? 'unknown'}.`);
  if (!(cause instanceof BadRequestException)) throw error;
  // No address that SES can send to, now or later: it must not hold up all others.
  logger.error('mail given up', { reason: error.message });
}
