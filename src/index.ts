import { recordFromTheStart } from './record/global.ts';

recordFromTheStart();

export { boot, type Pitot } from './boot.ts';
export type { BootOptions } from './config/settings.ts';
export type { Endpoint } from './hub/messages.ts';
export type { Answer, Reading } from './observe/answer.ts';
export type { Observation, ObserveOptions } from './observe/observe.ts';
export { observe } from './observe/observe.ts';
export { getMeter } from './record/global.ts';
export type { PitotMeter as Meter } from './record/meter.ts';
export type { BoundAdder, BoundRecorder } from './record/sync-instruments.ts';
