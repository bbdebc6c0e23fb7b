import { appendFileSync } from 'node:fs';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { pathIn, required } from '../http/environment.ts';

export type Mail = { to: string; subject: string; text: string; link: string; token: string; at: string };
export type SendMail = (mail: Mail) => Promise<void>;

/** `ses:<sender>` sends through SES; `file:<path>` writes a line a mail. */
export function mailFrom(env: NodeJS.ProcessEnv): SendMail {
  const setting = required(env, 'MAIL');
  const path = pathIn(setting);
  if (path) return async (mail) => appendFileSync(path, `${JSON.stringify(mail)}\n`, { mode: 0o600 });
  const ses = new SESv2Client({});
  return async ({ to, subject, text }) => {
    await ses.send(
      new SendEmailCommand({
        FromEmailAddress: setting.replace(/^ses:/, ''),
        Destination: { ToAddresses: [to] },
        Content: { Simple: { Subject: { Data: subject }, Body: { Text: { Data: text } } } },
      }),
    );
  };
}
