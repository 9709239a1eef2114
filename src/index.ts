import { recordFromTheStart } from './record/global.ts';

recordFromTheStart();

export { type BootHooks, boot, type Pitot } from './boot.ts';
export { type BridgeHandle, type BridgeOptions, bridgePromClient } from './bridge/prom-client.ts';
export type { BootOptions } from './config/settings.ts';
export { type Contract, describeMetrics } from './contract/contract.ts';
export type { MetricDeclaration, MetricDeclarations } from './contract/declaration.ts';
export { defineMetrics, type Metrics } from './contract/define.ts';
export type { ContractAdder, ContractObservable, ContractRecorder } from './contract/instruments.ts';
export type { Endpoint } from './hub/messages.ts';
export { setRoute } from './instrumentations/lean-http/exchange.ts';
export type { ExtraAttributes } from './instrumentations/lean-http/options.ts';
export type { Answer, Reading } from './observe/answer.ts';
export type { Observation, ObserveOptions } from './observe/observe.ts';
export { observe } from './observe/observe.ts';
export type { PitotAdvice } from './record/advice.ts';
export { getMeter } from './record/global.ts';
export type { HistogramOptions, PitotMeter as Meter } from './record/meter.ts';
export type { Redaction, Redactions } from './record/redaction.ts';
export type { BoundAdder, BoundRecorder } from './record/sync-instruments.ts';
