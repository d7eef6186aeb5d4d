// Mails: each is a task, so that none is lost and none is sent for what was rolled back.

import { defineModule, defineSettings } from '@myfy/core'
import { singleton } from '@myfy/di'
import { defineTask } from '@myfy/tasks'
import { createTransport } from 'nodemailer'
import { z } from 'zod'

const MailSettings = defineSettings(
  // Without MAIL_SMTP_URL mails are composed and not sent.
  z.object({ from: z.string().default('tracker@example.org'), smtpUrl: z.string().optional() }),
  { name: 'MailSettings', prefix: 'mail' },
)

export const Mail = z.object({ to: z.string(), subject: z.string(), text: z.string() })
export type Mail = z.infer<typeof Mail>

export const Mailer = singleton({ settings: MailSettings }, ({ settings: { smtpUrl, from } }) => {
  const transport = smtpUrl ? createTransport(smtpUrl) : createTransport({ jsonTransport: true })
  return {
    async send(mail: Mail): Promise<void> {
      await transport.sendMail({ from, ...mail })
    },
  }
})

export const sendMail = defineTask(
  { name: 'mail', input: Mail, inject: { mailer: Mailer }, retry: 5, backoff: true },
  ({ input, mailer }) => mailer.send(input),
)

export const mailModule = defineModule({ name: 'mail', settings: MailSettings })
