import { recordFromTheStart } from './app/record/global.ts';

recordFromTheStart();

export { type BootOptions, boot, flush, type Pitot } from './app/boot.ts';
export { type ContractSettings, defineMetrics, type Metrics } from './app/define/define.ts';
export type { ContractAdder, ContractObservable, ContractRecorder } from './app/define/instruments.ts';
export type { Answer, Reading } from './app/observe/answer.ts';
export type { HistogramAnswer, HistogramReading } from './app/observe/histogram-answer.ts';
export type { Observation } from './app/observe/observation.ts';
export type { ObserveOptions } from './app/observe/observe.ts';
export { observe } from './app/observe/observe.ts';
export { type BridgeHandle, type BridgeOptions, bridgePromClient } from './app/prom-client/prom-client.ts';
export type {
  BoundAdder,
  BoundRecorder,
  Counter,
  Gauge,
  Histogram,
  HistogramOptions,
  Meter,
  UpDownCounter,
} from './app/record/api.ts';
export { getMeter } from './app/record/global.ts';
export type { FlushOutcome } from './app/record/recorder.ts';
export { type MetricsHandler, metricsHandler } from './app/route/metrics-handler.ts';
export { metricsResponse, type ResponseOptions } from './app/route/metrics-response.ts';
export type { RouteOptions } from './app/route/route-options.ts';
export { setRoute } from './app/sources/http/measured-request.ts';
export type { ExtraAttributes } from './app/sources/http/options.ts';
export type { Endpoint } from './channel/messages.ts';
export type { ExporterModule } from './config/parsers/exporters.ts';
export type { WebConfigOptions } from './config/parsers/web-config.ts';
export {
  type AttributeContract,
  type Contract,
  describeMetrics,
  type MetricContract,
} from './contract/contract.ts';
export type { AttributeDeclaration, MetricDeclaration, MetricDeclarations } from './contract/declaration.ts';
export type { LimitsAdvice } from './model/advice.ts';
export type { GaugeRule } from './model/gauge-rules.ts';
export type { InstrumentKind } from './model/protocol.ts';
export type { Redaction, Redactions } from './model/redaction.ts';
export type { ExemplarReservoir, NameChoice, View, ViewAggregation } from './model/view.ts';
