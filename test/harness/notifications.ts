import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { Lifetime } from './lifetime.ts';

/** Alertmanager's request to a webhook. (Alertmanager's documentation, "webhook_config") */
export interface WebhookNotification {
  readonly status: 'firing' | 'resolved';
  readonly receiver: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly alerts: readonly {
    readonly status: 'firing' | 'resolved';
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

export interface TelegramMessage {
  readonly chat_id: string;
  readonly text: string;
  readonly parse_mode: string;
}

/** Where Alertmanager can send to, and what it has sent, in order. */
export interface NotificationReceivers {
  readonly webhookUrl: string;
  /** In place of `https://api.telegram.org`. */
  readonly telegramUrl: string;
  /** `host:port` of a mail server without TLS. */
  readonly smarthost: string;
  /** Those whose bearer token is the right one; any other is answered with 401. */
  readonly webhooks: readonly WebhookNotification[];
  /** Those of the bot with that token. */
  readonly telegrams: readonly TelegramMessage[];
  /** Mails with the right password: headers and body as sent, with the lines of quoted-printable joined. */
  readonly mails: readonly string[];
}

export interface Secrets {
  readonly webhookToken: string;
  readonly botToken: string;
  readonly mailPassword: string;
}

/** Starts a webhook, a Telegram and a mail server on free ports of localhost. */
export async function startNotificationReceivers(
  lifetime: Lifetime,
  { webhookToken, botToken, mailPassword }: Secrets,
): Promise<NotificationReceivers> {
  const webhooks: WebhookNotification[] = [];
  const telegrams: TelegramMessage[] = [];
  const mails: string[] = [];

  const web = createHttpServer(async (request, response) => {
    const body = await text(request);
    if (isWebhook(request, webhookToken)) {
      webhooks.push(JSON.parse(body));
      response.end();
    } else if (request.url === `/bot${botToken}/sendMessage`) {
      const message: TelegramMessage = JSON.parse(body);
      telegrams.push(message);
      const chat = { id: Number(message.chat_id), type: 'group' };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ ok: true, result: { message_id: telegrams.length, date: 0, chat } }));
    } else {
      response.writeHead(401).end();
    }
  });
  const url = `http://127.0.0.1:${await listen(lifetime, web)}`;
  const mail = createTcpServer((socket) => receiveMail(socket, mailPassword, mails));
  const smarthost = `127.0.0.1:${await listen(lifetime, mail)}`;
  return { webhookUrl: `${url}/alerts`, telegramUrl: url, smarthost, webhooks, telegrams, mails };
}

function isWebhook({ url, method, headers }: IncomingMessage, token: string): boolean {
  return url === '/alerts' && method === 'POST' && headers.authorization === `Bearer ${token}`;
}

/** The server's side of SMTP, as far as a client goes that logs in and sends one mail. (RFC 5321, RFC 4954) */
async function receiveMail(socket: Socket, password: string, mails: string[]): Promise<void> {
  // A client that hangs up early has said what it wanted to.
  socket.on('error', () => {});
  const answer = (line: string) => socket.write(`${line}\r\n`);
  answer('220 localhost');
  let isKnown = false;
  let mail: string[] | undefined;
  for await (const line of createInterface({ input: socket })) {
    const [, credentials = ''] = /^AUTH PLAIN (.*)$/.exec(line) ?? [];
    if (mail !== undefined && line !== '.') {
      mail.push(line.replace(/^\./, ''));
    } else if (mail !== undefined) {
      mails.push(mail.join('\n').replaceAll('=\n', ''));
      mail = undefined;
      answer('250 taken');
    } else if (credentials !== '') {
      isKnown = Buffer.from(credentials, 'base64').toString().endsWith(`\0${password}`);
      answer(isKnown ? '235 welcome' : '535 no');
    } else if (line.startsWith('EHLO')) {
      answer('250-localhost\r\n250 AUTH PLAIN');
    } else if (line === 'DATA' && isKnown) {
      mail = [];
      answer('354 go on');
    } else {
      answer(line === 'QUIT' ? '221 bye' : line === 'DATA' ? '530 log in' : '250 well');
    }
  }
}

async function listen(lifetime: Lifetime, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  lifetime.after(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
