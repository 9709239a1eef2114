import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { startChild } from './child.ts';
import type { Lifetime } from './lifetime.ts';
import { type NotificationReceivers, startNotificationReceivers } from './notifications.ts';
import { program, type Release, released } from './programs.ts';
import { REPOSITORY } from './service.ts';

/** As Alertmanager's API tells of an alert. */
export interface ReceivedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly status: { readonly state: 'active' | 'suppressed' | 'unprocessed' };
}

export interface Alertmanager extends NotificationReceivers {
  /** `host:port`, for `alertmanagers` in the configuration of Prometheus. */
  readonly address: string;
  /** Its present alerts, sent or not. */
  alerts(): Promise<readonly ReceivedAlert[]>;
}

/** The part of the configuration that tests change. */
interface Configuration {
  global: object;
  route: Timing & { routes: Timing[] };
  receivers: {
    telegram_configs?: { bot_token: string; api_url?: string }[];
    webhook_configs?: { url: string; http_config: { authorization: { credentials_file: string } } }[];
  }[];
}

interface Timing {
  group_wait?: string;
  group_interval?: string;
}

/**
 * Starts Alertmanager with the folder alertmanager/ of the repository, and its receivers. All of the
 * configuration is as delivered, with these exceptions: the receivers are in this process, speak no TLS
 * and have secrets of their own; a group is sent after one second, and a change of it another second later.
 */
export async function startAlertmanager(lifetime: Lifetime, release: Release): Promise<Alertmanager> {
  const command = program(released('alertmanager', release));
  const folder = await mkdtemp(join(tmpdir(), 'pitot-alertmanager-'));
  await cp(join(REPOSITORY, 'alertmanager'), folder, { recursive: true });
  const file = join(folder, 'alertmanager.yml');
  const config: Configuration = parse(await readFile(file, 'utf8'));
  const secrets = {
    webhookToken: 'the webhook token of a file',
    mailPassword: 'the mail password of a file',
    botToken: config.receivers.flatMap(({ telegram_configs = [] }) => telegram_configs)[0]?.bot_token ?? '',
  };
  const receivers = await startNotificationReceivers(lifetime, secrets);
  const fileOf = async (name: string, secret: string) => {
    const path = join(folder, name);
    await writeFile(path, secret, { mode: 0o600 });
    return path;
  };
  Object.assign(config.global, {
    smtp_smarthost: receivers.smarthost,
    smtp_require_tls: false,
    smtp_auth_password_file: await fileOf('smtp-password', secrets.mailPassword),
  });
  for (const { telegram_configs = [], webhook_configs = [] } of config.receivers) {
    for (const telegram of telegram_configs) telegram.api_url = receivers.telegramUrl;
    for (const webhook of webhook_configs) {
      webhook.url = receivers.webhookUrl;
      const { authorization } = webhook.http_config;
      authorization.credentials_file = await fileOf('webhook-token', secrets.webhookToken);
    }
  }
  for (const route of [config.route, ...config.route.routes]) {
    Object.assign(route, { group_wait: '1s', group_interval: '1s' });
  }
  // Every JSON document is a YAML document.
  await writeFile(file, JSON.stringify(config));
  const child = await startChild(lifetime, command, {
    args: [
      `--config.file=${file}`,
      `--storage.path=${join(folder, 'data')}`,
      '--web.listen-address=127.0.0.1:0',
      // Alone: it looks for no others.
      '--cluster.listen-address=',
    ],
  });
  lifetime.after(async () => {
    await child.kill();
    await rm(folder, { recursive: true, force: true });
  });
  const [, address = ''] = await child.line(/msg="?Listening(?: on)?"? address=(\S+)/);
  return {
    ...receivers,
    address,
    alerts: async () => {
      const response = await fetch(`http://${address}/api/v2/alerts`);
      return (await response.json()) as ReceivedAlert[];
    },
  };
}
