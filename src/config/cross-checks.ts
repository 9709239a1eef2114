import { GRPC_ENDPOINT } from './parsers/endpoint.ts';
import type { ResolvedConfig } from './resolved-config.ts';
import type { SettingName } from './settings/table.ts';

/** Rules between settings. Each rule corrects the values that break it, and complains about each correction. */
export function crossCheck(resolved: ResolvedConfig): void {
  noneIsAlone(resolved);
  nameTheService(resolved);
  timeoutWithinInterval(resolved);
  defaultEndpointOfGrpc(resolved);
  keyWithCertificate(resolved);
  securedOrOff(resolved);
}

function refuse(resolved: ResolvedConfig, setting: SettingName, expected: string): void {
  const given = resolved.used.get(setting)?.[0]?.given;
  if (given !== undefined) resolved.unusable.push({ setting, given, expected });
}

/** `none` is kept as the empty list. Beside others it means none too, as in the OpenTelemetry SDK for Node. */
function noneIsAlone(resolved: ResolvedConfig): void {
  const { exporters } = resolved.values;
  if (!exporters.includes('none')) return;
  resolved.values.exporters = [];
  if (exporters.length === 1) return;
  refuse(resolved, 'exporters', 'a list without none, or none alone');
}

/**
 * The service's name comes from, in this order: the option, the option's `service.name` attribute,
 * OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES (sdk-environment-variables.md, "General SDK Configuration";
 * resource/sdk.md: what the program says wins over the environment). Afterwards the resource attributes
 * always hold it.
 */
function nameTheService(resolved: ResolvedConfig): void {
  const { values, used } = resolved;
  const name = used.get('serviceName')?.[0];
  for (const attributes of used.get('resourceAttributes') ?? []) {
    const weaker = name?.given.source === 'option' || name?.given.source === attributes.given.source;
    const attribute = Object.entries(attributes.value ?? {}).find(([key]) => key === 'service.name')?.[1];
    if (weaker || typeof attribute !== 'string' || attribute === '') continue;
    values.serviceName = attribute;
    used.set('serviceName', [attributes]);
    break;
  }
  values.resourceAttributes = { ...values.resourceAttributes, 'service.name': values.serviceName };
}

/** An export that lasts longer than the interval would stand in the way of the next one. */
function timeoutWithinInterval(resolved: ResolvedConfig): void {
  const { exportInterval, exportTimeout } = resolved.values;
  if (exportTimeout > 0 && exportTimeout <= exportInterval) return;
  resolved.values.exportTimeout = exportInterval;
  if (exportTimeout === 0) return;
  refuse(resolved, 'exportTimeout', `at most the export interval, ${exportInterval}`);
}

function defaultEndpointOfGrpc({ values, used }: ResolvedConfig): void {
  if (values.otlpProtocol === 'grpc' && !used.has('otlpEndpoint')) values.otlpEndpoint = GRPC_ENDPOINT;
}

function keyWithCertificate(resolved: ResolvedConfig): void {
  const { values, used } = resolved;
  if ((values.otlpClientKey === undefined) === (values.otlpClientCertificate === undefined)) return;
  for (const setting of ['otlpClientKey', 'otlpClientCertificate'] as const) {
    const other = setting === 'otlpClientKey' ? 'a client certificate' : 'a client key';
    refuse(resolved, setting, `given together with ${other}`);
    values[setting] = undefined;
    used.delete(setting);
  }
}

/** An endpoint that cannot be secured as it was meant to be is not opened. */
function securedOrOff(resolved: ResolvedConfig): void {
  const { values, used, unusable } = resolved;
  const securing: readonly SettingName[] = ['webConfigFile', 'webConfig', 'bearerTokenFile'];
  if (used.has('webConfigFile') && used.has('webConfig')) {
    refuse(
      resolved,
      'webConfig',
      'given without a web configuration file, and the endpoint stays off until it is',
    );
    values.webConfig = undefined;
    used.delete('webConfig');
  }
  if (!unusable.some(({ setting }) => securing.includes(setting))) return;
  values.exporters = values.exporters.filter((exporter) => exporter !== 'prometheus');
}
